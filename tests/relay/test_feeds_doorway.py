"""The doorway of the push port: idle and slow connections keep no carrier out, and none stays."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest

from nodes.relay.doorway import CONNECTIONS, IDLE_SECONDS
from nodes.relay.push import READ_SECONDS
from tests.carriers.kuaidi import FORM
from tests.carriers.kuaidi import SUCCESS as KD_SUCCESS
from tests.carriers.world import World, play
from tests.relay.test_feeds_pushes import JD_NUMBER, watching


async def connected(
    world: World, count: int, said: bytes = b""
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connections to the push port that say this much and no more."""
    port = int(world.url("kuaidi100").split(":")[2].split("/")[0])
    made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    for _, writer in made:
        writer.write(said)
    return made


async def is_cut(reader: asyncio.StreamReader) -> bool:
    """Whether the other side hung up by now."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            await reader.read()
    return reader.at_eof() or reader.exception() is not None


@pytest.mark.parametrize("said", [b"", b"POST /carriers/kuaidi100/", b"POST / HTTP/1.1\r\nHost: x\r\nX-"])
def test_connections_that_say_nothing_keep_no_push_out_and_are_cut(said: bytes) -> None:
    async def story(world: World) -> None:
        await watching(world)
        doorway = world.feeds.door.doorway
        idle = await connected(world, 500, said)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        assert (await world.kuaidi.push(JD_NUMBER, "jd", retries=0)).body == KD_SUCCESS
        counted = doorway.said()
        assert counted["connections"] <= CONNECTIONS
        assert counted["cut"] >= 500 - CONNECTIONS
        assert counted["refused"] == 0
        await asyncio.sleep(IDLE_SECONDS + 1)
        assert [await is_cut(reader) for reader, _ in idle] == [True] * 500
        assert doorway.said()["connections"] == 0
        assert not doorway._open
        assert not doorway._waiting
        for _, writer in idle:
            writer.close()

    play(story)


def test_a_head_or_a_body_that_comes_a_byte_at_a_time_is_cut() -> None:
    async def story(world: World) -> None:
        await watching(world)
        path = world.url("kuaidi100").split("/", 3)[3]
        head = f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode()
        ((reader, writer),) = await connected(world, 1, head)
        ((slow_reader, slow_writer),) = await connected(world, 1, b"POST / HTTP/1.1\r\nX-Slow: ")
        for _ in range(round(max(READ_SECONDS, IDLE_SECONDS)) + 5):
            for each in (writer, slow_writer):
                if not each.is_closing():
                    each.write(b"x")
            await asyncio.sleep(1)
        assert await is_cut(reader)
        assert await is_cut(slow_reader)
        assert world.heard() == []
        assert world.feeds.door.doorway.said()["connections"] == 0
        for each in (writer, slow_writer):
            each.close()

    play(story)


def test_a_connection_that_is_served_keeps_its_place_and_may_be_used_again() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        async with aiohttp.ClientSession() as session:
            for _ in range(4):
                await asyncio.sleep(IDLE_SECONDS / 2)
                body = world.kuaidi.push_body(JD_NUMBER, "jd")
                async with session.post(world.url("kuaidi100"), data=body, headers=FORM) as response:
                    assert await response.read() == KD_SUCCESS
            assert world.feeds.door.doorway.said()["connections"] == 1

    play(story)


def test_where_everybody_is_served_one_more_is_told_when_to_come_again() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.feeds.door.doorway.limit = 4
        path = world.url("kuaidi100").split("/", 3)[3]
        head = f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nparam=".encode()
        stalled = await connected(world, 4, head)
        await asyncio.sleep(1)
        ((reader, writer),) = await connected(world, 1)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 30" in answer
        assert world.feeds.door.doorway.said() == {"connections": 4, "limit": 4, "cut": 0, "refused": 1}
        for _, each in (*stalled, (reader, writer)):
            each.close()

    play(story)

"""The proxy does to connections what its faults say, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.proxy import Proxy


@asynccontextmanager
async def _echo() -> AsyncIterator[tuple[Proxy, list[str]]]:
    """A proxy before a server that sends back what it gets, and where that server is."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
            writer.write(b"end")
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    upstream = [f"{host}:{port}"]
    proxy = Proxy(lambda: upstream[0] if upstream else None)
    await proxy.start()
    try:
        yield proxy, upstream
    finally:
        await proxy.stop()
        server.close()
        await server.wait_closed()


async def _dial(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = proxy.address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes, seconds: float) -> bytes:
    writer.write(text)
    async with asyncio.timeout(seconds):
        return await reader.read(1000)


async def test_bytes_and_ends_pass() -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"one", 5) == b"one"
        writer.write_eof()
        assert await reader.read() == b"end"
        writer.close()


async def test_a_cut_resets_and_the_next_connection_passes() -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"one", 5) == b"one"
        await proxy.suffer("cut", 0, then_cut=False)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"two", 5) == b"two"
        writer.close()


@pytest.mark.parametrize("kind", ["stall", "stall_up", "stall_down"])
async def test_a_stall_holds_and_then_lets_pass(kind: str) -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"one", 5) == b"one"
        stalled = asyncio.create_task(proxy.suffer(kind, 0.5, then_cut=False))
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):
            await _ask(reader, writer, b"two", 0.2)
        await stalled
        assert await _ask(reader, writer, b"", 5) == b"two"
        writer.close()


async def test_a_stall_may_end_in_a_cut() -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        await proxy.suffer("stall", 0.05, then_cut=True)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_half_closed_the_other_direction_goes_on() -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"one", 5) == b"one"
        half = asyncio.create_task(proxy.suffer("half_close", 0.3, then_cut=False))
        assert await _ask(reader, writer, b"never arrives", 5) == b"end"
        await half
        writer.close()


async def test_slow_is_slow() -> None:
    async with _echo() as (proxy, _):
        reader, writer = await _dial(proxy)
        assert await _ask(reader, writer, b"one", 5) == b"one"
        slow = asyncio.create_task(proxy.suffer("slow", 1.0, then_cut=False))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        assert await _ask(reader, writer, b"two", 5) == b"two"
        assert time.monotonic() - begun > 0.1
        await slow
        writer.close()


async def test_nobody_is_behind_it_or_nobody_is_let_in() -> None:
    async with _echo() as (proxy, upstream):
        refusing = asyncio.create_task(proxy.suffer("refuse", 0.3, then_cut=False))
        await asyncio.sleep(0.05)
        reader, writer = await _dial(proxy)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await refusing
        upstream.clear()
        reader, writer = await _dial(proxy)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

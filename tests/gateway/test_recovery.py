"""What nodes bring back to a gateway that has lost it, over both databases and between two replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.core import FEED_CHANNELS, GatewayCore
from gateway.epochs import RECOVERY, begin_epoch
from gateway.returns import open_returned
from tests.gateway.kit import ACCEPTING, HOME, OTHER, World, close, start, world
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import Opened
from tongban.v1 import application_pb2, directory_pb2, federation_pb2, types_pb2

NODES = (HOME, ACCEPTING, OTHER)


@asynccontextmanager
async def forgotten(tmp_path: Path, url: str) -> AsyncIterator[tuple[World, GatewayCore]]:
    """A gateway that knows everything, and the same one put back from a backup of before anybody had joined."""
    async with world(f"sqlite:///{tmp_path / 'before.db'}") as w:
        core = await start(url, w.clock, SeededEntropy(9))
        try:
            await core.database.run(lambda tx: begin_epoch(tx, w.clock.now()))
            await core.recovery.load()
            yield w, core
        finally:
            await close(core)


async def bring_back(w: World, core: GatewayCore, node: str, *, without: str = "") -> None:
    """A node brings all that it holds, but for one stream."""
    witness = await core.recovery.witness()
    for channel in (*FEED_CHANNELS, node):
        page = await w.core.read(channel, 0, 500)
        returned = federation_pb2.Returned(admissions=page.admissions)
        returned.deliveries.extend(d for d in page.deliveries if without.encode() not in d.receipt.leaf or not without)
        if returned.deliveries:
            await core.recovery.put_aside(open_returned(witness, returned, node))


def recovers(core: GatewayCore) -> bool:
    """Whether it waits for its nodes."""
    return core.recovery.active


def item(code: str) -> directory_pb2.ItemPublished:
    """An item of 漳州's."""
    return directory_pb2.ItemPublished(
        document=directory_pb2.ItemDocument(
            name=f"items/350600.{code}", home=HOME, title=code, modes=[types_pb2.MODE_AGENT]
        )
    )


def pair(w: World) -> list[Opened]:
    """Two items that 漳州 publishes as one group."""
    return w.home.group(*(w.home.event(f"items/350600.{code}", item(code)) for code in ("first", "second")))


async def test_everything_comes_back_in_its_order_and_under_its_receipts(tmp_path: Path, database_url: str) -> None:
    async with forgotten(tmp_path, database_url) as (w, core):
        filed = [w.file(f"TEST{number:04}") for number in range(3)]
        receipts = await w.admitted(*filed)
        with pytest.raises(errors.Unavailable):
            await w.send(filed[0], core=core)
        for node in NODES:
            await bring_back(w, core, node)
        await asyncio.gather(*(core.recovery.report(node) for node in NODES))
        assert not recovers(core)
        for channel in (*FEED_CHANNELS, *NODES):
            assert await w.read_all(channel, core) == await w.read_all(channel)
        again = await w.send(*filed, core=core)
        assert [outcome.receipt for outcome in again.outcomes] == receipts
        fresh = await w.send(w.file("TEST0009"), core=core)
        assert fresh.outcomes[0].HasField("receipt")
        assert (await core.last_sequence(ACCEPTING))[1] == w.accepting.sequence


async def test_what_an_author_made_comes_back_in_its_order_where_the_clock_was_set_back(
    tmp_path: Path, database_url: str
) -> None:
    async with forgotten(tmp_path, database_url) as (w, core):
        for number in range(4):
            await w.admitted(w.file(f"TEST{number:04}"))
            w.clock.move(seconds=-40)
        w.clock.move(seconds=300)
        for node in NODES:
            await bring_back(w, core, node)
        await asyncio.gather(*(core.recovery.report(node) for node in NODES))
        for channel in (*FEED_CHANNELS, *NODES):
            assert await w.read_all(channel, core) == await w.read_all(channel)


async def test_what_cannot_be_placed_holds_up_nothing_else_of_its_author(tmp_path: Path, database_url: str) -> None:
    """漳州's step on an application that nobody brings is in the way of nothing: what it made later keeps its order."""
    async with forgotten(tmp_path, database_url) as (w, core):
        lost = w.file()
        await w.admitted(lost)
        w.home.knows(w.accepting, lost.event.stream)
        await w.admitted(w.home.make(lost.event.stream, application_pb2.ApplicationAccepted()))
        for code in ("a", "b", "c"):
            await w.admitted(w.home.make(f"items/350600.{code}", item(code)))
            w.clock.move(seconds=-40)
        w.clock.move(seconds=300)
        for node in NODES:
            await bring_back(w, core, node, without=lost.event.event_id)
        await asyncio.gather(*(core.recovery.report(node) for node in NODES))
        forks = await core.database.run(lambda tx: tx.fetch_all(RECOVERY.list_forks))
        assert [(row["stream"], row["version"]) for row in forks] == [(lost.event.stream, 2)]
        assert await w.read_all("feeds/items", core) == await w.read_all("feeds/items")


async def test_half_a_group_comes_back_and_its_author_sends_it_whole(tmp_path: Path, database_url: str) -> None:
    """Nobody brought the other half: it is admitted when it comes again, though the group is not whole any more."""
    async with forgotten(tmp_path, database_url) as (w, core):
        group = pair(w)
        receipts = await w.admitted(*group)
        for node in NODES:
            await bring_back(w, core, node, without=group[0].event.stream)
        await asyncio.gather(*(core.recovery.report(node) for node in NODES))
        again = await w.send(*group, core=core)
        assert [outcome.WhichOneof("answer") for outcome in again.outcomes] == ["receipt", "receipt"]
        assert again.outcomes[1].receipt == receipts[1]
        assert again.outcomes[0].receipt != receipts[0]
        # The mark of its author is as low as what it has sent itself, so nothing was refused for its sequence.
        alone = pair(w)[1:]
        refused = await w.send(*alone, core=core)
        assert refused.outcomes[0].rejection.reason == "GROUP_INCOMPLETE"


async def test_a_wait_that_is_over_is_over_for_all(tmp_path: Path, database_url: str) -> None:
    async with forgotten(tmp_path, database_url) as (w, core):
        for node in NODES[:2]:
            await bring_back(w, core, node)
        core.recovery.wait_seconds = 0.2
        waiting = asyncio.create_task(core.recovery.report(HOME))
        await asyncio.sleep(0.05)
        assert recovers(core)
        w.clock.move(seconds=1)
        await waiting
        assert not recovers(core)
        assert core.admitter.directory.find(OTHER) is not None


@pytest.mark.postgres
async def test_two_replicas_recover_together(tmp_path: Path, postgres_url: str) -> None:
    async with forgotten(tmp_path, postgres_url) as (w, core):
        second = await start(postgres_url, w.clock, SeededEntropy(10))
        assert recovers(second)
        try:
            await bring_back(w, core, HOME)
            await bring_back(w, second, ACCEPTING)
            one = asyncio.create_task(core.recovery.report(HOME))
            await asyncio.sleep(0.2)
            assert not one.done()
            await asyncio.gather(one, second.recovery.report(ACCEPTING), second.recovery.report(OTHER))
            assert not recovers(core)
            assert not recovers(second)
            await second.refresh()
            answers = await w.send(w.file("TEST0009"), core=second)
            assert answers.outcomes[0].HasField("receipt")
        finally:
            await close(second)

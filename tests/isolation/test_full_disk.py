"""A disk that is full: no new work, said by name; everything can be read; it ends by itself and nothing is lost."""

from __future__ import annotations

import asyncio

import aiohttp
import psycopg
import pytest

from gateway.faults import WHO
from gateway.page import Page
from nodes.storage import HERE
from tests.federation.journey import Journey
from tests.federation.stage import ACCEPTING, Stage, play
from tests.gateway.kit import HOME, World, world
from tongban import errors
from tongban.storage.queries import Query
from tongban.v1 import envelope_pb2

MANY = 12
_UNLIMITED = 1_000_000_000


def fill(stage: Stage, disk: str) -> None:
    """From now on the database gets no page more than it has."""
    stage.disks.disk(disk)._connection.execute("PRAGMA max_page_count = 1")


def free(stage: Stage, disk: str) -> None:
    """The operator makes space."""
    stage.disks.disk(disk)._connection.execute(f"PRAGMA max_page_count = {_UNLIMITED}")


async def filed(stage: Stage, count: int) -> list[Journey]:
    """So many applications, filed at 潮州."""
    journeys = [stage.journey() for _ in range(count)]
    for journey in journeys:
        await journey.submit()
    return journeys


def test_a_gateway_that_is_full_takes_nothing_says_so_and_recovers() -> None:
    async def act(stage: Stage) -> None:
        federation, gateway = stage.federation, stage.federation.gateway
        assert gateway is not None
        fill(stage, "gateway")
        journeys = await filed(stage, MANY)
        await asyncio.sleep(20)
        problem = gateway.admitter.storage.problem
        assert problem is not None
        assert "网关 的存储空间已满" in problem.text("zh")
        assert "Storage of the gateway is full" in problem.text("en")
        waiting = await stage.waiting(stage.accepting)
        assert waiting > MANY // 2, "the windows work on, and what they did waits in their own journal"
        line = stage.accepting.core.line
        assert (line.connected, line.problem) == (True, problem.text("zh")), "and they know why it waits"
        heads = dict(gateway.heads)
        await asyncio.sleep(60)
        assert gateway.heads == heads
        free(stage, "gateway")
        await federation.settled()
        assert gateway.admitter.storage.problem is None
        assert line.problem == ""
        assert await stage.waiting(stage.accepting) == 0
        for journey in journeys:
            await stage.same_everywhere(journey.name)

    play(act)


def test_a_gateway_that_is_full_goes_on_delivering() -> None:
    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        stage.home.line.cut()
        before = await filed(stage, 2)
        await stage.federation.settled()
        fill(stage, "gateway")
        await filed(stage, MANY)
        await asyncio.sleep(20)
        assert gateway.admitter.storage.problem is not None
        stage.home.line.up = True
        await asyncio.sleep(60)
        assert gateway.admitter.storage.problem is not None
        assert stage.home.core.cursors["mailbox"] == gateway.heads["nodes/350600"]
        for journey in before:
            assert await stage.home.core.state(journey.name) is not None

    play(act)


def test_a_node_that_is_full_refuses_by_name_and_recovers() -> None:
    async def act(stage: Stage) -> None:
        before = await filed(stage, 1)
        await stage.federation.settled()
        fill(stage, ACCEPTING)
        with pytest.raises(errors.StorageFull) as refused:
            await filed(stage, MANY)
        assert refused.value.facts["what"] == HERE
        assert "本节点 的存储空间已满" in refused.value.text("zh")
        assert (await stage.accepting.core.state(before[0].name)).name == before[0].name
        assert (await stage.status(stage.accepting)).waiting_events >= 0, "everything can be read"
        await before[0].decide()
        await asyncio.sleep(60)
        free(stage, ACCEPTING)
        after = await filed(stage, 2)
        await stage.federation.settled(90)
        for journey in (*before, *after):
            await stage.same_everywhere(journey.name)

    play(act)


def fill_real(w: World) -> None:
    """The gateway's real database has no space left: by SQLite's own limit; PostgreSQL says what it says then."""
    if w.url.startswith("sqlite"):
        return
    with psycopg.connect(w.url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'No space left on device'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION full_disk();
            CREATE TRIGGER full_disk BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION full_disk();
            """
        )


def free_real(w: World) -> None:
    """The operator makes space."""
    with psycopg.connect(w.url, autocommit=True) as connection:
        connection.execute("DROP FUNCTION full_disk CASCADE")


async def test_a_real_database_that_is_full(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.storage_watch.TRY_SECONDS", 0.05)
    async with world(database_url) as w:
        admitted = [w.file(f"TEST{n:04}") for n in range(3)]
        receipts = await w.admitted(*admitted)
        if w.url.startswith("sqlite"):
            await w.core.database.run(lambda tx: tx.fetch_all(pages(1)))
        else:
            fill_real(w)
        refused = [w.file(f"FULL{n:04}") for n in range(40)]
        for _ in range(3):
            with pytest.raises(errors.StorageFull) as caught:
                await w.send(*refused)
            assert caught.value.facts["what"] == WHO
            assert caught.value.retry_seconds
            await asyncio.sleep(0.1)
        assert w.core.admitter.storage.problem is not None, "the trial found none either"
        assert (await health(w))["status"] == "degraded"
        page = await w.core.read(HOME, 0, 100)
        assert [envelope_pb2.AdmissionLeaf.FromString(d.receipt.leaf).event_id for d in page.deliveries] == [
            each.event.event_id for each in admitted
        ]
        if w.url.startswith("sqlite"):
            await w.core.database.run(lambda tx: tx.fetch_all(pages(_UNLIMITED)))
        else:
            free_real(w)
        await asyncio.wait_for(w.core.admitter.storage.space(), 10)
        assert (await health(w))["status"] == "serving"
        await w.admitted(*refused)
        again = await w.send(*admitted)
        assert [outcome.receipt for outcome in again.outcomes] == receipts, "what was confirmed is as it was"


def pages(limit: int) -> Query:
    """SQLite's own limit of a file's size; 1 means as large as it is."""
    return Query.of("pages", "Stands in for the size of the disk.", f"PRAGMA max_page_count = {limit}")


async def health(w: World) -> dict[str, str]:
    """What the gateway says of itself."""
    page = Page(w.core)
    address = f"http://127.0.0.1:{await page.start('127.0.0.1', 0)}"
    try:
        async with aiohttp.ClientSession(address) as client:
            async with client.get("/healthz") as answer:
                assert answer.status == 200
                said: dict[str, str] = await answer.json()
            async with client.get("/") as answer:
                assert ("存储空间已满" in await answer.text()) == (said["status"] == "degraded")
        return said
    finally:
        await page.stop()

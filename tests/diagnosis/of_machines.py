"""Faults of the node's own machine, and of the gateway's as its operator sees them, on real files and processes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from gateway import doctor as gateway_doctor
from gateway.runtime import Gateway
from nodes import doctor as node_doctor
from nodes.joining import join, profile
from nodes.lookout import Lookout
from nodes.settings import NodeSettings
from nodes.store import QUERIES
from tests.diagnosis.kit import NODE, core_on
from tests.diagnosis.table import Named, Table
from tests.federation.servers import Member, gateway_at, invite
from tests.federation.whole import posts
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.doctor import Check
from tongban.serving import only_process, write_addresses
from tongban.storage.open import open_database

MACHINES = Table()
PATIENCE = 20.0
"""For a machine that does much else; the time to a name is the sum of the limits as a person meets them."""


def bad(checks: Sequence[Check], seconds: float) -> Named:
    """The first check that failed."""
    found = next(check.finding for check in checks if check.finding is not None)
    return Named(found, seconds)


@asynccontextmanager
async def joined(home: Path) -> AsyncIterator[tuple[Gateway, NodeSettings]]:
    """A gateway, and a node's directory that has joined it."""
    async with gateway_at(home / "gateway") as gateway:
        invitation = await invite(gateway, NODE)
        content = profile(region="350600", title="漳州市", posts=posts())
        settings = await join(home / "node", invitation, content, SystemClock(), SystemEntropy())
        yield gateway, settings


async def examined(settings: NodeSettings) -> Named:
    """What the doctor says first of a node whose process lives."""
    with only_process(settings.home):
        found = await node_doctor.examine(settings, SystemClock(), SystemEntropy(), PATIENCE)
    return bad(found.checks, node_doctor.WORST)


@MACHINES.add("the node's program does not run", "OWN_NODE_STOPPED", "own-node", "node")
async def _(home: Path) -> Named:
    async with joined(home) as (_, settings):
        found = await node_doctor.examine(settings, SystemClock(), SystemEntropy(), PATIENCE)
    return bad(found.checks, node_doctor.WORST)


@MACHINES.add("the node's keys may be read by others", "OWN_SETTINGS_WRONG", "own-node", "node")
async def _(home: Path) -> Named:
    async with joined(home) as (_, settings):
        (settings.home / "keys").chmod(0o755)
        return await examined(settings)


@MACHINES.add("another program holds the node's database", "OWN_DATABASE_LOCKED", "own-node", "node")
async def _(home: Path) -> Named:
    async with joined(home) as (_, settings):
        with closing(sqlite3.connect(settings.home / "node.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            return await examined(settings)


@MACHINES.add("the node's database is damaged", "OWN_DATABASE_DAMAGED", "own-node", "node")
async def _(home: Path) -> Named:
    async with joined(home) as (_, settings):
        with (settings.home / "node.db").open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 60_000)
        return await examined(settings)


@MACHINES.add("the node's database is gone", "OWN_DATABASE_AWAY", "own-node", "node")
async def _(home: Path) -> Named:
    async with joined(home) as (_, settings):
        (settings.home / "node.db").unlink()
        return await examined(settings)


@MACHINES.add("the node's disk is slow", "OWN_DISK_SLOW", "own-node", "node")
async def _(home: Path) -> Named:
    """A desk met a full disk a moment ago; the write that tries whether it is so does not come back yet."""
    core = await core_on(await open_database(f"sqlite:///{home / 'node.db'}"))
    lookout, go_on = Lookout(core, storage=0.05), threading.Event()
    held = asyncio.create_task(core.database.run(lambda tx: go_on.wait(60)))
    lookout.note(errors.StorageFull(what="database"))
    await lookout.look()
    found = core.line.findings[0]
    go_on.set()
    await held
    while core.line.findings:  # it was slow, and has come back: there is room
        await lookout.look()
    await core.close()
    return Named(found)


@MACHINES.add("the node's disk is full", "OWN_DISK_FULL", "own-node", "node")
async def _(home: Path) -> Named:
    """A desk meets it; the lookout tries whether it is so, and says it on every page."""
    database = await open_database(f"sqlite:///{home / 'node.db'}")
    core = await core_on(database)
    lookout = Lookout(core, storage=60.0)

    def fill(tx: object) -> None:
        connection: sqlite3.Connection = tx._connection  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 1}")

    await database.run(fill)
    try:
        rows = [{"key": f"k{number}", "value": "x" * 4000} for number in range(40)]
        await database.run(lambda tx: tx.execute_many(QUERIES.put_setting, rows))
    except errors.StorageFull as error:
        lookout.note(error)
    await lookout.look()
    found = core.line.findings[0]
    await core.close()
    return Named(found)


@MACHINES.add("the gateway's program does not run", "GATEWAY_STOPPED", "gateway", "gateway")
async def _(home: Path) -> Named:
    async with gateway_at(home / "gateway") as gateway:
        settings = gateway.settings
    found = await gateway_doctor.examine(settings, SystemClock(), PATIENCE)
    return bad(found.checks, gateway_doctor.WORST)


@MACHINES.add("the gateway's program runs and does not answer", "GATEWAY_STUCK", "gateway", "gateway")
async def _(home: Path) -> Named:
    async with gateway_at(home / "gateway") as gateway:
        settings = gateway.settings

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        write_addresses(settings.home, page=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with only_process(settings.home):
            found = await gateway_doctor.examine(settings, SystemClock())
    return bad(found.checks, gateway_doctor.WORST)


@MACHINES.add("no node is connected to the gateway", "NOBODY_CONNECTED", "gateway", "gateway")
async def _(home: Path) -> Named:
    async with gateway_at(home / "gateway") as gateway:
        await Member(NODE).join(gateway)
        write_addresses(gateway.settings.home, page=f"127.0.0.1:{gateway.page_port}")
        with only_process(gateway.settings.home):
            found = await gateway_doctor.examine(gateway.settings, SystemClock(), PATIENCE)
    return bad(found.checks, gateway_doctor.WORST)


@MACHINES.add("another program holds the gateway's database", "GATEWAY_DATABASE_LOCKED", "gateway", "gateway")
async def _(home: Path) -> Named:
    async with gateway_at(home / "gateway") as gateway:
        write_addresses(gateway.settings.home, page=f"127.0.0.1:{gateway.page_port}")
        with closing(sqlite3.connect(gateway.settings.home / "gateway.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with only_process(gateway.settings.home):
                found = await gateway_doctor.examine(gateway.settings, SystemClock(), PATIENCE)
    return bad(found.checks, gateway_doctor.WORST)

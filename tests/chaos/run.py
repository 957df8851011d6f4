"""One campaign on one kind of database: build, work under fire, mend, finish, stop in good order, check."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.store import QUERIES as GATEWAY
from nodes.store import QUERIES as NODE
from tests.chaos.adversary import Adversary, Done
from tests.chaos.audit import audit
from tests.chaos.clerks import Clerks
from tests.chaos.federation import Federation
from tests.chaos.ledger import Account, Ledger, settle
from tests.postgres import PostgresServer
from tongban.storage.base import Database, Transaction
from tongban.storage.open import open_database

CLERKS = 24
FINISH_SECONDS = 120.0
CHANNELS = ("feeds/agreements", "feeds/items", "feeds/nodes")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is to be."""

    database: str
    kills: int
    seed: int
    clerks: int = CLERKS
    keep: bool = False
    """Keep the folder also where nothing is found."""
    mutant: str = ""
    """A planted bug, which the campaign has to find."""


@dataclass(slots=True)
class Report:
    """What came of a campaign."""

    plan: Plan
    folder: Path
    done: Done
    ledger: Ledger
    account: Account
    elapsed_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[str]:
        """Everything that must not be."""
        account = self.account
        return [
            *(f"lost: {each}" for each in account.lost),
            *(f"doubled: {each}" for each in account.doubled),
            *(f"stuck: {each}" for each in account.stuck),
            *self.problems,
        ]

    def summary(self) -> dict[str, Any]:
        """Plain values."""
        done, account, ledger = self.done, self.account, self.ledger
        return {
            "kills": done.kills,
            "stops": done.stops,
            "cuts": done.cuts,
            "events": account.events,
            "applications": len(ledger.applications),
            "acknowledged": len(ledger.entries),
            "unanswered": ledger.unknown,
            "lost": len(account.lost),
            "doubled": len(account.doubled),
            "stuck": len(account.stuck),
            "problems": len(self.problems),
            "elapsed_seconds": round(self.elapsed_seconds, 1),
        }


async def campaign(plan: Plan, server: PostgresServer | None = None) -> Report:
    """Run one, on databases of a PostgreSQL server, or else of SQLite."""
    folder = Path(tempfile.mkdtemp(prefix=f"tongban-chaos-{plan.database}-"))
    report = Report(plan, folder, Done(), Ledger(), Account())
    begun = time.monotonic()
    try:
        await _Campaign(report, server).run()
    except Exception as error:
        report.problems.append(f"the campaign failed: {type(error).__name__}: {error}")
    report.elapsed_seconds = time.monotonic() - begun
    if report.findings or plan.keep:
        report.ledger.save(folder / "ledger.json")
        (folder / "story.txt").write_text("\n".join([*report.done.story, "", *report.findings]) + "\n", "utf-8")
    else:
        shutil.rmtree(folder)
    return report


class _Campaign:
    def __init__(self, report: Report, server: PostgresServer | None) -> None:
        self._report = report
        self._server = server
        self._schedule = random.Random(f"schedule {report.plan.seed}")
        self._people = random.Random(f"people {report.plan.seed}")

    async def run(self) -> None:
        async with AsyncExitStack() as undo:
            federation = await Federation.start(self._report.folder, self._people, self._server, undo)
            for machine in federation.machines:
                machine.mutant = self._report.plan.mutant
            adversary = Adversary(federation, self._schedule, self._report.done, self._server)
            people = Clerks(federation, self._report.ledger, self._people)
            working = [asyncio.create_task(people.work(0.2 * place)) for place in range(self._report.plan.clerks)]
            undo.push_async_callback(_cancel, working)
            await adversary.run(self._report.plan.kills)
            people.closing = True
            await adversary.mend()
            adversary.tell("everything is mended")
            await self._finish(working)
            adversary.tell("everybody has finished")
            await self._settled(federation)
            adversary.tell("everything has arrived")
            for name, code in (await federation.end()).items():
                if code != 0:
                    self._report.problems.append(f"{name} did not stop in good order: exit code {code}")
            await self._check(federation)

    async def _finish(self, working: list[asyncio.Task[None]]) -> None:
        """What was begun is finished."""
        done, left = await asyncio.wait(working, timeout=FINISH_SECONDS)
        for task in done:
            task.result()
        if left:
            self._report.problems.append(f"{len(left)} clerks did not finish within {FINISH_SECONDS:g} s")

    async def _settled(self, federation: Federation) -> None:
        """Nothing waits, and every node has stored every channel to its end."""
        async with AsyncExitStack() as opened:
            gateway, nodes = await _open(federation, opened)
            deadline = time.monotonic() + FINISH_SECONDS
            while True:
                behind = await _behind(gateway, nodes)
                if not behind or time.monotonic() > deadline:
                    break
                await asyncio.sleep(0.25)
            self._report.account.stuck += behind

    async def _check(self, federation: Federation) -> None:
        async with AsyncExitStack() as opened:
            gateway, nodes = await _open(federation, opened)
            stuck = self._report.account.stuck
            self._report.account = await settle(self._report.ledger, gateway, nodes)
            self._report.account.stuck += stuck
            self._report.problems += await audit(gateway, nodes, federation.machines)
        self._report.problems += [f"{n} times refused: {why}" for why, n in self._report.ledger.refusals.items()]
        for died in self._report.done.died:
            self._report.problems.append(f"{died} ended by itself")


async def _open(federation: Federation, opened: AsyncExitStack) -> tuple[Database, dict[str, Database]]:
    gateway = await open_database(federation.database)
    opened.push_async_callback(gateway.close)
    nodes = {}
    for office in federation.offices.values():
        nodes[office.name] = await open_database(office.database)
        opened.push_async_callback(nodes[office.name].close)
    return gateway, nodes


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _behind(gateway: Database, nodes: dict[str, Database]) -> list[str]:
    """What is still under way."""
    found = []
    for name, database in nodes.items():
        waiting = await database.run(lambda tx: tx.fetch_one(NODE.count_waiting), read_only=True)
        if waiting is not None and waiting["events"]:
            found.append(f"{name}: {waiting['events']} events wait for their answer")
    # The heads after what waited: an event admitted meanwhile is in them by now.
    heads = await gateway.run(_heads, read_only=True)
    for name, database in nodes.items():
        cursors = await database.run(_cursors, read_only=True)
        for channel in (name, *CHANNELS):
            stored, head = cursors.get("mailbox" if channel == name else channel, 0), heads.get(channel, 0)
            if stored != head:
                found.append(f"{name} has stored {stored} of {head} in {channel}")
    return found


def _heads(tx: Transaction) -> dict[str, int]:
    return {row["name"]: row["position"] for row in tx.fetch_all(GATEWAY.list_channels)}


def _cursors(tx: Transaction) -> dict[str, int]:
    return {row["channel"]: row["position"] for row in tx.fetch_all(NODE.list_cursors)}

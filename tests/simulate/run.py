"""One seed: begin where all have joined and agreed, work under faults, mend, check."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from gateway.store import QUERIES as GATEWAY
from tests.federation.virtual import VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import Federation
from tests.simulate import invariants
from tests.simulate.clerks import Clerks, Filing, Parcels
from tests.simulate.hpke import SeededSuite
from tests.simulate.machines import Machines
from tests.simulate.scene import Scene, scene
from tests.simulate.witness import Witness
from tongban import errors, sealing

APPLICATIONS = 4
TURNS = 80
_LAST_LINES = 20
_SIZES = (3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 6, 6, 9, 12)


@dataclass(slots=True)
class Report:
    """What happened in a run."""

    seed: int
    nodes: int = 0
    events: int = 0
    faults: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    virtual_seconds: float = 0.0
    refusals: int = 0
    digest: str = ""
    """Of every event that was admitted, in order: two runs of a seed have the same."""
    story: list[str] = field(default_factory=list)


def run_seed(seed: int) -> Report:
    """Run one seed; AssertionError when an invariant does not hold.  What is raised says how to replay it."""
    chance = random.Random(seed)
    begin = scene(chance.choice(_SIZES))
    loop = VirtualLoop(begin.seconds)
    report = Report(seed, nodes=len(begin.shape.regions))
    run = _Run(chance, loop, begin, report)
    try:
        with _replayable(seed), _without_collecting(), run.witness.watching():
            run_virtual(run.main(), loop)
    except Exception as error:
        error.add_note("\n".join([*report.story[-_LAST_LINES:], f"replay: make simulate SEED={seed}"]))
        raise
    finally:
        run.discard()
    return report


@contextlib.contextmanager
def _replayable(seed: int) -> Iterator[None]:
    """Grants are made with the seed's chance too."""
    with mock.patch.object(sealing, "_SUITE", SeededSuite(seeded(seed).token)):
        yield


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """A run is short: its garbage can wait for the next."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Run:
    def __init__(self, chance: random.Random, loop: VirtualLoop, begin: Scene, report: Report) -> None:
        self._random = chance
        self._loop = loop
        self._scene = begin
        self._report = report
        self._machines = Machines(chance, begin.images, self._died)
        self._federation = Federation(
            VirtualClock(loop),
            seeded(report.seed),
            self._machines.open,
            keys=dict(begin.keys),
            authority=begin.authority,
        )
        self._clerks = Clerks(self._federation, Parcels(), chance)
        self._filings = [
            Filing(*chance.choice(begin.shape.pairs), str(uuid.UUID(int=chance.getrandbits(128), version=4)))
            for _ in range(APPLICATIONS)
        ]
        self._mending: set[asyncio.Task[None]] = set()
        self._starting: set[str] = set()
        self.witness = Witness()

    def discard(self) -> None:
        """Let the disks go."""
        self._machines.discard()

    async def main(self) -> None:
        """The run."""
        federation = self._federation
        await federation.start_gateway()
        for region in self._scene.shape.regions:
            await federation.start_node(region)
        await federation.settled()
        self._machines.armed = True
        for _ in range(TURNS):
            await self._turn()
            await asyncio.sleep(self._random.uniform(0.0, 4.0))
        await self._mend()
        await self._finish()
        events = await invariants.check(federation, list(self._clerks.applications), witness=self.witness)
        self._report.events = events - self._scene.events
        self._report.virtual_seconds = self._loop.time() - self._scene.seconds
        await self._sum_up()
        await federation.stop()

    async def _turn(self) -> None:
        if self._random.random() < 0.15:
            await self._fault()
        # Some nodes have nobody at work now, and some two at once.
        busy = [region for region in self._scene.shape.busy for _ in range(self._random.choice((0, 1, 1, 2)))]
        await asyncio.gather(*(self._act(region) for region in busy))

    async def _act(self, region: str) -> None:
        if region not in self._federation.nodes:
            return
        filing = next((filing for filing in self._filings if filing.accepting == region), None)
        try:
            if filing is not None and self._random.random() < 0.3:
                await self._clerks.file(filing)
                if filing in self._filings:
                    self._filings.remove(filing)
            else:
                await self._federation.nodes[region].desks.mailroom.record_early_intakes()
                await self._clerks.work(region)
        except errors.TongbanError as error:
            self._report.refusals += 1
            self._tell(f"{region} {error.reason()}")

    def _tell(self, what: str) -> None:
        self._report.story.append(f"{self._loop.time():8.2f} {what}")

    async def _fault(self) -> None:
        self._report.faults += 1
        kind = self._random.choice(("cut", "cut", "kill", "kill-gateway", "commit", "statement"))
        region = self._random.choice(self._scene.shape.regions)
        self._report.kinds[kind] += 1
        self._tell(f"fault {kind} {region}")
        match kind:
            case "cut" if region in self._federation.nodes:
                line = self._federation.nodes[region].line
                line.cut()
                self._later(self._random.uniform(0.5, 40.0), lambda: setattr(line, "up", True))
            case "kill":
                self._kill(region)
            case "kill-gateway":
                self._kill("gateway")
            case "commit":
                self._machines.fail_a_commit(self._random.choice((*self._scene.shape.regions, "gateway")))
            case "statement":
                self._machines.fail_a_statement(self._random.choice((*self._scene.shape.regions, "gateway")))

    def _died(self, name: str) -> None:
        self._tell(f"{name} died")
        self._kill(name)

    def _kill(self, name: str) -> None:
        federation = self._federation
        if name == "gateway":
            federation.gateway = None
            for run in federation.nodes.values():
                was_up = run.line.up
                run.line.cut()
                run.line.up = was_up
        elif name in federation.nodes:
            run = federation.nodes.pop(name)
            run.line.cut()
            if run.dialling is not None:
                run.dialling.cancel()
        self._machines.kill(name)
        self._start_later(name)

    def _start_later(self, name: str) -> None:
        if name not in self._starting:
            self._starting.add(name)
            self._spawn(self._start(name, self._random.uniform(0.2, 20.0)))

    async def _start(self, name: str, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            # A machine that dies while it starts is started again.
            try:
                if name == "gateway":
                    await self._federation.start_gateway()
                else:
                    await self._federation.start_node(name)
            except errors.TongbanError:
                await asyncio.sleep(1.0)
            else:
                self._starting.discard(name)
                return

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            act()

        self._spawn(wait())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mend(self) -> None:
        self._machines.armed = False
        while self._mending:
            await asyncio.wait(set(self._mending))
        for run in self._federation.nodes.values():
            run.line.up = True
        await self._federation.settled(600)

    async def _finish(self) -> None:
        """With everything mended, everybody finishes what was begun."""
        for filing in self._filings:
            await self._clerks.file(filing)
        for _ in range(60):
            await asyncio.gather(*(self._finish_at(region) for region in self._scene.shape.busy))
            await self._federation.settled(120)
            if await invariants.all_closed(self._federation, list(self._clerks.applications)):
                return

    async def _finish_at(self, region: str) -> None:
        self._clerks.forget(region)
        await self._federation.nodes[region].desks.mailroom.record_early_intakes()
        with contextlib.suppress(errors.TongbanError):
            while await self._clerks.work(region):
                pass

    async def _sum_up(self) -> None:
        gateway = self._federation.gateway
        assert gateway is not None
        rows = await gateway.database.run(
            lambda tx: tx.fetch_all(GATEWAY.list_events, {"size": 1_000_000}), read_only=True
        )
        self._report.digest = hashlib.sha256(b"".join(row["digest"] for row in rows)).hexdigest()

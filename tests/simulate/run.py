"""One seed: build, work under faults, mend, check."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.federation.virtual import VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import REGIONS, Federation
from tests.simulate import invariants
from tests.simulate.clerks import HOME, WINDOWS, Clerks, Parcels
from tests.simulate.machines import Machines
from tongban import errors

APPLICATIONS = 4
TURNS = 220


@dataclass(slots=True)
class Report:
    """What happened in a run."""

    seed: int
    events: int = 0
    faults: int = 0
    virtual_seconds: float = 0.0
    refusals: int = 0
    story: list[str] = field(default_factory=list)


def run_seed(seed: int) -> Report:
    """Run one seed; AssertionError when an invariant does not hold."""
    loop = VirtualLoop()
    report = Report(seed)
    run_virtual(_Run(seed, loop, report).main(), loop)
    report.virtual_seconds = loop.time()
    return report


class _Run:
    def __init__(self, seed: int, loop: VirtualLoop, report: Report) -> None:
        self._random = random.Random(seed)
        self._loop = loop
        self._report = report
        self._machines = Machines(self._random)
        self._federation = Federation(VirtualClock(loop), seeded(seed), self._machines.open)
        self._world = Parcels()
        self._clerks = Clerks(self._federation, self._world)
        self._applications: list[str] = []
        self._mending: set[asyncio.Task[None]] = set()

    async def main(self) -> None:
        """The run."""
        federation = self._federation
        await federation.start_gateway()
        for region in REGIONS:
            await federation.start_node(region)
        await federation.settled()
        await federation.agree()
        self._machines.armed = True
        for _ in range(TURNS):
            await self._turn()
            await asyncio.sleep(self._random.uniform(0.0, 2.0))
        await self._mend()
        await self._finish()
        self._report.events = await invariants.check(federation, self._applications)
        await federation.stop()

    async def _turn(self) -> None:
        if self._random.random() < 0.12:
            await self._fault()
        region = self._random.choice((HOME, *WINDOWS))
        if region not in self._federation.nodes:
            return
        try:
            if region != HOME and len(self._applications) < APPLICATIONS and self._random.random() < 0.3:
                self._applications.append(await self._clerks.file(region))
            else:
                await self._work(region)
        except errors.TongbanError as error:
            self._report.refusals += 1
            self._report.story.append(f"{self._loop.time():8.2f} {region} {error.reason()}")
        for name in self._machines.died():
            self._kill(name)

    async def _work(self, region: str) -> None:
        run = self._federation.nodes[region]
        things = [*self._applications, *self._world.on_road]
        for application in self._applications:
            state = await run.core.state(application)
            things.extend(state.parcels if state is not None else ())
        if not things:
            return
        thing = self._random.choice(things)
        if thing.startswith("parcels/"):
            await self._clerks.mail(region, thing)
        else:
            await self._clerks.work(region, thing)
        await run.desks.mailroom.record_early_intakes()

    async def _fault(self) -> None:
        self._report.faults += 1
        kind = self._random.choice(("cut", "cut", "kill", "kill-gateway", "commit"))
        region = self._random.choice(sorted(REGIONS))
        self._report.story.append(f"{self._loop.time():8.2f} fault {kind} {region}")
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
                self._machines.fail_a_commit(self._random.choice((*sorted(REGIONS), "gateway")))

    def _kill(self, name: str) -> None:
        federation = self._federation
        if name == "gateway":
            if federation.gateway is None:
                return
            federation.gateway = None
            for run in federation.nodes.values():
                was_up = run.line.up
                run.line.cut()
                run.line.up = was_up
            self._machines.kill(name)
            self._start_later(name)
        elif name in federation.nodes:
            run = federation.nodes.pop(name)
            run.line.cut()
            if run.dialling is not None:
                run.dialling.cancel()
            self._machines.kill(name)
            self._start_later(name)

    def _start_later(self, name: str) -> None:
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
                return
            except errors.TongbanError:
                await asyncio.sleep(1.0)

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
        for name in self._machines.died():
            self._kill(name)
        while self._mending:
            await asyncio.wait(set(self._mending))
        for run in self._federation.nodes.values():
            run.line.up = True
        await self._federation.settled(600)

    async def _finish(self) -> None:
        """With everything mended, everybody finishes what was begun."""
        for _ in range(60):
            for region in (HOME, *WINDOWS):
                run = self._federation.nodes[region]
                await run.desks.mailroom.record_early_intakes()
                for application in self._applications:
                    with contextlib.suppress(errors.TongbanError):
                        await self._clerks.work(region, application)
                    state = await run.core.state(application)
                    for parcel in state.parcels if state is not None else ():
                        with contextlib.suppress(errors.TongbanError):
                            await self._clerks.mail(region, parcel)
                await self._federation.settled(120)
            if await invariants.all_closed(self._federation, self._applications):
                return

"""Whoever wants the worst: a seeded schedule of kills, stops and cuts, at a pace that the machines can follow."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.federation import Federation
from tests.chaos.machines import Machine
from tests.chaos.proxy import FAULTS
from tests.postgres import PostgresServer

FAULTS_A_SECOND = 2.5
MOST_DOWN = 2
"""With more down at once nobody could work, and nothing would be interrupted."""
KILL, STOP, CUT = 0.45, 0.2, 0.35
TO_DATABASE = 0.25
"""How many cuts part a machine from its PostgreSQL instead of a node from its gateway."""
AIMED = 0.6
"""How many kills wait until the machine was just asked for something: a random instant mostly finds it idle."""
COLD = 0.1
"""How many starts are by the operator's own command, imports and all."""
AIMING_SECONDS, IN_HAND_SECONDS = 1.0, 0.03


@dataclass(slots=True)
class Done:
    """What was done."""

    kills: int = 0
    stops: int = 0
    cuts: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    """Machines that ended by themselves, which none may."""


class Adversary:
    """Does one thing after another until there were so many kills."""

    def __init__(
        self, federation: Federation, chance: random.Random, done: Done, server: PostgresServer | None
    ) -> None:
        self._federation = federation
        self._chance = chance
        self._begun = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []
        self.done = done
        self._server = server

    async def run(self, kills: int) -> None:
        """Do the worst."""
        while self.done.kills < kills:
            await asyncio.sleep(min(self._chance.expovariate(FAULTS_A_SECOND), 3.0))
            self._raise()
            dice = self._chance.random()
            if dice < KILL:
                await self._kill()
            elif dice < KILL + STOP:
                self._stop()
            else:
                self._cut()

    async def mend(self) -> None:
        """Wait until everything that was begun has ended: machines are up, none is stopped, lines pass."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        self._raise()
        for machine in self._federation.machines:
            if not machine.running:
                self.done.died.append(machine.name)
                await machine.start()

    async def _kill(self) -> None:
        machines = self._federation.machines
        while sum(not machine.addresses for machine in machines) >= MOST_DOWN:
            await asyncio.sleep(0.05)
            self._raise()
        machine = self._chance.choice([each for each in machines if each.running] or machines)
        if self._chance.random() < AIMED:
            await self._aim(machine)
        phase = "stopped" if machine.stopped else "up" if machine.addresses else "starting"
        self.tell(f"kill {machine.name} ({phase})")
        self.done.kills += 1
        await machine.kill()
        self._spawn(self._start(machine, self._chance.uniform(0.0, 1.5), self._chance.random() < COLD))

    async def _aim(self, machine: Machine) -> None:
        """Wait until the machine has something in its hands."""
        offices = self._federation.offices
        office = offices.get(machine.name)
        busy = office.called if office is not None else self._chance.choice([*offices.values()]).proxy.moved
        busy.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(busy.wait(), AIMING_SECONDS)
        await asyncio.sleep(self._chance.uniform(0.0, IN_HAND_SECONDS))

    async def _start(self, machine: Machine, after: float, cold: bool) -> None:
        await asyncio.sleep(after)
        machine.warm = not cold
        if await machine.start():
            self.tell(f"{machine.name} is up")

    def _stop(self) -> None:
        free = [each for each in self._federation.machines if each.running and not each.stopped]
        if not free:
            return
        machine, seconds = self._chance.choice(free), self._chance.choice((0.05, 0.5, 2.0, 5.0))
        self.tell(f"stop {machine.name} for {seconds} s")
        self.done.stops += 1
        machine.halt()
        self._spawn(self._go_on(machine, seconds))

    async def _go_on(self, machine: Machine, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if machine.stopped:
            machine.go_on()

    def _cut(self) -> None:
        if self._server is not None and self._chance.random() < TO_DATABASE:
            self._disconnect(self._server)
            return
        offices = [office for office in self._federation.offices.values() if not office.proxy.impaired]
        if not offices:
            return
        office, kind = self._chance.choice(offices), self._chance.choice(FAULTS)
        seconds, then_cut = self._chance.choice((0.2, 1.0, 4.0, 10.0)), self._chance.random() < 0.5
        self.tell(f"{kind} {office.name} for {seconds} s{', then cut' if then_cut else ''}")
        self._count(kind)
        self._spawn(office.proxy.suffer(kind, seconds, then_cut=then_cut))

    def _disconnect(self, server: PostgresServer) -> None:
        connections = server.connections()
        if connections:
            self.tell("a connection to the database ends")
            self._count("database")
            server.disconnect(self._chance.choice(connections))

    def _count(self, kind: str) -> None:
        self.done.cuts += 1
        self.done.kinds[kind] = self.done.kinds.get(kind, 0) + 1

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)

    def _raise(self) -> None:
        if self._failures:
            raise self._failures[0]

    def tell(self, what: str) -> None:
        """Add to the story."""
        self.done.story.append(f"{time.monotonic() - self._begun:8.2f} {what}")

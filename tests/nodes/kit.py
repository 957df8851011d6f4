"""Two nodes on real databases of one kind, in a federation whose lines the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from nodes.desk.staff import Staff
from tests.clocks import ManualClock
from tests.federation.journey import Journey
from tests.federation.virtual import Disks
from tests.federation.whole import Federation, NodeRun
from tests.postgres import PostgresServer
from tongban.clock import SeededEntropy
from tongban.storage.base import Database
from tongban.storage.open import open_database

HOME, ACCEPTING, OUTSIDE = "350600", "445100", "330328"
Address = Callable[[str], str]


def sqlite_addresses(folder: Path) -> Address:
    """A file for each node."""
    return lambda name: f"sqlite:///{folder / f'{name}.db'}"


def postgres_addresses(server: PostgresServer, made: dict[str, str]) -> Address:
    """A database for each node; `made` tells which, for taking them away again."""

    def address(name: str) -> str:
        if name not in made:
            made[name] = server.create()
        return server.url(made[name])

    return address


class Office(Federation):
    """A federation at work on the system's loop, with a clock that the test moves."""

    @property
    def home(self) -> NodeRun:
        """漳州, which decides."""
        return self.nodes[HOME]

    @property
    def accepting(self) -> NodeRun:
        """潮州, which takes in."""
        return self.nodes[ACCEPTING]

    @property
    def now(self) -> ManualClock:
        """The clock."""
        assert isinstance(self.clock, ManualClock)
        return self.clock

    def journey(self) -> Journey:
        """An application on its way."""
        return Journey(self, self.accepting, self.home)


@asynccontextmanager
async def office(address: Address, *, regions: tuple[str, ...] = (HOME, ACCEPTING)) -> AsyncIterator[Office]:
    """A gateway in memory, and nodes on databases of their own."""
    disks = Disks()

    async def opened(name: str) -> Database:
        return await disks.open(name) if name == "gateway" else await open_database(address(name))

    made = Office(ManualClock(), SeededEntropy(3), opened)
    await made.start_gateway()
    for region in regions:
        await made.start_node(region)
    await made.settled()
    await made.agree()
    try:
        yield made
    finally:
        await asyncio.wait_for(made.stop(), 20)


async def filed(o: Office) -> str:
    """An application that both parties know; its name."""
    journey = o.journey()
    await journey.submit()
    await o.settled()
    return journey.name


def one_role(role: str) -> Staff:
    """A member of staff with this role alone."""
    return Staff("tester", "s-tester", "测试", frozenset({role}), "window-1")

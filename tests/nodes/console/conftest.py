"""Two nodes with their consoles, 潮州 and 漳州, on real SQLite, with agreements in force."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nodes.console.app import Console
from tests.federation.whole import Federation
from tests.nodes.console.browser import Browser
from tongban.clock import SeededEntropy, SystemClock
from tongban.passwords import Cost
from tongban.storage.base import Database
from tongban.storage.open import open_database

ACCEPTING, HOME = "445100", "350600"
QUICK = Cost(ln=4, r=1, p=1)  # passwords here guard nothing
STAFF = {
    "clerk": ({"window"}, "window-1"),
    "approver": ({"approval"}, "window-1"),
    "porter": ({"mailroom"}, "mailroom-1"),
    "chief": ({"supervisor"}, "window-1"),
    "everybody": ({"window", "approval", "mailroom", "supervisor"}, "mailroom-1"),
}
LOCKERS = {"box": ({"locker"}, "lockers-1")}
"""No person: a screen in the hall."""


@dataclass(slots=True)
class Halls:
    """The federation, and the consoles' ports by region."""

    federation: Federation
    ports: dict[str, int]

    @contextlib.asynccontextmanager
    async def at(self, region: str, user: str) -> AsyncIterator[Browser]:
        """Somebody who has signed in."""
        async with Browser(self.ports[region]) as browser:
            page = await browser.sign_in(user)
            assert page.path == ("/locker" if user == "box" else "/"), page.text
            yield browser


@pytest.fixture
async def halls(tmp_path: Path) -> AsyncIterator[Halls]:
    """Everything up, everybody known."""

    async def open_file(name: str) -> Database:
        return await open_database(f"sqlite:///{tmp_path / name}.db")

    federation = Federation(SystemClock(), SeededEntropy(3), open_file)
    await federation.start_gateway()
    consoles = []
    ports = {}
    for region in (HOME, ACCEPTING):
        run = await federation.start_node(region)
        for user, (roles, post) in (STAFF | LOCKERS).items():
            await run.desks.staff.add(
                user, f"{user}-password", title=user, roles=frozenset(roles), post=post, cost=QUICK
            )
        console = Console(run.core, run.desks)
        ports[region] = await console.start("127.0.0.1", 0)
        consoles.append(console)
    await federation.settled()
    await federation.agree()
    yield Halls(federation, ports)
    for console in consoles:
        await console.stop()
    await federation.stop()

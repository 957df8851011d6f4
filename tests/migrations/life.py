"""The federation whose databases are frozen: its keys, its clock, and what it has done."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.items import items_of
from tests.federation.journey import ITEM
from tests.federation.stage import ACCEPTING, HOME
from tests.federation.virtual import VirtualClock, VirtualLoop, run_virtual
from tests.federation.whole import Federation
from tests.fsck.kit import NAMES, live
from tongban.clock import SeededEntropy
from tongban.keys import NodeKeys
from tongban.pki import create_authority
from tongban.storage.base import Database
from tongban.storage.inline import SimulatedDisk
from tongban.storage.open import open_database
from tongban.v1 import registry_pb2

BEGAN = dt.datetime(2026, 11, 2, 1, 0, tzinfo=dt.UTC)
GOES_ON = BEGAN + dt.timedelta(days=10)
KINDS = {"gateway": "gateway.store", HOME: "nodes.store", ACCEPTING: "nodes.store"}
"""The package of each database's migrations."""


def keys() -> dict[str, NodeKeys]:
    """Everybody's keys, the same for ever, so that a frozen federation can go on."""
    owners = ("gateway", f"nodes/{HOME}", f"nodes/{ACCEPTING}")
    return {owner: NodeKeys.generate(SeededEntropy(number)) for number, owner in enumerate(owners, start=100)}


async def _agree(federation: Federation) -> None:
    """One item, and an agreement on it alone: what is kept stays small."""
    seed, home = data.load(), federation.nodes[HOME]
    item = next(item for item in items_of(seed, home.core.name) if item.name == ITEM)
    await home.desks.registry.publish_item(home.staff(), registry_pb2.PublishItemRequest(document=item))
    await federation.settled()
    law = zhangzhou_chaozhou_shantou(seed, {node.name: node for node in home.core.shared.directory.nodes()})
    for place in reversed(range(len(law.clauses))):
        if law.clauses[place].home != item.home:
            del law.clauses[place]
            continue
        del law.clauses[place].items[:]
        law.clauses[place].items.append(ITEM)
    await federation.sign(law)


class _Then(VirtualClock):
    """A virtual clock that begins when the frozen federation did."""

    def now(self) -> dt.datetime:
        return BEGAN + dt.timedelta(seconds=self.monotonic())


class Later:
    """A clock of the real pace, some days after the frozen federation stopped."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> dt.datetime:
        """That day, and what has passed since."""
        return GOES_ON + dt.timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began


def lived(folder: Path) -> None:
    """Let it live, its databases as files in `folder`."""
    loop = VirtualLoop()
    disks = {name: SimulatedDisk(str(folder / f"{name}.db")) for name in NAMES}

    async def open_(name: str) -> Database:
        return disks[name].mount()

    async def main() -> None:
        federation = Federation(_Then(loop), SeededEntropy(1), open_)
        federation.keys.update(keys())
        await live(federation, _agree)
        await federation.stop()

    run_virtual(main(), loop)
    for disk in disks.values():
        disk.discard()


def going_on(urls: dict[str, str]) -> Federation:
    """The same federation over the databases of these addresses, not started yet."""

    async def open_(name: str) -> Database:
        return await open_database(urls[name])

    clock, entropy = Later(), SeededEntropy(2)
    federation = Federation(clock, entropy, open_)
    federation.keys.update(keys())
    federation.authority = create_authority("test", entropy, clock.now())
    return federation


__all__ = ["KINDS", "NAMES", "going_on", "keys", "lived"]

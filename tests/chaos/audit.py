"""The same judges as everywhere: the invariants of the simulation, and the operator's own `fsck`, over what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tests.chaos.launch import Command, Warm
from tests.chaos.machines import Machine
from tests.invariants import InvariantBroken, check_all
from tongban.storage.base import Database


async def audit(gateway: Database, nodes: Mapping[str, Database], machines: list[Machine]) -> list[str]:
    """What does not hold."""
    found = []
    try:
        await check_all(gateway, nodes)
    except InvariantBroken as error:
        found.append(str(error))
    said = await asyncio.gather(*(_fsck(machine) for machine in machines))
    return found + [line for line in said if line]


async def _fsck(machine: Machine) -> str:
    """What `tongban … fsck` finds first; nothing where it is sound."""
    life = await Warm.start(Command([machine.kind, "fsck", "--home", str(machine.home)], {}, machine.home / "fsck.log"))
    said = " ".join((await life.first_line()).split())
    code = await life.wait()
    said = said or machine.last_words("fsck.log")
    return f"{machine.name}: fsck ended with {code}: {said}" if code else ""

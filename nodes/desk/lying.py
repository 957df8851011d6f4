"""What lies at this node's windows: results that came or were printed here, and the parcels that brought them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

from nodes.core import NodeCore
from tongban import errors
from tongban.lifecycle.table import RULES
from tongban.lifecycle.words import states
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2

HELD: Final = frozenset({lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP, lifecycle_pb2.PARCEL_STATE_UNCLAIMED})
"""Parcels whose contents wait for the applicant, also for too long."""


async def application_of(core: NodeCore, name: str) -> application_pb2.Application:
    """An application as it is predicted here."""
    state = await core.state(name)
    if not isinstance(state, application_pb2.Application):
        raise errors.ApplicationNotFound(field="name", name=name)
    return state


def zone_of(core: NodeCore) -> ZoneInfo:
    """Where this node's calendar is."""
    node = core.shared.directory.find(core.name)
    return ZoneInfo(node.profile.time_zone if node is not None else "Asia/Shanghai")


async def result_parcels(
    core: NodeCore, application: application_pb2.Application, standing: Collection[int]
) -> list[str]:
    """Parcels that brought the result here and stand so; not one whose contents have left in another since."""
    found: list[str] = []
    left: set[str] = set()
    for name in reversed(application.parcels):
        parcel = await core.state(name)
        if not isinstance(parcel, parcel_pb2.Parcel):
            continue
        items = {entry.item for entry in parcel.manifest}
        here = parcel.destination.node == core.name and parcel.purpose == parcel_pb2.PARCEL_PURPOSE_RESULT
        if here and parcel.state in standing and not items & left:
            found.append(name)
        left |= items
    return found[::-1]


def check_ready(application: application_pb2.Application) -> None:
    """Before there is a code, no code is wrong.  One that was used says so itself."""
    gone = (lifecycle_pb2.APPLICATION_STATE_COLLECTED, lifecycle_pb2.APPLICATION_STATE_CLOSED)
    rule = RULES["result_collected"]
    if application.state in (*rule.from_states, *gone):
        return
    now, now_en = states("applications", [application.state])
    allowed, allowed_en = states("applications", rule.from_states)
    raise errors.MoveNotAllowed(
        field="name",
        stream=application.name,
        state=now,
        state_en=now_en,
        move=rule.title_zh,
        move_en=rule.title_en,
        allowed=allowed,
        allowed_en=allowed_en,
    )

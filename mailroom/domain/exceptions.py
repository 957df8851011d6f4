"""Who must end an exception, by when, and what ends it.

Every exception that is written on a parcel gets an owner, a node, and a deadline, in the step that writes it, from
open fields alone; so every node that has the stream names the same owner.  Past the deadline it is the supervisors'
of that node too.

    on a leg (late, lost, one-sided, ...)     the node that booked the leg: it answers for it
    seals, manifest, codes, wrong post        the node that has the parcel in its hands and saw it
    what was found at the opening             the node that packed the parcel: it must explain what it packed
    anything else                             whoever said it, where that node gives or takes the parcel: a stranger
                                              and a relay have nobody who would see to it, so whoever has it in hand

An exception ends when its owner says so (`ParcelExceptionResolved`), or the node that packed the parcel, to which it
goes or which answers for it now; what anybody else says ends nothing.  Or by itself when what was missing is there:

    the parcel is scanned somewhere           late, suspected-lost, lost, delivered-not-scanned, signed-by-other,
                                              silent, unclaimed, refused and customs-hold of the leg that carried
                                              it: "found"; what is told of them only then ends as it is
                                              written
    the giver's scan comes after all          one-sided of that leg: "scanned"
    photograph and acceptance are both there  one-sided of that leg: "scanned"
    the waybill comes                         order-failed of that leg: "explained"
    it is held for pickup and collected       unclaimed: "explained"

An ended exception keeps its place, with when and how it ended.  A long list keeps one of each kind, code and
subject (`tongban.lifecycle.bounds`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.codes import ExceptionCode
from mailroom.domain.numbers import leg_name
from tongban.lifecycle.engine import Step
from tongban.v1 import application_pb2, event_pb2, parcel_pb2

END_BY_ARRIVAL: Final = frozenset(
    {
        "late",
        "suspected-lost",
        "lost",
        "delivered-not-scanned",
        "signed-by-other",
        "silent",
        "unclaimed",
        "refused",
        "customs-hold",
        "one-sided",
        "unknown-code",
    }
)
"""Exceptions of a leg that end when what it carried is scanned; one-sided only where both hands have scanned."""

_BY_PACKER: Final = frozenset(
    {
        ExceptionCode.MISSING,
        ExceptionCode.EXTRA,
        ExceptionCode.WRONG_ITEM,
        ExceptionCode.COPY_FOR_ORIGINAL,
        ExceptionCode.PAGES_SHORT,
        "wrong-contents",
    }
)

_DEADLINE_HOURS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "late": 24,
        "suspected-lost": 72,
        "lost": 240,
        "delivered-not-scanned": 24,
        "signed-by-other": 4,
        "silent": 48,
        "refused": 24,
        "customs-hold": 120,
        "one-sided": 24,
        "order-failed": 4,
        "unclaimed": 240,
        "wrong-post": 24,
        "missing": 24,
    }
)
_OTHER_HOURS: Final = 48


def give_owners(state: parcel_pb2.Parcel, step: Step) -> None:
    """Name who ends the exceptions that this step has written, and by when."""
    for exception in state.exceptions:
        if exception.version != step.version or exception.owner:
            continue
        # What was scanned after the applicant had it hangs on no leg that anybody booked: its sender ends that.
        exception.owner = _owner(state, exception, step.event.author) or state.origin.node
        hours = _DEADLINE_HOURS.get(exception.code, _OTHER_HOURS)
        exception.deadline_time.CopyFrom(_later(exception.create_time, hours))


def may_end(state: parcel_pb2.Parcel, exception: application_pb2.StreamException, node: str) -> bool:
    """Whether it is this node's to say how it ended."""
    return node in {exception.owner, state.origin.node, state.destination.node, state.custody.answerable_node}


def resolve(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """Somebody says how exceptions ended: those that are theirs to end."""
    ended = event.parcel_exception_resolved
    for exception in state.exceptions:
        if exception.code != ended.code or not is_open(exception) or ended.subject not in ("", exception.subject):
            continue
        if may_end(state, exception, event.author):
            exception.resolve_time.CopyFrom(event.claim_time)
            exception.resolution = ended.resolution


def is_open(exception: application_pb2.StreamException) -> bool:
    """Whether nobody has ended it."""
    return not exception.HasField("resolve_time")


def open_exceptions(state: parcel_pb2.Parcel) -> list[application_pb2.StreamException]:
    """What is wrong and not ended, oldest first."""
    return [exception for exception in state.exceptions if is_open(exception)]


def end(
    state: parcel_pb2.Parcel, when: Timestamp, resolution: str, codes: Iterable[str], subject: str | None = None
) -> None:
    """End the open exceptions of these codes, of one subject where one is named."""
    wanted = frozenset(codes)
    for exception in state.exceptions:
        if exception.code in wanted and is_open(exception) and (subject is None or exception.subject == subject):
            exception.resolve_time.CopyFrom(when)
            exception.resolution = resolution


def arrived(state: parcel_pb2.Parcel, step: Step, leg: parcel_pb2.Leg) -> None:
    """What the leg carried was scanned: whatever was feared on its way has ended."""
    end(state, step.event.claim_time, "found", over_by_arrival(leg), leg_name(state.name, leg.number))


def over_by_arrival(leg: parcel_pb2.Leg) -> frozenset[str]:
    """What can be wrong with a leg no more, once what it carried was scanned where it went."""
    if not leg.HasField("intake"):
        return frozenset()
    return END_BY_ARRIVAL if leg.HasField("dispatch") else END_BY_ARRIVAL - {"one-sided"}


def _owner(state: parcel_pb2.Parcel, exception: application_pb2.StreamException, author: str) -> str:
    for leg in state.legs:
        if exception.subject == leg_name(state.name, leg.number):
            return leg.booking_node
    if exception.code in _BY_PACKER:
        return state.origin.node
    hands = {scan.post.node for leg in state.legs for scan in (leg.dispatch, leg.intake)}
    if author in {state.origin.node, state.destination.node, state.first_destination.node, *hands}:
        return author
    return state.custody.answerable_node or state.destination.node


def _later(time: Timestamp, hours: int) -> Timestamp:
    later = Timestamp()
    later.FromDatetime(time.ToDatetime(dt.UTC) + dt.timedelta(hours=hours))
    return later

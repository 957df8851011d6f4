"""What is wrong and open, as somebody's work.

An exception of a parcel names who must end it and by when (`mailroom.domain.exceptions`).  An open one is a *case*,
and so is a request to search that waits for its answer.  Once its deadline has passed it escalates: the supervisors of
the node that owns it see it, and those of the node that answers for the parcel, where that is another one.

Promised: cases are a function of the state alone; every case has an owner and a deadline, also where an exception was
written before exceptions had any; two exceptions of one code about one thing are one case, the older.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from mailroom.domain.exceptions import open_exceptions
from mailroom.domain.numbers import leg_name
from tongban.v1 import application_pb2, exception_pb2, lifecycle_pb2, parcel_pb2

TRACE: Final = "trace"
"""The code of a case that is no exception: a request to search."""

ENDED: Final = frozenset({lifecycle_pb2.PARCEL_STATE_RECONCILED, lifecycle_pb2.PARCEL_STATE_COLLECTED})
"""States in which no clock runs any more."""

OLD_HOURS: Final = 72
"""For exceptions that were written before they had deadlines."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something open, with whoever must end it."""

    parcel: str
    code: str
    subject: str
    owner: str
    open_time: dt.datetime
    deadline: dt.datetime
    escalation: tuple[str, ...]

    def escalated(self, now: dt.datetime) -> bool:
        """Whether the deadline has passed."""
        return now >= self.deadline


def open_cases(parcel: parcel_pb2.Parcel) -> list[Case]:
    """Everything that is open, one for each code and subject, the most urgent first."""
    found: dict[tuple[str, str], Case] = {}
    for exception in open_exceptions(parcel):
        found.setdefault((exception.code, exception.subject), _of_exception(parcel, exception))
    cases = [*found.values(), *(_of_trace(parcel, trace) for trace in parcel.traces if not trace.outcome)]
    return sorted(cases, key=lambda case: (case.deadline, case.code, case.subject))


def holding_node(parcel: parcel_pb2.Parcel) -> str:
    """The node that has it in hand, or answers for whoever has."""
    return parcel.custody.answerable_node or parcel.destination.node or parcel.origin.node


def trace_name(parcel: str, number: int) -> str:
    """`{parcel}/traces/{number}`."""
    return f"{parcel}/traces/{number}"


def _of_exception(parcel: parcel_pb2.Parcel, exception: application_pb2.StreamException) -> Case:
    opened = exception.create_time.ToDatetime(dt.UTC)
    owner = exception.owner or holding_node(parcel)
    told = exception.HasField("deadline_time")
    return Case(
        parcel=parcel.name,
        code=exception.code,
        subject=exception.subject,
        owner=owner,
        open_time=opened,
        deadline=exception.deadline_time.ToDatetime(dt.UTC) if told else opened + dt.timedelta(hours=OLD_HOURS),
        escalation=_named(owner, _answerable(parcel, exception.subject)),
    )


def _of_trace(parcel: parcel_pb2.Parcel, trace: exception_pb2.Trace) -> Case:
    return Case(
        parcel=parcel.name,
        code=TRACE,
        subject=trace_name(parcel.name, trace.number),
        owner=trace.asked_node,
        open_time=trace.request_time.ToDatetime(dt.UTC),
        deadline=trace.answer_by_time.ToDatetime(dt.UTC),
        escalation=_named(trace.asked_node, trace.asking_node),
    )


def _answerable(parcel: parcel_pb2.Parcel, subject: str) -> str:
    for leg in parcel.legs:
        if subject == leg_name(parcel.name, leg.number):
            return leg.booking_node
    return holding_node(parcel)


def _named(*nodes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, nodes)))

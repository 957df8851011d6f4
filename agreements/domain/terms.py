"""Agreements, clauses and items as the coverage function reads them: small, compiled, and judged at one moment.

A signed agreement is compiled once.  Its names are interned and equal sets shared, because 5,000 agreements with
300,000 clauses name the same few thousand nodes and items over and over, and a clause must stay small.

Two moments matter: when the filing was made (`instant`, and its day in Asia/Shanghai), and when it is admitted.  An
agreement must have begun and not ended on the day of filing.  A suspension and a termination look at admission, as the
contract says them: from the effect of a suspension nothing is admitted, except, until `honour_time` and only where
one was given, what was filed before; from the day of a termination nothing is.
"""

from __future__ import annotations

import datetime as dt
import enum
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from google.protobuf import timestamp_pb2

from agreements.domain.agreements import missing_signatures
from agreements.domain.documents import calendar_date
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

SHANGHAI: Final = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
"""The zone of every day in an agreement: eight hours ahead of UTC, all year, since 1991."""

DEFAULT_OFFLINE_HOURS: Final = 168
"""How old a copy may be for filing offline where the clause does not say."""


class Verdict(enum.IntEnum):
    """How far a clause that names item and window goes for a query; the higher, the closer to covering it."""

    UNSIGNED = 0
    TERMINATED = 1
    EXPIRED = 2
    NOT_YET = 3
    SUSPENDED = 4
    APPLICANT = 5
    CHANNEL = 6
    MODE = 7
    COLLECTING = 8
    COVERED = 9


class Moment(NamedTuple):
    """When something was filed, and when it is admitted.  A tuple, because every lookup makes one."""

    day: dt.date
    instant: dt.datetime
    admitted_day: dt.date
    admitted: dt.datetime

    @classmethod
    def of(cls, instant: dt.datetime, date: dt.date | None = None, admitted: dt.datetime | None = None) -> Moment:
        """The day follows from the instant unless it is given; admission is then, unless it is given."""
        if instant.tzinfo is None or (admitted is not None and admitted.tzinfo is None):
            raise ValueError("an aware instant is needed: a naive one means another moment on another machine")
        day = date if date is not None else instant.astimezone(SHANGHAI).date()
        if admitted is None:
            return cls(day, instant, day, instant)
        return cls(day, instant, admitted.astimezone(SHANGHAI).date(), admitted)


@dataclass(frozen=True, slots=True, eq=False)
class Accord:
    """An agreement as a whole."""

    name: str
    title: str
    version: int
    parties: frozenset[str]
    missing: tuple[str, ...]
    effective: dt.date
    expire: dt.date | None
    suspend: dt.datetime | None
    honour: dt.datetime | None
    terminate: dt.date | None
    rank: tuple[int, int, int, str]
    """Which of several goes first: fewer parties, then fewer items, then later in force, then by name."""

    def standing(self, moment: Moment) -> Verdict | None:
        """Why it does not hold at a moment; None where it is in force."""
        if self.missing:
            return Verdict.UNSIGNED
        if self.terminate is not None and moment.admitted_day >= self.terminate:
            return Verdict.TERMINATED
        if self.expire is not None and moment.day > self.expire:
            return Verdict.EXPIRED
        if moment.day < self.effective:
            return Verdict.NOT_YET
        if self.suspend is not None and moment.admitted >= self.suspend:
            honoured = moment.instant < self.suspend and self.honour is not None and moment.admitted <= self.honour
            return None if honoured else Verdict.SUSPENDED
        return None


@dataclass(frozen=True, slots=True, eq=False)
class ClauseTerms:
    """A clause; what is empty in the text is filled with what it means, except for channels and applicants."""

    accord: Accord
    id: str
    home: str
    accepting: frozenset[str]
    windows: tuple[str, ...]
    """The accepting nodes in the text's order, for people."""
    items: tuple[str, ...]
    modes: tuple[types_pb2.Mode, ...]
    channels: frozenset[types_pb2.Channel]
    applicant_kinds: frozenset[types_pb2.ApplicantKind]
    decider: types_pb2.Decider
    collecting: frozenset[str]
    paper: bool
    promised_working_days: int
    offline_hours: int
    rank: tuple[int, int]
    """Which clause of the same agreement goes first: fewer items, then its place in the text."""

    def collects(self, accepting: str, collecting: str) -> bool:
        """Whether a result may be handed out there for what was taken in here."""
        return collecting in self.collecting if self.collecting else collecting == accepting


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """An item as its home publishes it."""

    name: str
    home: str
    title: str
    modes: tuple[types_pb2.Mode, ...]
    version: int
    published: bool
    promised_working_days: int


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node of the directory.  A suspended one has joined: it still receives."""

    name: str
    title: str
    joined: bool


def preference(clause: ClauseTerms) -> tuple[tuple[int, int, int, str], tuple[int, int]]:
    """The key that puts the clause which wins first."""
    return clause.accord.rank, clause.rank


def compile_agreement(agreement: agreement_pb2.Agreement) -> tuple[ClauseTerms, ...]:
    """The clauses of an agreement that was folded."""
    document = agreement.document
    effective = calendar_date(document.effective_date, "agreement.document.effective_date")
    items = {item for clause in document.clauses for item in clause.items}
    accord = Accord(
        name=agreement.name,
        title=document.title,
        version=document.document_version,
        parties=frozenset(sys.intern(party.node) for party in document.parties),
        missing=missing_signatures(agreement),
        effective=effective,
        expire=calendar_date(document.expire_date, "agreement.document.expire_date")
        if document.HasField("expire_date")
        else None,
        suspend=_instant(agreement.suspend_time) if agreement.HasField("suspend_time") else None,
        honour=_instant(agreement.honour_time) if agreement.HasField("honour_time") else None,
        terminate=calendar_date(agreement.terminate_date, "agreement.terminate_date")
        if agreement.HasField("terminate_date")
        else None,
        rank=(len(document.parties), len(items), -effective.toordinal(), agreement.name),
    )
    sets: dict[object, object] = {}
    return tuple(_compile_clause(accord, clause, place, sets) for place, clause in enumerate(document.clauses))


def item_entry(item: directory_pb2.Item) -> ItemEntry:
    """An item that was folded."""
    document = item.document
    return ItemEntry(
        name=sys.intern(item.name),
        home=sys.intern(document.home),
        title=document.title,
        modes=tuple(document.modes),
        version=item.version,
        published=item.state == lifecycle_pb2.ITEM_STATE_PUBLISHED,
        promised_working_days=document.promised_working_days,
    )


def node_entry(node: directory_pb2.Node) -> NodeEntry:
    """A node that was folded."""
    joined = node.state in (lifecycle_pb2.NODE_STATE_ACTIVE, lifecycle_pb2.NODE_STATE_SUSPENDED)
    return NodeEntry(sys.intern(node.name), node.profile.title or node.name, joined)


_Shared = TypeVar("_Shared")


def _compile_clause(
    accord: Accord, clause: agreement_pb2.Clause, place: int, sets: dict[object, object]
) -> ClauseTerms:
    def shared(value: _Shared) -> _Shared:
        return sets.setdefault(value, value)  # type: ignore[return-value] # it gives back a value equal to its key

    return ClauseTerms(
        accord=accord,
        id=sys.intern(clause.id),
        home=sys.intern(clause.home),
        accepting=shared(_names(clause.accepting)),
        windows=shared(tuple(sys.intern(node) for node in clause.accepting)),
        items=tuple(sys.intern(item) for item in clause.items),
        modes=shared(tuple(clause.modes)),
        channels=shared(frozenset(clause.channels)),
        applicant_kinds=shared(frozenset(clause.applicant_kinds)),
        decider=clause.decider,
        collecting=shared(_names(clause.collecting)),
        paper=clause.paper,
        promised_working_days=clause.promised_working_days,
        offline_hours=clause.offline_hours or DEFAULT_OFFLINE_HOURS,
        rank=(len(clause.items), place),
    )


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(sys.intern(name) for name in names)


def _instant(value: timestamp_pb2.Timestamp) -> dt.datetime:
    return value.ToDatetime(dt.UTC)

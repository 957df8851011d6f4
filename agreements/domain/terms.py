"""Agreements, clauses and items as the coverage function reads them: small, compiled, and judged at one moment.

A signed agreement is compiled once, each of its versions as an `Accord` with the window of time in which it binds.  Its
names are interned and equal sets shared, because 5,000 agreements with 300,000 clauses name the same few thousand nodes
and items over and over, and a clause must stay small.

Two moments matter: when the filing was made (`instant`, and its day in Asia/Shanghai), and when it is admitted.  An
agreement must have begun and not ended on the day of filing, and the version that bound then is the one that counts.  A
suspension, a leaving and a termination look at admission, as the contract says them: from the effect of a suspension
nothing is admitted, except, until `honour_time` and only where one was given, what was filed before; from the day of a
leaving nothing of that party; from the day of a termination nothing at all.

What is empty in a clause is filled here: no home means each party for its own items, no accepting node every party.
A mandate names no members: whoever stands under its issuer in the directory is one, which only the index can know, so
its open sets stay empty and `anyone` is set.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from agreements.domain.days import SHANGHAI as SHANGHAI
from tongban.v1 import types_pb2

DEFAULT_OFFLINE_HOURS: Final = 168
"""How old a copy may be for filing offline where the clause does not say."""


class Verdict(enum.IntEnum):
    """How far a clause that names item and window goes for a query; the higher, the closer to covering it."""

    UNSIGNED = 0
    SUPERSEDED = 1
    TERMINATED = 2
    EXPIRED = 3
    NOT_YET = 4
    NOT_BOUND = 5
    SUSPENDED = 6
    PART_SUSPENDED = 7
    APPLICANT = 8
    CHANNEL = 9
    MODE = 10
    COLLECTING = 11
    COVERED = 12


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


@dataclass(frozen=True, slots=True)
class Pause:
    """A suspension: of the whole, of a party's part (`items` empty), or of some of its items."""

    since: dt.datetime
    honour: dt.datetime | None
    node: str = ""
    items: frozenset[str] = frozenset()

    def bites(self, moment: Moment) -> bool:
        """Whether it keeps a filing of that moment out."""
        if moment.admitted < self.since:
            return False
        return not (moment.instant < self.since and self.honour is not None and moment.admitted <= self.honour)


@dataclass(frozen=True, slots=True, eq=False)
class Accord:
    """A version of an agreement as a whole."""

    name: str
    title: str
    version: int
    parties: frozenset[str]
    issuer: str
    """Who issues a mandate; empty for an agreement."""
    missing: tuple[str, ...]
    absent: frozenset[str]
    """Parties that do not take part, or will not for ever: not signed, leaving, or without their trial run."""
    left: Mapping[str, dt.date]
    """Of those, who leaves, and from which day."""
    unproven: frozenset[str]
    """Of those, who has signed and not passed the trial run that the text asks for."""
    effective: dt.date
    expire: dt.date | None
    begin: dt.datetime | None
    """The moment from which a later version binds; None for a first one, whose day says it."""
    until: dt.datetime | None
    """The moment at which the next version began to bind; None for the present one."""
    suspension: Pause | None
    parts: tuple[Pause, ...]
    terminate: dt.date | None
    rank: tuple[int, int, int, str]
    """Which of several goes first: fewer parties, then fewer items, then later in force, then by name."""

    def standing(self, moment: Moment, old_hours: int = 0) -> Verdict | None:
        """Why it does not hold at a moment; None where it is in force, or was for a copy so many hours old."""
        if self.missing:
            return Verdict.UNSIGNED
        if self.until is not None and moment.instant >= self.until + dt.timedelta(hours=old_hours):
            return Verdict.SUPERSEDED
        if self.terminate is not None and moment.admitted_day >= self.terminate:
            return Verdict.TERMINATED
        if self.expire is not None and moment.day > self.expire:
            return Verdict.EXPIRED
        if moment.day < self.effective or (self.begin is not None and moment.instant < self.begin):
            return Verdict.NOT_YET
        if self.suspension is not None and self.suspension.bites(moment):
            return Verdict.SUSPENDED
        return None

    def excludes(self, node: str, moment: Moment, trial: bool = False) -> bool:
        """Whether a party does not take part at a moment.  For a mandate the index asks, not this."""
        if node not in self.absent:
            return node not in self.parties and not self.issuer
        day = self.left.get(node)
        if day is not None and moment.admitted_day >= day:
            return True
        if node in self.unproven:
            return not trial
        return day is None

    def paused(self, item: str, nodes: Iterable[str], moment: Moment) -> Pause | None:
        """The suspension of a part that keeps an item, or one of these nodes, out; None where none does."""
        for part in self.parts:
            if (item in part.items if part.items else part.node in nodes) and part.bites(moment):
                return part
        return None


@dataclass(frozen=True, slots=True, eq=False)
class ClauseTerms:
    """A clause; what is empty in the text is filled with what it means, except for channels and applicants."""

    accord: Accord
    id: str
    home: str
    """Empty where each party is home to its own items."""
    accepting: frozenset[str]
    windows: tuple[str, ...]
    """The accepting nodes in the text's order, for people."""
    anyone: bool
    """Whether every node under the mandate's issuer accepts; `accepting` is empty then."""
    items: tuple[str, ...]
    """Items by name, and the codes of pools as `base/{code}`."""
    modes: tuple[types_pb2.Mode, ...]
    channels: frozenset[types_pb2.Channel]
    applicant_kinds: frozenset[types_pb2.ApplicantKind]
    decider: types_pb2.Decider
    collecting: frozenset[str]
    collecting_anywhere: bool
    paper: bool
    promised_working_days: int
    offline_hours: int
    rank: tuple[int, int]
    """Which clause of the same agreement goes first: fewer items, then its place in the text."""

    def takes(self, accepting: str, home: str) -> bool:
        """Whether a node may take in for a home by this clause; of a mandate, the index knows who is under it."""
        if self.home and home != self.home:
            return False
        if not (self.home or self.accord.issuer or home in self.accord.parties):
            return False
        return self.anyone or accepting in self.accepting

    def needed(self, nodes: tuple[str, str, str]) -> tuple[str, ...]:
        """Of who accepts, whose item it is and who would hand out, those that must take part.

        Where the clause lets nobody hand out there, that is what is said, and not whether that node takes part.
        """
        accepting, home, collecting = nodes
        return nodes if self.collects(accepting, collecting) else (accepting, home)

    def collects(self, accepting: str, collecting: str) -> bool:
        """Whether a result may be handed out there for what was taken in here."""
        if self.collecting_anywhere:
            return True
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
    pool: str = ""
    """The key by which pools name it, `base/{code}`; empty where it has no code of the basic catalogue."""


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node of the directory.  A suspended one has joined: it still receives."""

    name: str
    title: str
    joined: bool
    superior: str = ""


def preference(clause: ClauseTerms) -> tuple[tuple[int, int, int, str], tuple[int, int]]:
    """The key that puts the clause which wins first."""
    return clause.accord.rank, clause.rank

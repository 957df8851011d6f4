"""The clocks of a parcel: what falls due if nothing more happens, and when.

    a leg was given away          within so many hours it must be vouched for, by the waybill's photograph and where
                                  a relay listens by the carrier's acceptance: else it is one-sided
    the carrier has it            and within so many hours nobody of ours has scanned it out: one-sided too
    the due time passes           late; so many working days later, suspected lost
    the carrier says delivered    and nobody of ours scans it in within so many hours: delivered, not scanned
    the carrier says nothing      for so many hours, on a leg with a feed: silent
    the carrier says something    that is an exception by itself, at once: refused, held by customs, a code that
                                  nobody knows (that somebody else has signed, the fold itself says)
    it lies at a window           and nobody fetches it: unclaimed

All of it is a function of the parcel's state and of `Terms`.  `pending` lists every clock that runs, with the time at
which it rings; `due` are those that have rung, `next_time` is the first of all.  So whoever looks again at `next_time`,
and whenever the state changes, misses nothing and needs no memory of its own.

What has been raised stands in the state and is not raised twice: most things happen to a leg once.  What can happen
again (silence, an unknown code, nobody fetching it) is raised again only when it was ended and has fallen due anew
since: what a carrier said of it before that moment was no answer to the clock, and stops none.

**Who raises** is `minder`: the relay that the leg names, or else the node that booked it; of the parcel as a whole, the
node that has it in hand.  A relay can be down.  So the node that booked its leg raises what the relay has not, `backup`
later: nothing stays without an owner because one process is away.

What can go wrong: a carrier's times are the carrier's own.  One that lies in the future delays what is counted from
it, and never a due time, which no carrier can move.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.cases import holding_node
from mailroom.domain.exceptions import is_open
from mailroom.domain.legs import ACCEPTANCE_HOURS, WITHOUT_WAYBILL, is_vouched_for
from mailroom.domain.numbers import leg_name
from mailroom.domain.transit import word_rank
from mailroom.domain.workdays import Calendar, weekends_only, working_time_after
from tongban.v1 import lifecycle_pb2, parcel_pb2

FEEDLESS: Final = WITHOUT_WAYBILL
"""Carriers that say nothing: hand carriage, the diplomatic bag, an agency's own van."""

_LAST_WORDS: Final = frozenset({"returned", "delivered"})
_ACCEPTED: Final = word_rank("accepted")


@dataclass(frozen=True, slots=True)
class Terms:
    """How long everybody may take."""

    acceptance: dt.timedelta = dt.timedelta(hours=ACCEPTANCE_HOURS)
    """For what must vouch for the courier, where the leg does not say."""
    suspected_lost_days: int = 3
    """Working days after the due time."""
    unscanned: dt.timedelta = dt.timedelta(hours=24)
    """After the carrier said delivered."""
    silence: dt.timedelta = dt.timedelta(hours=72)
    unclaimed_days: int = 60
    """Days at a window."""
    backup: dt.timedelta = dt.timedelta(minutes=10)
    """So long a booking node leaves it to the relay that its leg names."""
    calendar: Calendar = field(default_factory=lambda: weekends_only(ZoneInfo("Asia/Shanghai")))
    """Whose working days count."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs: what it is about, and when it rings."""

    code: str
    leg: int
    """0 for the parcel as a whole."""
    due_time: dt.datetime
    recurs: bool = False
    """Whether it can happen again."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has fallen due, and the node that must end it."""

    code: str
    leg: int
    subject: str
    """The leg's name; empty for the parcel as a whole."""
    due_time: dt.datetime
    owner: str


def due(parcel: parcel_pb2.Parcel, now: dt.datetime, terms: Terms) -> list[Due]:
    """What has fallen due and was not raised yet, the oldest first."""
    return [_due(parcel, clock) for clock in pending(parcel, terms) if clock.due_time <= now]


def next_time(parcel: parcel_pb2.Parcel, now: dt.datetime, terms: Terms) -> dt.datetime | None:
    """When to look again if nothing changes before: now where something is due, None where no clock runs."""
    running = pending(parcel, terms)
    return max(now, running[0].due_time) if running else None


def pending(parcel: parcel_pb2.Parcel, terms: Terms) -> list[Clock]:
    """Every clock that runs, the first to ring first, one for each code and leg."""
    running: dict[tuple[str, int], Clock] = {}
    for clock in sorted(_clocks(parcel, terms), key=lambda clock: (clock.due_time, clock.code, clock.leg)):
        if not _was_raised(parcel, clock):
            running.setdefault((clock.code, clock.leg), clock)
    return list(running.values())


def minder(parcel: parcel_pb2.Parcel, leg: int) -> str:
    """The node that raises what falls due on a leg; of the parcel as a whole (0), the one that has it in hand."""
    found = next((each for each in parcel.legs if each.number == leg), None)
    if found is None:
        return holding_node(parcel)
    return found.relay or found.booking_node or parcel.origin.node


def patience(parcel: parcel_pb2.Parcel, leg: int, node: str, terms: Terms) -> dt.timedelta | None:
    """How long after its time a node raises what falls due on a leg: at once, in a relay's place, or never (None)."""
    if node == minder(parcel, leg):
        return dt.timedelta()
    booked = any(each.number == leg and each.booking_node == node for each in parcel.legs)
    return terms.backup if booked else None


def has_feed(leg: parcel_pb2.Leg) -> bool:
    """Whether something can be heard of it: a relay listens, or somebody has typed in what a carrier said."""
    return leg.carrier not in FEEDLESS and (bool(leg.relay) or bool(leg.observations))


def _clocks(parcel: parcel_pb2.Parcel, terms: Terms) -> Iterator[Clock]:
    if parcel.state == lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP:
        since = _time(parcel.hold_time if parcel.HasField("hold_time") else parcel.custody.since_time)
        yield Clock("unclaimed", 0, since + dt.timedelta(days=terms.unclaimed_days), recurs=True)
    for leg in parcel.legs:
        if leg.cancelled or leg.HasField("intake"):
            continue
        holding = parcel.custody.leg == leg_name(parcel.name, leg.number)
        if holding:
            yield from _given(leg, terms)
        elif _is_awaited(parcel, leg):
            yield from _unscanned_out(leg, terms)
        else:
            continue
        yield from _times(leg, terms, holding)
        yield from _words(leg)


def _is_awaited(parcel: parcel_pb2.Parcel, leg: parcel_pb2.Leg) -> bool:
    """Whether it is booked, and the parcel still lies where it was booked."""
    last = leg.number == parcel.legs[-1].number
    return last and parcel.state == lifecycle_pb2.PARCEL_STATE_OFFERED and not leg.HasField("dispatch")


def _given(leg: parcel_pb2.Leg, terms: Terms) -> Iterator[Clock]:
    """What stands for the courier's hand, and the carrier's silence."""
    given = _time(leg.dispatch_time)
    if not is_vouched_for(leg):
        yield Clock("one-sided", leg.number, given + _acceptance(leg, terms))
    said = _said(leg)
    if has_feed(leg) and not any(word in _LAST_WORDS for word, _ in said):
        heard = max([given, *(moment for _, moment in said)])
        yield Clock("silent", leg.number, heard + terms.silence, recurs=True)


def _unscanned_out(leg: parcel_pb2.Leg, terms: Terms) -> Iterator[Clock]:
    """The carrier has it, and no scan of ours says that it was given."""
    taken = min((moment for word, moment in _said(leg) if word_rank(word) >= _ACCEPTED), default=None)
    if taken is not None:
        yield Clock("one-sided", leg.number, taken + _acceptance(leg, terms))


def _times(leg: parcel_pb2.Leg, terms: Terms, holding: bool) -> Iterator[Clock]:
    """What the calendar says of a leg."""
    if leg.HasField("due_time"):
        due_time = _time(leg.due_time)
        yield Clock("late", leg.number, due_time)
        if holding:
            lost = working_time_after(due_time, terms.suspected_lost_days, terms.calendar)
            yield Clock("suspected-lost", leg.number, lost)
    delivered = min((moment for word, moment in _said(leg) if word == "delivered"), default=None)
    if delivered is not None:
        yield Clock("delivered-not-scanned", leg.number, delivered + terms.unscanned)


def _words(leg: parcel_pb2.Leg) -> Iterator[Clock]:
    """What a carrier says that is an exception by itself."""
    for word, moment in _said(leg):
        if word == "returned":
            yield Clock("refused", leg.number, moment)
        elif word == "customs" and leg.carrier_word == "customs":
            yield Clock("customs-hold", leg.number, moment)
    unknown = max((moment for word, moment in _said(leg) if word == "unknown"), default=None)
    if unknown is not None:
        yield Clock("unknown-code", leg.number, unknown, recurs=True)


def _said(leg: parcel_pb2.Leg) -> list[tuple[str, dt.datetime]]:
    """What a carrier said, with its times; none before the leg was booked, whatever the carrier's clock says."""
    booked = _time(leg.offer_time)
    return [(each.meaning, max(booked, _time(each.observe_time))) for each in leg.observations]


def _was_raised(parcel: parcel_pb2.Parcel, clock: Clock) -> bool:
    subject = _subject(parcel, clock)
    return any(
        is_open(raised) or not clock.recurs or _time(raised.create_time) >= clock.due_time
        for raised in parcel.exceptions
        if raised.code == clock.code and raised.subject == subject
    )


def _due(parcel: parcel_pb2.Parcel, clock: Clock) -> Due:
    """The owner is whoever answers for the leg; what is about no leg is for whoever has the parcel in hand."""
    leg = next((each for each in parcel.legs if each.number == clock.leg), None)
    owner = (leg.booking_node if leg is not None else "") or holding_node(parcel)
    return Due(clock.code, clock.leg, _subject(parcel, clock), clock.due_time, owner)


def _subject(parcel: parcel_pb2.Parcel, clock: Clock) -> str:
    return leg_name(parcel.name, clock.leg) if clock.leg else ""


def _acceptance(leg: parcel_pb2.Leg, terms: Terms) -> dt.timedelta:
    return dt.timedelta(hours=leg.acceptance_hours) if leg.acceptance_hours else terms.acceptance


def _time(stamp: Timestamp) -> dt.datetime:
    return stamp.ToDatetime(dt.UTC)

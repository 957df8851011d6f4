"""What the legs of a month came to, for each pair of regions and carrier.

A parcel gives one row of facts for each of its legs that was scanned at either end; `leg_facts` reads them off the
parcel's state, so they are always those of the latest fold, and a leg keeps its row until the parcel says more.
`summarise` counts the rows of a month:

    pair        where the leg was handed over, where it was taken in (before that, where the parcel is addressed)
    month       of the dispatch scan; of the intake scan for a leg that was never scanned out
    days        calendar: what passed between the two scans; working: the days after the first scan's, up to the
                second's, on which both regions work.  The middle one, and the one that nine of ten kept
    late        taken in, or still out, after the time it was due; or somebody said so
    suspected   said to be lost or suspected so, and not a false alarm; found since or not
    lost        of these, those that nobody has found
    one-sided   a scan is missing, or what vouches for the courier is

A leg whose taker's clock is behind its giver's took no time, never less.  Costs are of the legs that have one.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.codes import DISCREPANCIES
from mailroom.domain.numbers import leg_name
from mailroom.domain.silence import Scans, scans_of
from mailroom.domain.workdays import Calendar
from tongban.v1 import parcel_pb2

_LOST: Final = frozenset({"lost", "suspected-lost"})
_OF_CONTENTS: Final = frozenset(DISCREPANCIES.values())
_NINE_OF_TEN: Final = 0.9
_DAY: Final = 86_400_000_000

CalendarOf = Callable[[str], Calendar]
"""The calendar of a node."""


@dataclass(frozen=True, slots=True)
class LegFacts:
    """One leg, in microseconds of UTC; None for what has not happened."""

    parcel: str
    number: int
    origin: str
    destination: str
    carrier: str
    sent: int
    arrived: int | None
    due: int | None
    late: bool
    suspected: bool
    lost: bool
    discrepancy: bool
    one_sided: bool
    cost_fen: int
    timed: bool = True
    """Whether both scans were made, so that its days can be told."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days on the way: the middle one, and the one that nine of ten kept; None where nothing has arrived."""

    median: float | None
    p90: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Days:
        """Of so many legs."""
        if not values:
            return cls(None, None)
        ranked = sorted(values)
        return cls(statistics.median(ranked), ranked[math.ceil(_NINE_OF_TEN * len(ranked)) - 1])


@dataclass(frozen=True, slots=True)
class Summary:
    """A month of one pair of regions and one carrier, or of several together."""

    origin: str
    destination: str
    carrier: str
    legs: int
    arrived: int
    calendar: Days
    working: Days
    late: int
    suspected: int
    lost: int
    discrepancies: int
    one_sided: int
    cost_fen: int
    priced: int
    """Legs whose cost is known."""
    under_way: int
    """Those that have not arrived, and are not late."""

    @property
    def on_time(self) -> int:
        """Those that have arrived and were not late."""
        return self.legs - self.late - self.under_way


def leg_facts(parcel: parcel_pb2.Parcel) -> list[LegFacts]:
    """The legs of a parcel that were scanned at either end, as it stands now."""
    taken = [leg.number for leg in parcel.legs if leg.HasField("intake")]
    inspected = max(taken, default=0)
    found_wrong = any(exception.code in _OF_CONTENTS for exception in parcel.exceptions)
    return [
        _facts(parcel, leg, found_wrong and leg.number == inspected)
        for leg in parcel.legs
        if leg.HasField("dispatch") or leg.HasField("intake")
    ]


def summarise(facts: Iterable[LegFacts], now: int, calendar_of: CalendarOf) -> list[Summary]:
    """The rows of a month, by origin, destination and carrier."""
    groups: dict[tuple[str, str, str], list[LegFacts]] = {}
    for leg in facts:
        groups.setdefault((leg.origin, leg.destination, leg.carrier), []).append(leg)
    return [
        _summary(*pair, legs, now, _Counter(calendar_of(pair[0]), calendar_of(pair[1])))
        for pair, legs in sorted(groups.items())
    ]


def total(facts: Sequence[LegFacts], now: int, calendar_of: CalendarOf) -> Summary:
    """All of them as one row, whose names are empty."""
    counters: dict[tuple[str, str], _Counter] = {}
    working = []
    for leg in facts:
        pair = leg.origin, leg.destination
        if pair not in counters:
            counters[pair] = _Counter(calendar_of(pair[0]), calendar_of(pair[1]))
        working.append(counters[pair].between(leg))
    return _counted("", "", "", facts, now, [days for days in working if days is not None])


def month_span(month: str) -> tuple[dt.date, dt.date]:
    """The first day of a month `YYYY-MM`, and of the next one; ValueError where it is none."""
    first = dt.date.fromisoformat(f"{month}-01")
    return first, (first + dt.timedelta(days=31)).replace(day=1)


def working_days(sent: dt.date, arrived: dt.date, calendars: Sequence[Calendar]) -> int:
    """The days after one day, up to another, on which everybody works."""
    days = (sent + dt.timedelta(days=n) for n in range(1, (arrived - sent).days + 1))
    return sum(all(calendar.works(day) for calendar in calendars) for day in days)


class _Counter:
    """Working days between two regions; the same two days are counted once."""

    def __init__(self, giver: Calendar, taker: Calendar) -> None:
        self._giver, self._taker = giver, taker
        self._known: dict[tuple[dt.date, dt.date], int] = {}

    def between(self, leg: LegFacts) -> int | None:
        if leg.arrived is None or not leg.timed:
            return None
        days = _day(leg.sent, self._giver), _day(leg.arrived, self._taker)
        if days not in self._known:
            self._known[days] = working_days(*days, (self._giver, self._taker))
        return self._known[days]


def _day(micros: int, calendar: Calendar) -> dt.date:
    return dt.datetime.fromtimestamp(micros / 1_000_000, calendar.zone).date()


def _summary(
    origin: str, destination: str, carrier: str, legs: Sequence[LegFacts], now: int, counter: _Counter
) -> Summary:
    working = [days for leg in legs if (days := counter.between(leg)) is not None]
    return _counted(origin, destination, carrier, legs, now, working)


def _counted(
    origin: str, destination: str, carrier: str, legs: Sequence[LegFacts], now: int, working: Sequence[int]
) -> Summary:
    late = [_is_late(leg, now) for leg in legs]
    return Summary(
        origin=origin,
        destination=destination,
        carrier=carrier,
        legs=len(legs),
        arrived=sum(leg.arrived is not None for leg in legs),
        calendar=Days.of([max(0, leg.arrived - leg.sent) / _DAY for leg in legs if leg.timed and leg.arrived]),
        working=Days.of(working),
        late=sum(late),
        suspected=sum(leg.suspected for leg in legs),
        lost=sum(leg.lost for leg in legs),
        discrepancies=sum(leg.discrepancy for leg in legs),
        one_sided=sum(leg.one_sided for leg in legs),
        cost_fen=sum(leg.cost_fen for leg in legs),
        priced=sum(leg.cost_fen > 0 for leg in legs),
        under_way=sum(leg.arrived is None and not slow for leg, slow in zip(legs, late, strict=True)),
    )


def _is_late(leg: LegFacts, now: int) -> bool:
    overdue = leg.due is not None and (now if leg.arrived is None else leg.arrived) > leg.due
    return leg.late or overdue


def _facts(parcel: parcel_pb2.Parcel, leg: parcel_pb2.Leg, found_wrong: bool) -> LegFacts:
    name = leg_name(parcel.name, leg.number)
    given, taken = leg.HasField("dispatch"), leg.HasField("intake")
    said = [exception for exception in parcel.exceptions if exception.subject == name]
    feared = [e for e in said if e.code in _LOST and e.resolution != "false-alarm"]
    return LegFacts(
        parcel=parcel.name,
        number=leg.number,
        origin=leg.dispatch.post.node if given else leg.booking_node,
        destination=leg.intake.post.node if taken else parcel.destination.node,
        carrier=leg.carrier,
        sent=_micros(leg.dispatch_time if given else leg.intake_time),
        arrived=_micros(leg.intake_time) if taken else None,
        due=_micros(leg.due_time) if leg.HasField("due_time") else None,
        late=any(e.code == "late" and e.resolution != "false-alarm" for e in said),
        suspected=bool(feared),
        lost=any(e.resolution != "found" for e in feared),
        discrepancy=found_wrong,
        one_sided=scans_of(parcel, name) not in (Scans.BOTH, Scans.UNDER_WAY),
        cost_fen=leg.cost_fen,
        timed=given and taken,
    )


def _micros(time: Timestamp) -> int:
    return time.ToMicroseconds()

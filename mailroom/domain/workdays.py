"""Working days: by when a parcel is due where two regions keep different days.

A calendar is Monday to Friday, less the days that a year's notice gives off, and with the weekend days that it has
people work.  The notice of a year comes out late in the year before.  So a calendar says which years it knows, and
a day that was counted through another year is provisional: it is told, and counted anew when the notice is out.
A region for which no notices are kept has weekends only, and its days are final: nothing will be published to us.

Between two regions a day counts only where both work: on any other, one end cannot give or the other cannot take.

Nothing that a fold writes may rest on this: two nodes whose files are of different ages would fold differently.
What is counted here is written into an event by one node, and everybody else reads it there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from tongban.errors import FieldInvalid

SCHEMA: Final = "workdays/1"
CLOSING: Final = dt.time(18, 0)
"""When a day's work ends: a parcel that is due on a day is late from then on."""
_SATURDAY: Final = 5
_FARTHEST: Final = 400
"""So many working days may be counted; it bounds the walk, as the contract bounds a promise."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a zone.  `years` is None where no notices are kept, and then weekends alone are off."""

    zone: ZoneInfo
    years: frozenset[int] | None = None
    off: frozenset[dt.date] = frozenset()
    work: frozenset[dt.date] = frozenset()

    def works(self, day: dt.date) -> bool:
        """Whether people work on this day."""
        return day in self.work or (day.weekday() < _SATURDAY and day not in self.off)

    def knows(self, day: dt.date) -> bool:
        """Whether this day's year has been published."""
        return self.years is None or day.year in self.years


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A day that was counted to; provisional where it was counted through a year that is not published yet."""

    date: dt.date
    provisional: bool


@dataclass(frozen=True, slots=True)
class DueTime:
    """When something is due; provisional as its day is."""

    time: dt.datetime
    provisional: bool


def weekends_only(zone: ZoneInfo) -> Calendar:
    """The calendar of a region for which no notices are kept."""
    return Calendar(zone)


def working_day_after(start: dt.date, days: int, calendars: Sequence[Calendar]) -> WorkingDay:
    """So many working days after a day, which itself does not count; a day counts where everybody works."""
    if not 1 <= days <= _FARTHEST:
        raise FieldInvalid(field="days", problem=f"应为 1 至 {_FARTHEST} 个工作日 / 1 to {_FARTHEST} working days")
    day, left, settled = start, days, True
    while left:
        day += dt.timedelta(days=1)
        settled = settled and all(calendar.knows(day) for calendar in calendars)
        left -= all(calendar.works(day) for calendar in calendars)
    return WorkingDay(day, not settled)


def due_time_for(dispatch_time: dt.datetime, days: int, giver: Calendar, taker: Calendar) -> DueTime:
    """When a parcel is due that was given away now and takes so many working days: at the close of day at the taker's.

    Counted from the later of the two dates that the moment has at both ends, so it is never due before it left.
    """
    start = max(dispatch_time.astimezone(end.zone).date() for end in (giver, taker))
    found = working_day_after(start, days, (giver, taker))
    close = dt.datetime.combine(found.date, CLOSING, tzinfo=taker.zone)
    return DueTime(close.astimezone(dt.UTC), found.provisional)


def working_time_after(moment: dt.datetime, days: int, calendar: Calendar) -> dt.datetime:
    """The same time of day so many working days later."""
    local = moment.astimezone(calendar.zone)
    day = working_day_after(local.date(), days, (calendar,)).date
    return dt.datetime.combine(day, local.timetz()).astimezone(dt.UTC)


def parse_calendars(files: Mapping[str, bytes]) -> dict[str, Calendar]:
    """Calendars by zone, of the files of all years; FieldInvalid where one contradicts itself."""
    years: dict[str, dict[int, tuple[frozenset[dt.date], frozenset[dt.date]]]] = {}
    for name, raw in sorted(files.items()):
        zone, year, off, work = _parse(name, raw)
        if year in years.setdefault(zone, {}):
            raise _wrong(name, f"{zone} {year} 有两份 / there are two files of this year")
        years[zone][year] = off, work
    return {
        zone: Calendar(
            ZoneInfo(zone),
            frozenset(known),
            frozenset(day for off, _ in known.values() for day in off),
            frozenset(day for _, work in known.values() for day in work),
        )
        for zone, known in years.items()
    }


def _parse(name: str, raw: bytes) -> tuple[str, int, frozenset[dt.date], frozenset[dt.date]]:
    content: Any = yaml.safe_load(raw)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise _wrong(name, f"schema 应为 {SCHEMA} / its schema is {SCHEMA}")
    zone, year = str(content["zone"]), int(content["year"])
    off = frozenset(day for entry in content["resting"] for day in _days(name, entry))
    work = frozenset(dt.date.fromisoformat(day) for day in content["worked"])
    for day in sorted(off | work):
        weekend = day.weekday() >= _SATURDAY
        if day.year != year or weekend != (day in work) or day in off & work:
            raise _wrong(name, f"{day} 与年份或星期不符 / {day} is of another year, or on the wrong side of a weekend")
    return zone, year, off, work


def _days(name: str, entry: Mapping[str, str]) -> list[dt.date]:
    first, last = dt.date.fromisoformat(entry["from"]), dt.date.fromisoformat(entry["to"])
    if last < first:
        raise _wrong(name, f"{first} 在 {last} 之后 / {first} is after {last}")
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _wrong(name: str, problem: str) -> FieldInvalid:
    return FieldInvalid(field=name, problem=problem)

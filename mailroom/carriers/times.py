"""Local times of carriers, made into moments without pretending to know more than was said.

A domestic feed writes `2026-11-22 16:30:00` and means Beijing; an international one writes the same and means the place
of the scan.  So the text is kept, and beside the moment stands the offset that was used and on what ground.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from mailroom.carriers.base import ZoneBasis
from mailroom.carriers.wire import malformed

CHINA_MINUTES: Final = 480

_TIME: Final = re.compile(
    r"(?P<y>[0-9]{4})[-/.年]?(?P<m>[0-9]{1,2})[-/.月]?(?P<d>[0-9]{1,2})日?[ T]*"
    r"(?P<H>[0-9]{1,2}):?(?P<M>[0-9]{2})(?::?(?P<S>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r" *(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199
_FARTHEST_ZONE: Final = 14 * 60


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time as given, and the moment it was taken for."""

    text: str
    moment: dt.datetime
    offset_minutes: int
    basis: ZoneBasis


def local_time(text: str, basis: ZoneBasis, carrier: str, where: str, offset_minutes: int = CHINA_MINUTES) -> LocalTime:
    """Read a local time; an offset in the text itself goes before the one handed in."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise malformed(carrier, where, "no time" if not text else f"not a time: {text[:40]}")
    if match["zone"]:
        offset_minutes, basis = _offset(match["zone"]), ZoneBasis.STATED
    try:
        year, month, day, hour, minute, second = (int(match[name] or 0) for name in "ymdHMS")
        naive = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        raise malformed(carrier, where, f"not a time: {text[:40]}") from None
    if not _FIRST_YEAR <= naive.year <= _LAST_YEAR or abs(offset_minutes) > _FARTHEST_ZONE:
        raise malformed(carrier, where, f"not a time of this age: {text[:40]}")
    return LocalTime(text, naive - dt.timedelta(minutes=offset_minutes), offset_minutes, basis)


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes

"""The calendars that ship with the package, by zone."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from zoneinfo import ZoneInfo

from mailroom.domain.workdays import Calendar, parse_calendars, weekends_only


@functools.cache
def published() -> Mapping[str, Calendar]:
    """Every zone of which notices are kept."""
    files = resources.files("mailroom.data").joinpath("workdays").iterdir()
    return parse_calendars({file.name: file.read_bytes() for file in files if file.name.endswith(".yaml")})


def calendar_of(zone: str) -> Calendar:
    """The working days of a zone: weekends only where no notices are kept."""
    return published().get(zone) or weekends_only(ZoneInfo(zone))

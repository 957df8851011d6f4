"""Working days: the published year, the checked vectors, and due times between two regions."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.calendars import calendar_of, published
from mailroom.domain.workdays import (
    due_time_for,
    parse_calendars,
    weekends_only,
    working_day_after,
    working_time_after,
)
from tongban.errors import FieldInvalid

SHANGHAI, ROME = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Rome")
CHINA, ITALY = calendar_of("Asia/Shanghai"), calendar_of("Europe/Rome")
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 1))
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 330 * 86_400).map(lambda seconds: NEW_YEAR + dt.timedelta(seconds=seconds))
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Rome", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-02", False),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-09-20", True),
        ("2026-10-10", True),
    ],
)
def test_days_that_were_checked(day: str, works: bool) -> None:
    assert CHINA.works(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(("days", "due"), [(5, "2026-02-14"), (20, "2026-03-13")])
def test_limits_that_were_checked(days: int, due: str) -> None:
    found = working_day_after(dt.date(2026, 2, 9), days, [CHINA])
    assert (found.date.isoformat(), found.provisional) == (due, False)


def test_the_year_has_its_holidays() -> None:
    year = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    assert sum(map(CHINA.works, year)) == 248
    assert all(CHINA.works(day) for day in CHINA.work)
    assert not any(CHINA.works(day) for day in CHINA.off)


def test_a_day_counted_into_a_year_that_is_not_published_is_provisional() -> None:
    assert not working_day_after(dt.date(2026, 12, 30), 1, [CHINA]).provisional
    assert working_day_after(dt.date(2026, 12, 30), 2, [CHINA]).provisional
    assert not working_day_after(dt.date(2026, 12, 30), 2, [ITALY]).provisional


def test_between_two_regions_a_day_counts_where_both_work() -> None:
    # Saturday 14 February is worked in China and not in Italy; the Spring Festival the other way round.
    sent = dt.datetime(2026, 2, 13, 9, 0, tzinfo=SHANGHAI)
    due = due_time_for(sent, 1, CHINA, ITALY)
    assert due.time == dt.datetime(2026, 2, 24, 18, 0, tzinfo=ROME)
    assert due_time_for(sent, 1, CHINA, CHINA).time == dt.datetime(2026, 2, 14, 18, 0, tzinfo=SHANGHAI)
    assert due_time_for(sent, 1, ITALY, ITALY).time == dt.datetime(2026, 2, 16, 18, 0, tzinfo=ROME)


@given(MOMENTS, st.integers(1, 30), ZONES, ZONES)
def test_nothing_is_due_before_it_left_and_always_on_a_day_that_both_work(
    sent: dt.datetime, days: int, giver: str, taker: str
) -> None:
    from_, to = calendar_of(giver), calendar_of(taker)
    due = due_time_for(sent, days, from_, to)
    day = due.time.astimezone(to.zone).date()
    assert due.time > sent
    assert from_.works(day)
    assert to.works(day)
    assert due_time_for(sent, days + 1, from_, to).time > due.time


@given(DAYS, st.integers(1, 40), st.integers(1, 40))
def test_days_add_up(start: dt.date, first: int, second: int) -> None:
    once = working_day_after(start, first + second, [CHINA]).date
    assert once == working_day_after(working_day_after(start, first, [CHINA]).date, second, [CHINA]).date


@given(MOMENTS, st.integers(1, 20))
def test_the_time_of_day_stays(moment: dt.datetime, days: int) -> None:
    later = working_time_after(moment, days, CHINA)
    assert later > moment
    assert later.astimezone(SHANGHAI).time() == moment.astimezone(SHANGHAI).time()


def test_a_zone_without_notices_has_weekends_only() -> None:
    assert calendar_of("Europe/Rome") == weekends_only(ROME)
    assert set(published()) == {"Asia/Shanghai"}


@pytest.mark.parametrize("days", [0, -1, 401])
def test_so_many_days_are_not_counted(days: int) -> None:
    with pytest.raises(FieldInvalid):
        working_day_after(dt.date(2026, 1, 1), days, [CHINA])


_HEAD = "schema: workdays/1\nzone: Asia/Shanghai\nyear: 2026\n"


@pytest.mark.parametrize(
    "content",
    [
        "schema: other/1",
        _HEAD + "resting: []\nworked: ['2025-01-04']",
        _HEAD + "resting: []\nworked: ['2026-01-05']",
        _HEAD + "resting: [{from: '2026-01-03', to: '2026-01-04'}]\nworked: []",
        _HEAD + "resting: [{from: '2026-01-06', to: '2026-01-05'}]\nworked: []",
    ],
)
def test_a_file_that_contradicts_the_week_is_refused(content: str) -> None:
    with pytest.raises(FieldInvalid):
        parse_calendars({"wrong.yaml": content.encode()})


def test_a_year_stands_in_one_file() -> None:
    empty = (_HEAD + "resting: []\nworked: []").encode()
    with pytest.raises(FieldInvalid):
        parse_calendars({"a.yaml": empty, "b.yaml": empty})

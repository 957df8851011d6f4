"""A month's figures, from the parcels as they stand."""

from __future__ import annotations

import datetime as dt
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.calendars import calendar_of
from mailroom.domain.silence import Scans, scans_of
from mailroom.domain.statistics import Days, LegFacts, leg_facts, month_span, summarise, total, working_days
from mailroom.domain.workdays import Calendar
from tests.mailroom.events import CHAOZHOU, DAWN, MAILROOM, MILAN, ZHANGZHOU, Stream
from tongban.v1 import parcel_pb2

SHANGHAI, ROME = calendar_of("Asia/Shanghai"), calendar_of("Europe/Rome")
DAY = 86_400_000_000
NOON = round(dt.datetime(2026, 9, 28, 4, tzinfo=dt.UTC).timestamp()) * 1_000_000


def calendar(node: str) -> Calendar:
    return ROME if node == MILAN else SHANGHAI


def leg(number: int = 1, *, days: float | None = 2.0, due: float | None = None, **changes: object) -> LegFacts:
    facts: dict[str, object] = {
        "parcel": f"parcels/P{number}",
        "number": 1,
        "origin": CHAOZHOU,
        "destination": ZHANGZHOU,
        "carrier": "ems",
        "sent": NOON,
        "arrived": None if days is None else NOON + round(days * DAY),
        "due": None if due is None else NOON + round(due * DAY),
        "late": False,
        "suspected": False,
        "lost": False,
        "discrepancy": False,
        "one_sided": False,
        "cost_fen": 0,
    }
    return LegFacts(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_pair_and_a_carrier_have_a_row() -> None:
    legs = [
        leg(1, days=1.0, cost_fen=1500),
        leg(2, days=3.0, cost_fen=2500),
        leg(3, days=8.0, due=4.0, discrepancy=True),
        leg(4, days=None, due=1.0, suspected=True, lost=True),
        leg(5, days=None, due=30.0, one_sided=True),
        leg(6, carrier="shunfeng"),
        leg(7, destination=MILAN),
    ]
    rows = summarise(legs, NOON + 10 * DAY, calendar)
    assert [(row.destination, row.carrier) for row in rows] == [
        (MILAN, "ems"),
        (ZHANGZHOU, "ems"),
        (ZHANGZHOU, "shunfeng"),
    ]
    row = rows[1]
    assert (row.legs, row.arrived, row.late, row.under_way, row.on_time) == (5, 3, 2, 1, 2)
    assert (row.suspected, row.lost, row.discrepancies, row.one_sided) == (1, 1, 1, 1)
    assert (row.calendar.median, row.calendar.p90) == (3.0, 8.0)
    assert (row.cost_fen, row.priced) == (4000, 2)
    assert total(legs, NOON + 10 * DAY, calendar).legs == len(legs)


def test_working_days_are_those_of_both_ends() -> None:
    # 国庆节: 1 and 2, 5 to 7 October 2026 are off in China; 10 October, a Saturday, is worked there and not in Milan.
    assert working_days(dt.date(2026, 9, 30), dt.date(2026, 10, 12), [SHANGHAI]) == 4
    assert working_days(dt.date(2026, 9, 30), dt.date(2026, 10, 12), [SHANGHAI, ROME]) == 3
    assert working_days(dt.date(2026, 9, 30), dt.date(2026, 9, 30), [SHANGHAI]) == 0
    assert working_days(dt.date(2026, 9, 30), dt.date(2026, 9, 29), [SHANGHAI]) == 0
    rows = summarise([leg(days=4.0)], NOON, calendar)
    assert (rows[0].working.median, rows[0].calendar.median) == (2, 4.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_nine_of_ten_kept_it(values: list[float]) -> None:
    days = Days.of(values)
    assert days.p90 in values
    assert sum(value <= days.p90 for value in values) * 10 >= 9 * len(values)
    assert sum(value < days.p90 for value in values) * 10 < 9 * len(values)
    assert days.median == statistics.median(values)


def test_nothing_has_no_days() -> None:
    assert Days.of([]) == Days(None, None)
    assert summarise([], 0, calendar) == []


def test_a_parcel_tells_its_legs() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    assert leg_facts(stream.now) == [], "a leg that nothing was given to is not counted"
    stream.dispatch(at=10)
    (facts,) = leg_facts(stream.now)
    assert (facts.origin, facts.destination, facts.carrier) == (CHAOZHOU, ZHANGZHOU, "ems")
    assert (facts.sent, facts.arrived) == ((DAWN + 10) * 1_000_000, None)
    stream.take_in(at=100)
    (facts,) = leg_facts(stream.now)
    assert facts.arrived == (DAWN + 100) * 1_000_000
    assert not facts.discrepancy
    assert not facts.one_sided
    stream.open()
    stream.check(deed=parcel_pb2.CHECK_OUTCOME_MISSING)
    assert leg_facts(stream.now)[0].discrepancy


def test_a_leg_without_the_givers_scan_is_one_sided_and_takes_no_time() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.take_in(post=MAILROOM)
    (facts,) = leg_facts(stream.now)
    assert facts.one_sided
    assert not facts.timed
    (row,) = summarise([facts], NOON, calendar)
    assert (row.arrived, row.calendar.median, row.one_sided) == (1, None, 1)


def test_a_leg_that_nobody_vouches_for_is_one_sided_until_it_is_scanned_in() -> None:
    stream = Stream().sent()
    assert not leg_facts(stream.now)[0].one_sided
    stream.add(CHAOZHOU, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code="one-sided", leg=1), 60)
    assert leg_facts(stream.now)[0].one_sided
    assert scans_of(stream.now, f"{stream.name}/legs/1") is Scans.ONE_SIDED
    stream.take_in()
    assert scans_of(stream.now, f"{stream.name}/legs/1") is Scans.BOTH
    assert not leg_facts(stream.now)[0].one_sided


def test_what_was_found_is_no_loss_any_more() -> None:
    stream = Stream().sent()
    stream.add(CHAOZHOU, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code="suspected-lost", leg=1), 60)
    (facts,) = leg_facts(stream.now)
    assert (facts.suspected, facts.lost) == (True, True)
    stream.take_in()
    (facts,) = leg_facts(stream.now)
    assert (facts.suspected, facts.lost) == (True, False)


@pytest.mark.parametrize(("month", "days"), [("2026-11", 30), ("2026-12", 31), ("2028-02", 29)])
def test_a_month_ends_where_the_next_begins(month: str, days: int) -> None:
    first, following = month_span(month)
    assert (following - first).days == days
    with pytest.raises(ValueError, match=r".*"):
        month_span("2026-13")

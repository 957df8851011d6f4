"""The clocks of a parcel: each code when it is due, once, and never later than whoever looks at `next_time` looks."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from mailroom.calendars import calendar_of
from mailroom.domain.cases import TRACE, open_cases, trace_name
from mailroom.domain.numbers import leg_name
from mailroom.domain.watch import Due, Terms, due, has_feed, minder, next_time, patience, pending
from tests.mailroom.events import CHAOZHOU, DAWN, PARCEL, WAYBILL, ZHANGZHOU, Stream
from tongban.v1 import exception_pb2, leg_pb2, parcel_pb2

TERMS = Terms(calendar=calendar_of("Asia/Shanghai"))
HOUR = 3600
LISTENER = "nodes/mailroom-relay"
LEG = leg_name(PARCEL, 1)


def at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(DAWN, dt.UTC) + dt.timedelta(seconds=seconds)


def stamp(seconds: int) -> Timestamp:
    return Timestamp(seconds=DAWN + seconds)


def booked(*, relay: str = "", due_at: int | None = None, carrier: str = "ems", hours: int = 0) -> Stream:
    stream = Stream()
    stream.pack()
    stream.seal()
    offered = parcel_pb2.ParcelOffered(leg=1, carrier=carrier, relay=relay, acceptance_hours=hours)
    offered.waybill = "" if carrier == "hand" else WAYBILL
    if due_at is not None:
        offered.due_time.CopyFrom(stamp(due_at))
    stream.add(CHAOZHOU, "parcel_offered", offered, 2)
    return stream


def sent(*, relay: str = "", due_at: int | None = None, carrier: str = "ems", hours: int = 0) -> Stream:
    stream = booked(relay=relay, due_at=due_at, carrier=carrier, hours=hours)
    waybill = "" if carrier == "hand" else WAYBILL
    stream.dispatch(at=10, waybill=waybill)
    return stream


def photograph(stream: Stream, seconds: int = 11) -> None:
    taken = leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32)
    stream.add(CHAOZHOU, "waybill_photographed", taken, seconds)


def said(stream: Stream, meaning: str, seconds: int, code: str = "704") -> None:
    relay = stream.now.legs[0].relay
    word = parcel_pb2.CarrierObserved(leg=1, code=code, meaning=meaning, source="pull" if relay else "manual")
    word.observe_time.CopyFrom(stamp(seconds))
    stream.add(relay or CHAOZHOU, "carrier_observed", word, seconds)


def raise_(stream: Stream, found: Due, seconds: int) -> None:
    raised = parcel_pb2.ParcelExceptionRaised(code=found.code, leg=found.leg)
    raised.due_time.FromDatetime(found.due_time)
    stream.add(CHAOZHOU, "parcel_exception_raised", raised, seconds)


def resolve(stream: Stream, code: str, seconds: int) -> None:
    ended = exception_pb2.ParcelExceptionResolved(code=code, resolution="explained")
    stream.add(CHAOZHOU, "parcel_exception_resolved", ended, seconds)


def codes(stream: Stream, seconds: float) -> list[str]:
    return [found.code for found in due(stream.now, at(seconds), TERMS)]


def test_what_was_not_offered_has_no_clock() -> None:
    stream = Stream()
    stream.pack()
    assert next_time(stream.now, at(0), TERMS) is None


def test_nobody_vouches_for_the_courier_in_time() -> None:
    stream = sent()
    assert codes(stream, 10 + 24 * HOUR - 1) == []
    found = due(stream.now, at(10 + 24 * HOUR), TERMS)
    assert found == [Due("one-sided", 1, LEG, at(10 + 24 * HOUR), CHAOZHOU)]
    photograph(stream)
    assert codes(stream, 10 + 24 * HOUR) == []


def test_a_leg_says_within_how_many_hours() -> None:
    assert codes(sent(hours=2), 10 + 2 * HOUR) == ["one-sided"]


def test_where_a_relay_listens_the_carrier_must_say_that_it_has_it() -> None:
    stream = sent(relay=LISTENER)
    photograph(stream)
    assert codes(stream, 25 * HOUR) == ["one-sided"]
    said(stream, "accepted", 20)
    assert codes(stream, 25 * HOUR) == []


def test_the_carrier_has_it_and_nobody_scanned_it_out() -> None:
    stream = booked()
    assert codes(stream, 1000 * HOUR) == []
    said(stream, "moving", 60)
    assert codes(stream, 60 + 24 * HOUR - 1) == []
    assert codes(stream, 60 + 24 * HOUR) == ["one-sided"]


def test_hand_carriage_is_only_ever_late() -> None:
    stream = sent(carrier="hand", due_at=HOUR)
    assert not has_feed(stream.now.legs[0])
    assert codes(stream, HOUR - 1) == []
    assert codes(stream, HOUR) == ["late"]
    assert codes(stream, 1000 * HOUR) == ["late", "suspected-lost"]


def test_late_and_three_working_days_later_suspected_lost() -> None:
    stream = sent(due_at=HOUR)
    photograph(stream)
    # DAWN lies in the night to Wednesday 18 November 2026 in UTC; three working days are to be Monday the 23rd.
    lost = next(clock for clock in pending(stream.now, TERMS) if clock.code == "suspected-lost")
    days = {(at(HOUR) + dt.timedelta(days=n)).astimezone(TERMS.calendar.zone).date() for n in range(1, 9)}
    worked = sorted(day for day in days if TERMS.calendar.works(day))[:3]
    assert lost.due_time.astimezone(TERMS.calendar.zone).date() == worked[-1]
    assert codes(stream, HOUR) == ["late"]


def test_what_was_not_given_away_is_late_and_not_lost() -> None:
    assert codes(booked(due_at=HOUR), 10_000 * HOUR) == ["late"]


def test_delivered_and_not_scanned() -> None:
    stream = sent()
    photograph(stream)
    said(stream, "delivered", 5 * HOUR)
    assert codes(stream, 29 * HOUR - 1) == []
    assert codes(stream, 29 * HOUR) == ["delivered-not-scanned"]
    stream.take_in(at=30 * HOUR)
    assert codes(stream, 1000 * HOUR) == []


def test_silence_is_raised_again_only_when_it_was_ended_and_began_anew() -> None:
    stream = sent(relay=LISTENER)
    photograph(stream)
    said(stream, "accepted", HOUR)
    assert codes(stream, 73 * HOUR - 1) == []
    [silent] = due(stream.now, at(73 * HOUR), TERMS)
    assert silent.code == "silent"
    raise_(stream, silent, 73 * HOUR)
    assert codes(stream, 500 * HOUR) == []
    resolve(stream, "silent", 74 * HOUR)
    assert codes(stream, 500 * HOUR) == []
    said(stream, "moving", 80 * HOUR)
    assert codes(stream, 152 * HOUR) == ["silent"]


def test_what_a_carrier_calls_silence_stops_no_clock() -> None:
    stream = sent(relay=LISTENER)
    photograph(stream)
    said(stream, "accepted", HOUR)
    told = parcel_pb2.ParcelExceptionRaised(code="silent", leg=1)
    stream.add(LISTENER, "parcel_exception_raised", told, 2 * HOUR)
    assert codes(stream, 73 * HOUR) == []
    resolve(stream, "silent", 3 * HOUR)
    assert codes(stream, 73 * HOUR - 1) == []
    [silent] = due(stream.now, at(73 * HOUR), TERMS)
    assert silent.code == "silent"
    raise_(stream, silent, 73 * HOUR)
    resolve(stream, "silent", 74 * HOUR)
    assert codes(stream, 500 * HOUR) == []


def test_what_a_carrier_says_is_an_exception_at_once() -> None:
    for meaning, code in (("returned", "refused"), ("customs", "customs-hold"), ("unknown", "unknown-code")):
        stream = sent()
        photograph(stream)
        said(stream, meaning, 100)
        assert codes(stream, 99) == []
        assert codes(stream, 100) == [code]


def test_customs_let_it_go() -> None:
    stream = sent()
    photograph(stream)
    said(stream, "customs", 100)
    said(stream, "delivering", 200)
    assert codes(stream, 300) == []


def test_a_carrier_whose_clock_is_behind_says_nothing_before_it_was_booked() -> None:
    stream = sent()
    photograph(stream)
    said(stream, "delivered", -1_000_000)
    assert codes(stream, 2 + 24 * HOUR - 1) == []
    assert codes(stream, 2 + 24 * HOUR) == ["delivered-not-scanned"]


def test_nobody_fetches_it() -> None:
    stream = sent()
    photograph(stream)
    stream.take_in()
    stream.open()
    stream.check()
    stream.reconcile()
    stream.hold(at=1000)
    days = 60 * 24 * HOUR
    assert codes(stream, 1000 + days - 1) == []
    [found] = due(stream.now, at(1000 + days), TERMS)
    assert (found.code, found.subject, found.owner) == ("unclaimed", "", ZHANGZHOU)
    raise_(stream, found, 1000 + days)
    assert codes(stream, 1000 + 2 * days) == []


def test_the_relay_minds_the_legs_that_name_it_and_the_booking_node_the_others() -> None:
    assert minder(sent(relay=LISTENER).now, 1) == LISTENER
    assert minder(sent().now, 1) == CHAOZHOU
    assert minder(sent().now, 0) == CHAOZHOU
    arrived = sent()
    arrived.take_in()
    assert minder(arrived.now, 0) == ZHANGZHOU


def test_in_the_place_of_a_relay_that_is_away_the_booking_node_raises_it_later() -> None:
    parcel = sent(relay=LISTENER).now
    assert patience(parcel, 1, LISTENER, TERMS) == dt.timedelta()
    assert patience(parcel, 1, CHAOZHOU, TERMS) == TERMS.backup
    assert patience(parcel, 1, ZHANGZHOU, TERMS) is None
    assert patience(sent().now, 1, CHAOZHOU, TERMS) == dt.timedelta()
    assert patience(sent().now, 1, LISTENER, TERMS) is None


def test_a_leg_that_was_ended_has_no_clock() -> None:
    stream = sent(due_at=HOUR)
    stream.take_in(at=20)
    assert next_time(stream.now, at(0), TERMS) is None


MEANINGS = st.sampled_from(
    ["accepted", "moving", "delivering", "delivered", "problem", "returned", "customs", "unknown"]
)
WORDS = st.lists(st.tuples(MEANINGS, st.integers(20, 200 * HOUR)), max_size=6, unique_by=lambda word: word[1])
LEGS = st.fixed_dictionaries(
    {
        "relay": st.sampled_from(["", LISTENER]),
        "due_at": st.none() | st.integers(HOUR, 100 * HOUR),
        "carrier": st.sampled_from(["ems", "hand"]),
        "hours": st.integers(0, 48),
    }
)


@given(LEGS, WORDS, st.lists(st.integers(0, 800 * HOUR), min_size=1, max_size=6))
def test_next_time_is_never_after_the_first_due(
    leg: dict[str, object], words: list[tuple[str, int]], looks: list[int]
) -> None:
    stream = sent(**leg)  # type: ignore[arg-type]
    for meaning, seconds in words:
        said(stream, meaning, seconds)
    for seconds in sorted(looks):
        now = at(seconds)
        first = next_time(stream.now, now, TERMS)
        found = due(stream.now, now, TERMS)
        assert (first == now) if found else (first is None or first > now)
        if not found and first is not None:
            assert due(stream.now, first, TERMS)
            assert not due(stream.now, first - dt.timedelta(microseconds=1), TERMS)


@given(LEGS, WORDS)
def test_whoever_wakes_at_next_time_raises_everything_once_and_comes_to_rest(
    leg: dict[str, object], words: list[tuple[str, int]]
) -> None:
    stream = sent(**leg)  # type: ignore[arg-type]
    for meaning, seconds in words:
        said(stream, meaning, seconds)
    now = at(200 * HOUR)
    raised: list[tuple[str, str]] = []
    for _ in range(40):
        woken = next_time(stream.now, now, TERMS)
        if woken is None:
            break
        now = max(now, woken)
        for found in due(stream.now, now, TERMS):
            raise_(stream, found, int((now - at(0)).total_seconds()) + 1)
            raised.append((found.code, found.subject))
    assert next_time(stream.now, now, TERMS) is None
    assert len(raised) == len(set(raised))
    listed = [(e.code, e.subject) for e in stream.now.exceptions if e.event_type == "parcel_exception_raised"]
    assert listed == raised
    assert all(case.owner and case.deadline for case in open_cases(stream.now))


@given(LEGS, st.lists(st.tuples(MEANINGS, st.integers(20, 200 * HOUR)), max_size=4, unique_by=lambda word: word[1]))
def test_the_order_in_which_words_come_changes_no_clock(leg: dict[str, object], words: list[tuple[str, int]]) -> None:
    seen = set()
    for order in itertools.permutations(words):
        stream = sent(**leg)  # type: ignore[arg-type]
        for meaning, seconds in [*order, *order]:
            said(stream, meaning, seconds)
        seen.add(tuple(pending(stream.now, TERMS)))
    assert len(seen) == 1


def test_cases_are_what_is_open_the_most_urgent_first() -> None:
    stream = sent(due_at=HOUR)
    photograph(stream)
    [late] = due(stream.now, at(2 * HOUR), TERMS)
    raise_(stream, late, 2 * HOUR)
    asked = exception_pb2.TraceRequested(leg=1, asked_node=ZHANGZHOU, answer_by_time=stamp(3 * HOUR))
    stream.add(CHAOZHOU, "trace_requested", asked, 2 * HOUR)
    trace, case = open_cases(stream.now)
    assert (trace.code, trace.subject, trace.owner) == (TRACE, trace_name(PARCEL, 1), ZHANGZHOU)
    assert trace.escalation == (ZHANGZHOU, CHAOZHOU)
    assert (case.code, case.subject, case.owner, case.escalation) == ("late", LEG, CHAOZHOU, (CHAOZHOU,))
    assert not case.escalated(at(2 * HOUR))
    assert case.escalated(case.deadline)
    answer = exception_pb2.TraceAnswered(trace=1, outcome="found")
    stream.add(ZHANGZHOU, "trace_answered", answer, 3 * HOUR)
    stream.take_in(at=4 * HOUR)
    assert open_cases(stream.now) == []


@pytest.mark.parametrize("resolution", ["found", "false-alarm"])
def test_an_ended_exception_is_no_case(resolution: str) -> None:
    stream = sent(due_at=HOUR)
    raise_(stream, due(stream.now, at(HOUR), TERMS)[0], HOUR)
    assert [case.code for case in open_cases(stream.now)] == ["late"]
    ended = exception_pb2.ParcelExceptionResolved(code="late", subject=LEG, resolution=resolution)
    stream.add(CHAOZHOU, "parcel_exception_resolved", ended, 2 * HOUR)
    assert open_cases(stream.now) == []

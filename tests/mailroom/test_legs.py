"""Legs besides their scans, redirects, exceptions that end, and requests to search."""

from __future__ import annotations

import random
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain.exceptions import open_exceptions
from mailroom.domain.legs import is_vouched_for
from mailroom.domain.numbers import leg_name
from mailroom.domain.tracing import open_traces
from tests.mailroom.events import (
    CHAOZHOU,
    CLOCK,
    DAWN,
    MAILROOM,
    MILAN,
    PARCEL,
    RELAY,
    WINDOW,
    ZHANGZHOU,
    Stream,
)
from tongban import errors
from tongban.v1 import exception_pb2, leg_pb2, lifecycle_pb2, parcel_pb2

ELSEWHERE = parcel_pb2.Post(node=MILAN, post="m1")
LEG = leg_name(PARCEL, 1)


def _moment(at: int) -> Timestamp:
    return Timestamp(seconds=DAWN + at)


def _open(stream: Stream) -> list[tuple[str, str, str]]:
    return [(e.code, e.subject, e.owner) for e in open_exceptions(stream.now)]


def _observed(at: int, meaning: str, number: int, **more: Any) -> parcel_pb2.CarrierObserved:
    return parcel_pb2.CarrierObserved(
        leg=1, code="704", meaning=meaning, observe_time=_moment(at), observation_id=number.to_bytes(16, "big"), **more
    )


def _sealed() -> Stream:
    stream = Stream()
    stream.pack()
    stream.seal()
    return stream


def test_a_leg_that_nothing_was_given_to_is_cancelled_and_another_booked() -> None:
    stream = _sealed()
    stream.offer()
    stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 3)
    assert (stream.state, stream.now.legs[0].cancelled) == ("SEALED", True)
    stream.offer(4, leg=2)
    stream.dispatch(leg=2)
    assert (stream.state, stream.now.custody.leg) == ("WITH_CARRIER", leg_name(PARCEL, 2))


def test_a_scan_on_a_cancelled_leg_gets_a_leg_of_its_own() -> None:
    stream = _sealed()
    stream.offer()
    stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 3)
    stream.dispatch(leg=1)
    assert [(leg.number, leg.cancelled, leg.HasField("dispatch")) for leg in stream.now.legs] == [
        (1, True, False),
        (2, False, True),
    ]


def test_who_knows_of_no_leg_but_a_cancelled_one_has_scanned_what_came_by_the_next() -> None:
    """A wrong post names the first leg, as it knows no other; that its clock is behind must not lose the parcel."""
    stream = _sealed()
    stream.offer()
    stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 3)
    stream.offer(4, leg=2)
    stream.dispatch(at=200, leg=2)
    stream.take_in(at=100, leg=1, post=ELSEWHERE)
    assert (stream.state, stream.now.custody.post.node) == ("WRONG_POST", MILAN)
    assert [leg.HasField("intake") for leg in stream.now.legs] == [False, True]
    assert stream.codes == ["wrong-post"]


def test_what_is_scanned_after_it_was_collected_is_somebodys_to_end() -> None:
    stream = _sealed()
    stream.offer()
    stream.dispatch()
    stream.take_in()
    stream.open()
    stream.check()
    stream.reconcile()
    stream.hold()
    stream.collect()
    stream.take_in(at=300, leg=2, post=ELSEWHERE)
    assert stream.codes
    assert all(exception.owner for exception in stream.now.exceptions)


def test_only_the_booking_node_cancels_and_only_before_anything_was_handed_over() -> None:
    stream = _sealed()
    stream.offer()
    with pytest.raises(errors.RoleNotAllowed):
        stream.add(MILAN, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 3)
    with pytest.raises(errors.FieldInvalid):
        stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=2), 3)
    stream.dispatch()
    with pytest.raises(errors.MoveNotAllowed):
        stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 20)


def test_an_ordered_waybill_comes_from_the_relay() -> None:
    stream = _sealed()
    ordered = parcel_pb2.ParcelOffered(leg=1, carrier="shunfeng", order=True, relay=RELAY)
    stream.add(CHAOZHOU, "parcel_offered", ordered, 2)
    assigned = leg_pb2.WaybillAssigned(leg=1, waybill="SF1234567890", carrier_order="LTL-1", cost_fen=2300)
    stream.add(RELAY, "waybill_assigned", assigned, 3)
    stream.add(RELAY, "waybill_assigned", assigned, 4)
    leg = stream.now.legs[0]
    assert (leg.waybill, leg.carrier_order, leg.cost_fen, stream.codes) == ("SF1234567890", "LTL-1", 2300, [])
    assigned.waybill = "SF0000000000"
    stream.add(RELAY, "waybill_assigned", assigned, 5)
    assert (stream.now.legs[0].waybill, stream.codes) == ("SF1234567890", ["waybill-mismatch"])


def test_an_order_needs_a_relay() -> None:
    stream = _sealed()
    with pytest.raises(errors.FieldInvalid):
        stream.add(CHAOZHOU, "parcel_offered", parcel_pb2.ParcelOffered(leg=1, carrier="shunfeng", order=True), 2)


def test_an_order_that_failed_ends_when_the_waybill_comes() -> None:
    stream = _sealed()
    ordered = parcel_pb2.ParcelOffered(leg=1, carrier="shunfeng", order=True, relay=RELAY)
    stream.add(CHAOZHOU, "parcel_offered", ordered, 2)
    stream.add(RELAY, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code="order-failed", leg=1), 3)
    assert _open(stream) == [("order-failed", LEG, CHAOZHOU)]
    stream.add(RELAY, "waybill_assigned", leg_pb2.WaybillAssigned(leg=1, waybill="SF1234567890"), 4)
    assert _open(stream) == []


def test_a_wrong_post_sends_the_parcel_on_under_a_leg_of_its_own() -> None:
    stream = Stream().sent()
    stream.take_in(post=ELSEWHERE)
    assert (stream.state, _open(stream)) == ("WRONG_POST", [("wrong-post", "", MILAN)])
    stream.redirect(MAILROOM)
    assert stream.state == "REDIRECTED"
    stream.offer(170, leg=2)
    assert (stream.state, stream.now.legs[1].booking_node) == ("OFFERED", MILAN)
    stream.dispatch(180, leg=2, post=ELSEWHERE, author=MILAN)
    assert (stream.state, stream.now.custody.answerable_node) == ("WITH_CARRIER", MILAN)
    stream.take_in(300, leg=2)
    assert (stream.state, stream.now.custody.post, _open(stream)) == ("TAKEN_IN", MAILROOM, [])
    stream.open(310)
    assert stream.state == "OPENED"


def test_a_clock_set_back_keeps_no_parcel_at_a_wrong_post() -> None:
    stream = Stream().sent()
    stream.take_in(5000, post=ELSEWHERE)
    stream.redirect(MAILROOM, at=4000)
    stream.offer(4001, leg=2)
    stream.dispatch(4002, leg=2, post=ELSEWHERE, author=MILAN)
    assert (stream.state, stream.now.custody.leg) == ("WITH_CARRIER", leg_name(PARCEL, 2))
    stream.take_in(4500, leg=2)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    # The scan of a leg of before is older than the intake, as its claim says.
    again = Stream().arrived()
    again.dispatch(20, leg=1, post=MAILROOM, author=ZHANGZHOU)
    assert again.now.custody.post == MAILROOM


def test_only_who_has_it_sends_it_on() -> None:
    stream = Stream().sent()
    stream.take_in(post=ELSEWHERE)
    with pytest.raises(errors.NotTheCustodian):
        stream.redirect(MAILROOM, author=CHAOZHOU)
    with pytest.raises(errors.FieldInvalid):
        stream.redirect(ELSEWHERE)
    with pytest.raises(errors.FieldInvalid):
        stream.redirect(MAILROOM, returning=True)


def test_a_parcel_is_redirected_on_its_way_by_who_booked_its_leg() -> None:
    stream = Stream().sent()
    with pytest.raises(errors.RoleNotAllowed):
        stream.redirect(ELSEWHERE, author=ZHANGZHOU)
    stream.redirect(ELSEWHERE, author=CHAOZHOU)
    assert (stream.state, stream.now.destination, stream.now.first_destination) == ("WITH_CARRIER", ELSEWHERE, MAILROOM)
    stream.take_in(post=ELSEWHERE)
    assert (stream.state, _open(stream)) == ("TAKEN_IN", [])


def test_a_parcel_goes_home() -> None:
    stream = Stream().arrived()
    stream.redirect(WINDOW, returning=True)
    assert stream.state == "RETURNING"
    stream.offer(170, leg=2)
    stream.dispatch(180, leg=2, post=MAILROOM, author=ZHANGZHOU)
    stream.take_in(300, leg=2, post=WINDOW)
    stream.open(310, author=CHAOZHOU)
    assert (stream.state, stream.now.custody.post) == ("OPENED", WINDOW)


def test_what_was_feared_on_the_way_ends_when_the_parcel_is_found() -> None:
    stream = Stream().sent()
    for code in ("late", "suspected-lost", "lost"):
        raised = parcel_pb2.ParcelExceptionRaised(code=code, leg=1)
        stream.add(CLOCK, "parcel_exception_raised", raised, 60)
    assert (stream.state, [code for code, _, _ in _open(stream)]) == ("LOST", ["late", "suspected-lost", "lost"])
    assert {owner for _, _, owner in _open(stream)} == {CHAOZHOU}
    stream.take_in()
    assert (stream.state, _open(stream)) == ("TAKEN_IN", [])
    assert {e.resolution for e in stream.now.exceptions} == {"found"}


def test_an_exception_that_is_explained_counts_no_more() -> None:
    stream = Stream().sent()
    stream.raise_("late")
    stream.resolve("late")
    assert (stream.state, _open(stream)) == ("WITH_CARRIER", [])
    stream.raise_("late", 180)
    assert (stream.state, stream.codes) == ("OVERDUE", ["late", "late"])


def test_a_clock_that_runs_ahead_raises_nothing() -> None:
    stream = Stream().sent()
    early = parcel_pb2.ParcelExceptionRaised(code="late", leg=1, due_time=_moment(1000))
    stream.add(CLOCK, "parcel_exception_raised", early, 60)
    assert (stream.state, stream.codes) == ("WITH_CARRIER", ["premature"])
    stream.add(CLOCK, "parcel_exception_raised", early, 1000)
    assert stream.state == "OVERDUE"


@pytest.mark.parametrize("by", ["agent", "locker"])
def test_originals_that_somebody_else_signed_for_are_an_exception_at_once(by: str) -> None:
    stream = Stream().sent()
    for number in (1, 2):
        stream.add(RELAY, "carrier_observed", _observed(50 + number, "delivered", number, signed_by=by), 60)
    assert _open(stream) == [("signed-by-other", LEG, CHAOZHOU)]
    assert stream.now.custody.kind == parcel_pb2.HOLDER_KIND_LEG
    stream.take_in()
    assert _open(stream) == []


def test_a_carriers_word_and_a_photograph_vouch_for_the_courier() -> None:
    stream = Stream().sent()
    stream.add(CLOCK, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code="one-sided", leg=1), 60)
    stream.add(CHAOZHOU, "waybill_photographed", leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32), 70)
    assert (is_vouched_for(stream.now.legs[0]), len(_open(stream))) == (False, 1)
    stream.add(RELAY, "carrier_observed", _observed(20, "accepted", 1), 80)
    assert (is_vouched_for(stream.now.legs[0]), _open(stream)) == (True, [])


def test_a_scan_of_one_hand_ends_when_the_other_scan_comes() -> None:
    stream = _sealed()
    stream.offer()
    stream.take_in(100)
    assert [code for code, _, _ in _open(stream)] == ["one-sided"]
    stream.dispatch(10)
    assert (stream.state, [code for code, _, _ in _open(stream)]) == ("TAKEN_IN", ["out-of-turn"])


def test_a_search_is_asked_and_answered_once() -> None:
    stream = Stream().sent()
    asked = exception_pb2.TraceRequested(leg=1, asked_node=ZHANGZHOU, answer_by_time=_moment(900))
    stream.add(CHAOZHOU, "trace_requested", asked, 60)
    assert [trace.number for trace in open_traces(stream.now, ZHANGZHOU)] == [1]
    stream.add(CHAOZHOU, "trace_answered", exception_pb2.TraceAnswered(trace=1, outcome="found"), 65)
    assert stream.now.traces[0].outcome == ""
    stream.add(ZHANGZHOU, "trace_answered", exception_pb2.TraceAnswered(trace=1, outcome="not-found"), 70)
    stream.add(ZHANGZHOU, "trace_answered", exception_pb2.TraceAnswered(trace=1, outcome="found"), 80)
    assert (stream.now.traces[0].outcome, open_traces(stream.now, ZHANGZHOU)) == ("not-found", [])


FEED = [
    _observed(11, "accepted", 1),
    _observed(12, "moving", 2),
    _observed(12, "moving", 3),
    _observed(30, "delivering", 4),
    _observed(40, "delivered", 5, signed_by="agent"),
    _observed(41, "moving", 6),
]


def _leg_after(feed: list[parcel_pb2.CarrierObserved]) -> tuple[bytes, int, list[str]]:
    stream = Stream().sent()
    for word in feed:
        stream.add(RELAY, "carrier_observed", word, 60)
    return stream.now.legs[0].SerializeToString(deterministic=True), stream.now.state, stream.codes


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(1, 10))
def test_any_order_and_repetition_of_a_feed_leaves_the_same_leg(seed: int, times: int) -> None:
    shuffled = FEED * times
    random.Random(seed).shuffle(shuffled)
    expected = _leg_after(FEED)
    assert _leg_after(shuffled) == expected
    assert expected[1] == lifecycle_pb2.PARCEL_STATE_CARRIER_SAYS_DELIVERED

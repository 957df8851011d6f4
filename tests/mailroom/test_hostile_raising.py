"""What relays and others say is wrong with a parcel: only of what there is, of what is theirs, and in its time."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain import watch
from mailroom.domain.cases import open_cases
from mailroom.domain.exceptions import END_BY_ARRIVAL, open_exceptions
from tests.mailroom.events import CHAOZHOU, DAWN, MAILROOM, RELAY, WAYBILL, WINDOW, ZHANGZHOU, Stream
from tongban.v1 import leg_pb2, parcel_pb2

OTHER_RELAY = "nodes/other-relay"
EVERY = sorted(END_BY_ARRIVAL | {"damaged", "seal-broken", "wrong-contents", "order-failed"})
WHOLE_AND_DUE = sorted({"late", "suspected-lost", "lost", "delivered-not-scanned", "one-sided", "unclaimed"})


def told(stream: Stream, author: str, code: str, leg: int, due: int | None = None, at: int = 900) -> None:
    said = parcel_pb2.ParcelExceptionRaised(code=code, leg=leg)
    if due is not None:
        said.due_time.seconds = DAWN + due
    stream.add(author, "parcel_exception_raised", said, at)


def held() -> Stream:
    stream = Stream().arrived()
    stream.open()
    stream.check()
    stream.reconcile()
    stream.hold()
    return stream


def second_leg() -> Stream:
    """On its way again, by a leg that names another relay than the first."""
    stream = Stream().arrived()
    stream.redirect(WINDOW, returning=True)
    booked = parcel_pb2.ParcelOffered(leg=2, carrier="ems", waybill=WAYBILL, relay=OTHER_RELAY)
    stream.add(ZHANGZHOU, "parcel_offered", booked, 170)
    stream.dispatch(180, leg=2, post=MAILROOM, author=ZHANGZHOU)
    return stream


def test_a_relay_raises_what_a_clock_tells_only_with_the_time_at_which_it_fell_due() -> None:
    for code in ("late", "lost", "suspected-lost", "delivered-not-scanned", "one-sided"):
        stream = Stream().sent()
        stream.add(RELAY, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code=code, leg=1), 60)
        assert (stream.state, stream.codes) == ("WITH_CARRIER", ["premature"])
        stream.raise_(code, 61, CHAOZHOU)
        assert stream.codes == ["premature", code]


@pytest.mark.parametrize("code", ["silent", "unclaimed"])
def test_what_a_carrier_says_of_its_leg_a_relay_passes_on_without_a_time(code: str) -> None:
    stream = Stream().sent()
    stream.add(RELAY, "parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code=code, leg=1), 60)
    assert (stream.state, stream.codes) == ("WITH_CARRIER", [code])
    assert [(case.code, case.owner) for case in open_cases(stream.now)] == [(code, CHAOZHOU)]
    stream.take_in()
    assert not open_exceptions(stream.now)


def test_that_nobody_comes_to_the_window_no_carrier_knows() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check()
    stream.reconcile()
    stream.hold()
    for leg, codes in ((0, ["premature"]), (1, ["premature", "unclaimed"])):
        said = parcel_pb2.ParcelExceptionRaised(code="unclaimed", leg=leg)
        stream.add(RELAY, "parcel_exception_raised", said, 200)
        assert (stream.state, stream.codes) == ("HELD_FOR_PICKUP", codes)
    stream.raise_("unclaimed", 900, ZHANGZHOU)
    assert stream.state == "UNCLAIMED"


@pytest.mark.parametrize("author", [RELAY, CHAOZHOU, ZHANGZHOU])
@pytest.mark.parametrize("code", EVERY)
def test_of_a_leg_that_does_not_exist_nobody_says_anything(code: str, author: str) -> None:
    for stream in (Stream().sent(), held()):
        before = stream.state
        for due in (None, 60):
            for leg in (2, 32):
                told(stream, author, code, leg, due)
        assert (stream.state, set(stream.codes)) == (before, {"leg-mismatch"})
        assert len(open_cases(stream.now)) == 1


@pytest.mark.parametrize("code", sorted(END_BY_ARRIVAL))
def test_of_a_cancelled_leg_nobody_says_how_it_goes(code: str) -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.add(CHAOZHOU, "leg_cancelled", leg_pb2.LegCancelled(leg=1), 3)
    told(stream, RELAY, code, 1)
    assert stream.codes == ["leg-mismatch"]
    told(stream, RELAY, "order-failed", 1)
    assert stream.codes == ["leg-mismatch", "order-failed"], "that the carrier does not cancel it, its relay says"


@pytest.mark.parametrize("code", EVERY)
def test_a_relay_says_nothing_of_another_relays_leg(code: str) -> None:
    stream = second_leg()
    for due in (None, 60):
        told(stream, RELAY, code, 2, due)
    assert (stream.state, set(stream.codes)) == ("WITH_CARRIER", {"leg-mismatch"})
    told(stream, OTHER_RELAY, "refused", 2)
    told(stream, ZHANGZHOU, "late", 2)
    assert stream.codes[-2:] == ["refused", "late"]


@pytest.mark.parametrize("code", EVERY)
def test_a_relay_says_nothing_of_the_parcel_as_a_whole(code: str) -> None:
    for stream in (Stream().sent(), held()):
        before = stream.state
        for due in (None, 60):
            told(stream, RELAY, code, 0, due)
        assert stream.state == before
        assert set(stream.codes) == {"premature" if code in WHOLE_AND_DUE else "leg-mismatch"}


@pytest.mark.parametrize("author", [RELAY, CHAOZHOU, ZHANGZHOU])
@pytest.mark.parametrize("code", sorted(END_BY_ARRIVAL))
def test_of_a_leg_that_has_arrived_nothing_is_feared_any_more(code: str, author: str) -> None:
    for stream in (Stream().arrived(), held()):
        before = stream.state
        for at in range(900, 940):
            told(stream, author, code, 1, at=at)
            stream.resolve(code, at=at, author=ZHANGZHOU)
        assert (stream.state, open_cases(stream.now)) == (before, []) or set(stream.codes) == {"premature"}
        assert code not in [each.code for each in open_exceptions(stream.now)]
        assert stream.codes.count(code) <= 1


def test_no_word_of_a_leg_leaves_a_held_parcel_unclaimed() -> None:
    stream = held()
    told(stream, ZHANGZHOU, "unclaimed", 1)
    assert stream.state == "HELD_FOR_PICKUP"
    assert "unclaimed" in [clock.code for clock in watch.pending(stream.now, watch.Terms())]
    told(stream, ZHANGZHOU, "unclaimed", 0)
    assert stream.state == "UNCLAIMED"


@pytest.mark.parametrize("code", ["damaged", "seal-broken"])
def test_a_relays_word_does_not_say_what_lies_here(code: str) -> None:
    stream = Stream().arrived()
    told(stream, RELAY, code, 1)
    assert (stream.state, [case.owner for case in open_cases(stream.now)]) == ("TAKEN_IN", [CHAOZHOU])


@pytest.mark.parametrize("nanos", [0, 999])
def test_a_relays_clock_tells_late_at_the_due_time_of_its_leg(nanos: int) -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    due_time = Timestamp(seconds=DAWN + 500, nanos=nanos)
    offered = parcel_pb2.ParcelOffered(leg=1, carrier="ems", waybill=WAYBILL, relay=RELAY, due_time=due_time)
    stream.add(CHAOZHOU, "parcel_offered", offered, 2)
    stream.dispatch()
    for code, due in (("late", 1), ("late", 499), ("late", 501), ("lost", 499), ("suspected-lost", 1)):
        told(stream, RELAY, code, 1, due)
    assert (stream.state, set(stream.codes)) == ("WITH_CARRIER", {"premature"})
    told(stream, RELAY, "late", 1, 500)
    assert stream.state == "OVERDUE"
    told(stream, RELAY, "suspected-lost", 1, 600)
    assert stream.state == "SUSPECTED_LOST"


def test_without_a_due_time_no_relays_clock_tells_that_a_leg_is_late_or_lost() -> None:
    stream = Stream().sent()
    for code in ("late", "suspected-lost", "lost"):
        told(stream, RELAY, code, 1, 60)
    assert (stream.state, set(stream.codes)) == ("WITH_CARRIER", {"premature"})

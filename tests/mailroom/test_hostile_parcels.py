"""What a member node with good keys cannot do to a parcel, and how large anybody can make one."""

from __future__ import annotations

import datetime as dt

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain import watch
from mailroom.domain.cases import open_cases
from mailroom.domain.exceptions import open_exceptions
from mailroom.domain.scans import MOST_BY_NODE
from tests.mailroom.events import (
    APPLICATION,
    CHAOZHOU,
    CORRECT,
    DAWN,
    DEED,
    LIFECYCLES,
    MAILROOM,
    MANIFEST,
    MILAN,
    MISSING,
    NONCE,
    RELAY,
    WAYBILL,
    ZHANGZHOU,
    Stream,
    event,
    scan,
)
from tongban import errors
from tongban.lifecycle.directory import NodeFolder
from tongban.lifecycle.engine import Step
from tongban.v1 import application_pb2, directory_pb2, event_pb2, exception_pb2, leg_pb2, parcel_pb2
from tongban.validation import check

STRANGER = "nodes/stranger"
AWAY = parcel_pb2.Post(node=STRANGER, post="a")
LARGEST = 64 * 1024
"""Bytes of a parcel of three entries, whatever was said about it."""


def taken(stream: Stream, at: int, *, post: parcel_pb2.Post = AWAY, nonce: bytes = NONCE, leg: int = 1) -> None:
    message = parcel_pb2.ParcelTakenIn(scan=scan(post, nonce=nonce), leg=leg)
    stream.add(STRANGER, "parcel_taken_in", message, at)


def observed(stream: Stream, author: str, number: int, meaning: str = "moving", leg: int = 1) -> None:
    word = parcel_pb2.CarrierObserved(
        leg=leg,
        code=f"c{number}",
        meaning=meaning,
        observe_time=Timestamp(seconds=DAWN + number),
        observation_id=number.to_bytes(16, "big"),
        source="push",
    )
    stream.add(author, "carrier_observed", word, 1000)


def test_scans_of_a_stranger_that_prove_nothing_do_not_make_a_parcel_grow() -> None:
    stream = Stream().sent()
    sizes = []
    for number in range(600):
        taken(stream, 20 + number, nonce=bytes(16), post=parcel_pb2.Post(node="nodes/other", post=f"p{number}"))
        sizes.append(stream.now.ByteSize())
    assert max(sizes) < LARGEST
    assert max(sizes[300:]) == max(sizes)
    assert stream.state == "WITH_CARRIER"
    assert {case.owner for case in open_cases(stream.now)} == {CHAOZHOU}
    assert STRANGER not in {leg.intake.post.node for leg in stream.now.legs}


def test_things_that_are_not_in_the_manifest_are_listed_up_to_a_bound() -> None:
    stream = Stream().arrived()
    stream.open()
    for turn in range(40):
        extras = [
            parcel_pb2.ItemCheck(item=f"extra-{turn * 80 + n}", outcome=parcel_pb2.CHECK_OUTCOME_EXTRA)
            for n in range(80)
        ]
        stream.check_only(extras)
    assert len(stream.now.checks) == 64
    assert stream.now.ByteSize() < LARGEST


def test_an_item_that_is_checked_to_and_fro_stands_once() -> None:
    stream = Stream().arrived()
    stream.open()
    for turn in range(600):
        stream.check_only([parcel_pb2.ItemCheck(item=DEED, outcome=MISSING if turn % 2 else CORRECT)])
    assert [(each.item, each.outcome) for each in stream.now.checks] == [(DEED, MISSING)]
    assert stream.now.ByteSize() < LARGEST


def test_raising_and_ending_for_ever_leaves_one() -> None:
    stream = Stream().sent()
    for at in range(20, 420):
        stream.raise_("lost", at=at, author=ZHANGZHOU)
        stream.resolve("lost", at=at, author=ZHANGZHOU)
    assert len(stream.now.exceptions) <= 128
    stream.raise_("lost", at=500, author=ZHANGZHOU)
    assert (stream.state, [each.code for each in open_exceptions(stream.now)]) == ("LOST", ["lost"])


def test_what_a_clock_says_too_early_does_not_pile_up() -> None:
    stream = Stream().sent()
    late = parcel_pb2.ParcelExceptionRaised(code="late", leg=1, due_time=Timestamp(seconds=DAWN + 90000))
    for at in range(20, 420):
        stream.add(RELAY, "parcel_exception_raised", late, at)
    assert len(stream.now.exceptions) <= 128


def test_one_node_makes_so_many_legs_and_no_more_and_the_addressee_gets_its_parcel_back() -> None:
    stream = Stream().arrived()
    for number in range(40):
        taken(stream, 200 + number, post=parcel_pb2.Post(node=STRANGER, post=f"p{number}"))
    assert len(stream.now.legs) == 1 + MOST_BY_NODE
    assert stream.now.custody.post.node == STRANGER
    stream.take_in(at=900)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)


def test_a_flood_of_words_does_not_hide_that_it_was_delivered() -> None:
    words = [(number, "moving") for number in range(300)] + [(400, "delivered")]
    found = []
    for order in (words, list(reversed(words))):
        stream = Stream().sent()
        for number, meaning in order:
            observed(stream, RELAY, number, meaning)
        assert "delivered-not-scanned" in [clock.code for clock in watch.pending(stream.now, watch.Terms())]
        found.append(list(stream.now.legs[0].observations))
    assert found[0] == found[1]
    assert len(found[0]) == 200


@pytest.mark.parametrize("prepare", ["offered", "redirected"])
def test_a_scan_that_proves_nothing_leaves_the_state_as_it_was(prepare: str) -> None:
    stream = Stream()
    if prepare == "offered":
        stream.pack()
        stream.seal()
        stream.offer()
    else:
        stream.sent()
        stream.take_in(post=parcel_pb2.Post(node=MILAN, post="m"))
        stream.redirect(MAILROOM)
    before = stream.state
    taken(stream, 300, nonce=bytes(16))
    assert stream.state == before == prepare.upper()


def test_a_second_scan_at_a_wrong_post_does_not_make_it_the_right_one() -> None:
    stream, wrong = Stream().sent(), parcel_pb2.Post(node=MILAN, post="m")
    stream.take_in(post=wrong)
    stream.take_in(post=wrong, at=130)
    assert stream.state == "WRONG_POST"


def test_the_taker_does_not_sign_for_the_giver() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.take_in(at=100)
    given = parcel_pb2.ParcelDispatched(scan=scan(MAILROOM), leg=1)
    # Takes part as a holder by its own scan, and says that it gave before it took.
    wrong = parcel_pb2.Post(node=MILAN, post="m")
    stream.take_in(at=200, post=wrong, leg=1)
    stream.add(MILAN, "parcel_dispatched", parcel_pb2.ParcelDispatched(scan=scan(wrong), leg=1), 50)
    assert not stream.now.legs[0].HasField("dispatch")
    assert "one-sided" in [each.code for each in open_exceptions(stream.now)]
    with pytest.raises(errors.RoleNotAllowed):
        stream.add(STRANGER, "parcel_dispatched", given, 60)


def test_nobody_gives_a_parcel_away_on_another_nodes_account() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    taken(stream, 3, leg=7)
    stream.add(STRANGER, "parcel_dispatched", parcel_pb2.ParcelDispatched(scan=scan(AWAY), leg=1), 4)
    assert stream.now.custody.answerable_node == STRANGER


def test_who_only_passed_it_on_ends_nobodys_exception() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.take_in(at=100)
    stream.resolve("one-sided", author=RELAY)
    assert [each.code for each in open_exceptions(stream.now)] == ["one-sided"]
    stream.resolve("one-sided", author=CHAOZHOU)
    assert not open_exceptions(stream.now)


def test_a_wrong_post_does_not_become_the_addressee() -> None:
    stream = Stream().sent()
    taken(stream, 100)
    with pytest.raises(errors.FieldInvalid):
        stream.redirect(parcel_pb2.Post(node=STRANGER, post="b"), author=STRANGER)
    stream.redirect(MAILROOM, author=STRANGER)


def test_nobody_else_numbers_photographs_or_vouches_for_a_leg() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.add(CHAOZHOU, "parcel_offered", parcel_pb2.ParcelOffered(leg=1, carrier="ems", relay=RELAY, order=True), 2)
    taken(stream, 3, leg=7)
    stream.take_in(at=50)
    number = leg_pb2.WaybillAssigned(leg=1, waybill="OTHER1234", cost_fen=99_999_999)
    stream.add(STRANGER, "waybill_assigned", number, 60)
    photo = leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32)
    stream.add(STRANGER, "waybill_photographed", photo, 61)
    leg = stream.now.legs[0]
    assert (leg.waybill, leg.cost_fen, leg.waybill_photo_digest) == ("", 0, b"")
    stream.add(RELAY, "waybill_assigned", leg_pb2.WaybillAssigned(leg=1, waybill=WAYBILL), 62)
    assert stream.now.legs[0].waybill == WAYBILL


def test_the_giver_cannot_speak_for_the_carrier_where_a_relay_listens() -> None:
    stream = Stream().sent()
    photo = leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32)
    stream.add(CHAOZHOU, "waybill_photographed", photo, 20)
    observed(stream, CHAOZHOU, 30, "accepted")
    clocks = [clock.code for clock in watch.pending(stream.now, watch.Terms())]
    assert "one-sided" in clocks
    observed(stream, RELAY, 31, "accepted")
    assert "one-sided" not in [clock.code for clock in watch.pending(stream.now, watch.Terms())]


def test_a_parcel_hears_no_relay_that_its_leg_does_not_name() -> None:
    stream = Stream().arrived()
    leg = parcel_pb2.ParcelOffered(leg=2, carrier="ems", waybill=WAYBILL, relay="nodes/other-relay")
    stream.redirect(parcel_pb2.Post(node=MILAN, post="m"), author=ZHANGZHOU)
    stream.add(ZHANGZHOU, "parcel_offered", leg, 170)
    observed(stream, RELAY, 180, "delivered", leg=2)
    assert not stream.now.legs[1].observations


@pytest.mark.parametrize("field", ["observe_time"])
def test_a_time_near_the_end_of_the_calendar_is_refused(field: str) -> None:
    word = parcel_pb2.CarrierObserved(leg=1, code="x", meaning="moving", source="manual")
    last = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    getattr(word, field).FromDatetime(last)
    with pytest.raises(errors.FieldInvalid):
        check(word)


def test_the_farthest_time_that_is_let_through_stops_no_clock() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    farthest = Timestamp(seconds=253_086_767_999)
    offered = parcel_pb2.ParcelOffered(leg=1, carrier="ems", waybill=WAYBILL, relay=RELAY, due_time=farthest)
    check(offered)
    stream.add(CHAOZHOU, "parcel_offered", offered, 2)
    stream.dispatch()
    word = parcel_pb2.CarrierObserved(leg=1, code="x", meaning="delivered", observe_time=farthest, source="manual")
    stream.add(CHAOZHOU, "carrier_observed", word, 20)
    trace = exception_pb2.TraceRequested(leg=1, asked_node=ZHANGZHOU, answer_by_time=farthest)
    stream.add(CHAOZHOU, "trace_requested", trace, 21)
    assert {"late", "suspected-lost", "one-sided"} <= {c.code for c in watch.pending(stream.now, watch.Terms())}
    assert open_cases(stream.now)


def test_a_region_does_not_make_itself_a_relay() -> None:
    node = directory_pb2.Node(name=STRANGER)
    update = event_pb2.Event(stream=STRANGER, author=STRANGER)
    update.node_profile_updated.profile.relay = True
    with pytest.raises(errors.FieldInvalid):
        NodeFolder().check(node, update)
    node.profile.relay = True
    NodeFolder().check(node, update)


def test_the_manifest_is_still_checked_in_full_beside_extras() -> None:
    stream = Stream().arrived()
    stream.open()
    for batch in range(0, 80, 40):
        extras = [parcel_pb2.ItemCheck(item=f"extra-{batch + n}", outcome=CORRECT) for n in range(40)]
        stream.check_only(extras)
    stream.check()
    stream.reconcile()
    assert {entry.item for entry in MANIFEST} <= {each.item for each in stream.now.checks}


@pytest.mark.parametrize("text", ["张三 13800000000", "extra-", "extra-1 passport", "applications/1/originals/deed"])
def test_what_was_checked_or_is_sought_is_named_and_not_described(text: str) -> None:
    for message in (
        parcel_pb2.ItemsChecked(checks=[parcel_pb2.ItemCheck(item=text, outcome=CORRECT)]),
        exception_pb2.TraceRequested(item=text, asked_node=ZHANGZHOU, answer_by_time=Timestamp(seconds=DAWN)),
        exception_pb2.ParcelExceptionResolved(code="late", subject=text, resolution="found"),
    ):
        with pytest.raises(errors.FieldInvalid) as refused:
            check(message)
        assert refused.value.facts["rule"] == "string.pattern"


def test_a_carriers_late_word_about_a_damaged_parcel_is_in_its_turn() -> None:
    stream = Stream().arrived()
    stream.raise_("damaged", author=ZHANGZHOU)
    observed(stream, RELAY, 90, "delivered")
    assert stream.codes == ["damaged"]


def test_an_application_does_not_grow_by_what_its_nodes_say_for_ever() -> None:
    stream = Application()
    sizes = []
    for number in range(400):
        stream.add(
            "certificate_surrendered",
            application_pb2.CertificateSurrendered(code="licence", original=f"old-{number}", pages=1, post="w1"),
        )
        names = [f"none-{number}-{n}" for n in range(64)]
        stream.add("originals_returned", application_pb2.OriginalsReturned(window="w1", originals=names))
        stream.add("parcel_attached", application_pb2.ParcelAttached(parcel=f"parcels/P{number:08d}"))
        sizes.append(stream.size)
    assert max(sizes) == sizes[-1] < 2 * LARGEST
    assert sizes[300] == sizes[-1]


def test_nobody_uses_up_what_others_have_to_ask() -> None:
    stream = Stream().sent()
    asked = exception_pb2.TraceRequested(asked_node=CHAOZHOU, answer_by_time=Timestamp(seconds=DAWN + 9000))
    for at in range(20, 120):
        stream.add(ZHANGZHOU, "trace_requested", asked, at)
    stream.add(CHAOZHOU, "trace_requested", exception_pb2.TraceRequested(asked_node=ZHANGZHOU), 200)
    assert [each.asking_node for each in stream.now.traces] == [ZHANGZHOU] * 16 + [CHAOZHOU]


class Application:
    """One application's stream, its accepting node the author of all."""

    def __init__(self) -> None:
        self.state: application_pb2.Application | None = None
        route = application_pb2.Route(item="items/350600.x", accepting=CHAOZHOU, home=ZHANGZHOU, decider=ZHANGZHOU)
        self.add("application_submitted", application_pb2.ApplicationSubmitted(route=route, window="w1"))

    @property
    def size(self) -> int:
        assert self.state is not None
        return self.state.ByteSize()

    def add(self, body: str, message: Message) -> None:
        version = self.state.version + 1 if self.state is not None else 1
        made = event(CHAOZHOU, body, message, version, APPLICATION, version)
        self.state = LIFECYCLES.admit(self.state, Step(made, b"h" * 32, version))

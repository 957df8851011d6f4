"""A parcel's way when all goes well, who may do what, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mailroom.domain.parcels import ParcelFolder, addressee, originals, unchecked_items
from mailroom.domain.scans import one_sided_legs
from tests.mailroom.events import (
    CHAOZHOU,
    COPY,
    CORRECT,
    DEED,
    LICENCE,
    MAILROOM,
    MILAN,
    ORIGINAL,
    PARCEL,
    RELAY,
    WINDOW,
    ZHANGZHOU,
    Stream,
    event,
)
from tongban import errors
from tongban.lifecycle.table import RULES, STATES
from tongban.v1 import parcel_pb2
from tongban.v1.parcel_pb2 import ItemCheck, ManifestEntry


def test_a_parcel_goes_its_whole_way() -> None:
    stream = Stream()
    seen = []
    for step in (stream.pack, stream.seal, stream.offer, stream.dispatch):
        step()
        seen.append((stream.state, stream.now.custody.kind))
    stream.hear("accepted", 20)
    stream.hear("delivered", 30)
    seen.append((stream.state, stream.now.custody.kind))
    for later in (stream.take_in, stream.open, stream.check, stream.reconcile, stream.hold, stream.collect):
        later()
        seen.append((stream.state, stream.now.custody.kind))
    post, leg, applicant = (
        parcel_pb2.HOLDER_KIND_POST,
        parcel_pb2.HOLDER_KIND_LEG,
        parcel_pb2.HOLDER_KIND_APPLICANT,
    )
    assert seen == [
        ("PACKED", post),
        ("SEALED", post),
        ("OFFERED", post),
        ("WITH_CARRIER", leg),
        ("CARRIER_SAYS_DELIVERED", leg),
        ("TAKEN_IN", post),
        ("OPENED", post),
        ("OPENED", post),
        ("RECONCILED", post),
        ("HELD_FOR_PICKUP", post),
        ("COLLECTED", applicant),
    ]
    assert stream.codes == []
    assert one_sided_legs(stream.now) == []
    assert stream.now.version == 12
    assert stream.now.pickup_window == "w9"
    assert originals(stream.now) == [LICENCE, DEED]


def test_custody_names_its_holder_and_its_event() -> None:
    stream = Stream()
    stream.sent()
    held = stream.now.custody
    assert (held.leg, held.answerable_node, held.stream) == (f"{PARCEL}/legs/1", CHAOZHOU, PARCEL)
    assert held.event_id.endswith("4")
    stream.take_in(at=100)
    held = stream.now.custody
    assert (held.post, held.answerable_node, held.leg) == (MAILROOM, ZHANGZHOU, "")
    assert held.since_time == stream.now.legs[0].intake_time
    leg = stream.now.legs[0]
    assert (leg.dispatch.post, leg.intake.post, leg.booking_node) == (WINDOW, MAILROOM, CHAOZHOU)


@pytest.mark.parametrize("body", ["parcel_sealed", "parcel_offered", "parcel_reconciled", "parcel_held"])
def test_a_guarded_event_out_of_turn_changes_nothing(body: str) -> None:
    stream = Stream()
    stream.sent()
    before = stream.now.SerializeToString(deterministic=True)
    message = getattr(event(CHAOZHOU, body, _empty(body), 0), body)
    with pytest.raises(errors.MoveNotAllowed):
        stream.add(CHAOZHOU, body, message, 11)
    assert stream.now.SerializeToString(deterministic=True) == before


@pytest.mark.parametrize(
    ("body", "author"),
    [
        ("parcel_dispatched", MILAN),
        ("carrier_observed", MILAN),
        ("parcel_opened", CHAOZHOU),
        ("items_checked", CHAOZHOU),
        ("parcel_exception_raised", MILAN),
    ],
)
def test_a_fact_needs_its_role_too(body: str, author: str) -> None:
    stream = Stream()
    stream.arrived()
    with pytest.raises(errors.RoleNotAllowed):
        stream.add(author, body, _empty(body), 120)


def test_only_the_sender_packs() -> None:
    message = parcel_pb2.ParcelPacked(origin=WINDOW, destination=MAILROOM, nonce=b"n" * 16)
    with pytest.raises(errors.RoleNotAllowed):
        Stream().add(ZHANGZHOU, "parcel_packed", message, 0)


def test_a_fact_cannot_open_a_stream() -> None:
    message = parcel_pb2.ParcelTakenIn(scan=parcel_pb2.ParcelScan(post=MAILROOM), leg=1)
    with pytest.raises(errors.MoveNotAllowed):
        Stream().add(ZHANGZHOU, "parcel_taken_in", message, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"destination": WINDOW}, "event.parcel_packed.destination"),
        ({"manifest": []}, "event.parcel_packed.manifest"),
        ({"manifest": [ManifestEntry(item=COPY, form=ORIGINAL)]}, "event.parcel_packed.manifest[0].form"),
        ({"manifest": [ManifestEntry(item=DEED, form=ORIGINAL)] * 2}, "event.parcel_packed.manifest[1].item"),
    ],
)
def test_packing_says_what_is_wrong(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.FieldInvalid) as caught:
        Stream().pack(**changes)
    assert caught.value.field == field


def test_the_seal_freezes_this_manifest_and_no_other() -> None:
    stream = Stream()
    stream.pack()
    wrong = parcel_pb2.ParcelSealed(seals=["CZ-0001"], manifest_digest=b"\0" * 32)
    with pytest.raises(errors.ManifestMismatch):
        stream.add(CHAOZHOU, "parcel_sealed", wrong, 1)
    for seals in (["CZ-0002", "CZ-0001"], ["CZ-0001", "CZ-0001"], []):
        with pytest.raises(errors.FieldInvalid) as caught:
            stream.add(CHAOZHOU, "parcel_sealed", parcel_pb2.ParcelSealed(seals=seals), 1)
        assert caught.value.field == "event.parcel_sealed.seals"


def test_legs_are_booked_in_order() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    with pytest.raises(errors.FieldInvalid) as caught:
        stream.offer(leg=2)
    assert caught.value.field == "event.parcel_offered.leg"


def test_nothing_is_reconciled_before_every_item_was_looked_at() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check_only([ItemCheck(item=LICENCE, outcome=CORRECT)])
    assert unchecked_items(stream.now) == [DEED, COPY]
    with pytest.raises(errors.ContentsUnchecked) as caught:
        stream.reconcile()
    assert caught.value.facts["count"] == "2"
    assert DEED in caught.value.facts["items"]


def test_the_parties_are_the_ends_the_relay_and_whoever_had_it_in_the_scanner() -> None:
    folder, stream = ParcelFolder(), Stream().sent()
    assert folder.parties(stream.now) == {CHAOZHOU, ZHANGZHOU, RELAY}
    stream.take_in(post=parcel_pb2.Post(node=MILAN, post="m1"))
    stream.take_in(at=200)
    assert folder.parties(stream.now) == {CHAOZHOU, ZHANGZHOU, MILAN, RELAY}


def test_a_refused_parcel_that_came_home_is_its_senders_to_open() -> None:
    stream = Stream().sent()
    stream.raise_("refused", author=ZHANGZHOU)
    assert stream.state == "REFUSED"
    stream.take_in(post=WINDOW)
    assert (stream.state, addressee(stream.now)) == ("TAKEN_IN", CHAOZHOU)
    assert "wrong-post" not in stream.codes
    stream.open(author=CHAOZHOU)
    stream.check(author=CHAOZHOU)
    stream.reconcile(author=CHAOZHOU)
    assert stream.state == "RECONCILED"
    assert [stream.ledger.current(o) for o in (LICENCE, DEED)] == [stream.now.custody] * 2
    assert stream.now.custody.post == WINDOW


def test_every_state_of_the_table_is_reached_or_listed() -> None:
    reached = set()

    def reach(stream: Stream) -> Stream:
        reached.add(stream.state)
        return stream

    whole = Stream()
    for step in (whole.pack, whole.seal, whole.offer, whole.dispatch):
        step()
        reach(whole)
    whole.hear("delivered")
    reach(whole)
    for later in (whole.take_in, whole.open, whole.check, whole.reconcile, whole.hold, whole.collect):
        later()
        reach(whole)
    stream = Stream().arrived()
    stream.redirect(parcel_pb2.Post(node=MILAN, post="m1"))
    reach(stream)
    stream.redirect(WINDOW, returning=True)
    reach(stream)
    held = Stream().arrived()
    for last in (held.open, held.check, held.reconcile, held.hold):
        last()
    held.raise_("unclaimed", 900, ZHANGZHOU)
    reach(held).collect(901)
    for code in ("late", "customs-hold", "refused", "suspected-lost", "lost"):
        stream = Stream().sent()
        stream.raise_(code)
        reach(stream)
    for code in ("damaged", "seal-broken"):
        stream = Stream().arrived()
        stream.raise_(code, 101, ZHANGZHOU)
        reach(stream).open()
        assert stream.state == "OPENED"
    stream = Stream().sent()
    stream.take_in(post=parcel_pb2.Post(node=MILAN, post="m1"))
    reach(stream)
    every = {name.removeprefix("PARCEL_STATE_") for name in STATES["parcels"].values_by_name} - {"UNSPECIFIED"}
    assert reached == every


def test_every_event_of_the_table_was_thought_of() -> None:
    assert {name for name, rule in RULES.items() if rule.collection == "parcels"} == {
        "parcel_packed",
        "parcel_sealed",
        "parcel_offered",
        "parcel_dispatched",
        "carrier_observed",
        "parcel_taken_in",
        "parcel_opened",
        "items_checked",
        "parcel_reconciled",
        "parcel_held",
        "parcel_collected",
        "parcel_exception_raised",
        "leg_cancelled",
        "waybill_assigned",
        "waybill_photographed",
        "parcel_exception_resolved",
        "parcel_redirected",
        "trace_requested",
        "trace_answered",
    }


def _empty(body: str) -> object:
    return getattr(event(CHAOZHOU, "parcel_packed", parcel_pb2.ParcelPacked(), 0), body)

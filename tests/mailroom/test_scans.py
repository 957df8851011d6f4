"""Scans that disagree, come late, come twice, or are made where nobody expected the parcel."""

from __future__ import annotations

from typing import Any

import pytest

from mailroom.domain.scans import one_sided_legs
from tests.mailroom.events import (
    CHAOZHOU,
    CORRECT,
    DEED,
    LICENCE,
    MAILROOM,
    MILAN,
    MISSING,
    NONCE,
    PARCEL,
    RELAY,
    WAYBILL,
    WINDOW,
    ZHANGZHOU,
    Stream,
)
from tongban.v1 import parcel_pb2
from tongban.v1.parcel_pb2 import ItemCheck, Post

ELSEWHERE = Post(node=MILAN, post="m1")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"seals": ["CZ-0001"]}, "seal-mismatch"),
        ({"manifest_digest": b"\0" * 32}, "manifest-mismatch"),
        ({"waybill": "EB000000000CN"}, "waybill-mismatch"),
    ],
)
@pytest.mark.parametrize("hand", ["giver", "taker"])
def test_a_difference_is_written_down_and_the_scan_counts(changes: dict[str, Any], code: str, hand: str) -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.dispatch(**changes if hand == "giver" else {})
    assert stream.state == "WITH_CARRIER"
    stream.take_in(**changes if hand == "taker" else {})
    assert (stream.state, stream.codes) == ("TAKEN_IN", [code])


def test_seals_and_waybills_are_compared_as_written_by_people() -> None:
    stream = Stream().sent()
    stream.take_in(seals=["CZ-0002", "CZ-0001"], waybill=WAYBILL.lower())
    assert stream.codes == []


def test_without_the_nonce_nothing_moves_and_nobody_becomes_a_party() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.dispatch(nonce=b"x" * 16)
    assert (stream.state, stream.now.custody.post, stream.codes) == ("OFFERED", WINDOW, ["nonce-mismatch"])
    stream.dispatch(at=11)
    stream.hear("delivered")
    held = stream.now.custody.SerializeToString()
    stream.take_in(post=ELSEWHERE, nonce=b"x" * 16)
    assert (stream.state, stream.now.custody.SerializeToString()) == ("CARRIER_SAYS_DELIVERED", held)
    assert not stream.now.legs[0].HasField("intake")
    stream.take_in(at=101)
    assert stream.state == "TAKEN_IN"


def test_nobody_signs_a_parcel_into_other_hands() -> None:
    stream = Stream().sent()
    stream.take_in(author=MILAN)
    assert stream.codes == ["scanner-mismatch", "wrong-post"]
    assert (stream.now.custody.post.node, stream.now.custody.answerable_node) == (MILAN, MILAN)


def test_a_wrong_post_has_it_until_the_right_one_scans_it() -> None:
    stream = Stream().sent()
    stream.take_in(post=ELSEWHERE)
    assert (stream.state, stream.codes, stream.now.custody.post) == ("WRONG_POST", ["wrong-post"], ELSEWHERE)
    stream.take_in(at=200)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert stream.codes == ["wrong-post", "one-sided"]
    handed_on = stream.now.legs[1]
    assert (handed_on.number, handed_on.booking_node, handed_on.intake.post) == (2, MILAN, MAILROOM)
    assert one_sided_legs(stream.now) == [2]


def test_another_window_of_the_right_node_is_a_wrong_post_but_may_open_it() -> None:
    stream = Stream().sent()
    stream.take_in(post=Post(node=ZHANGZHOU, post="w3"))
    assert (stream.state, stream.codes) == ("TAKEN_IN", ["wrong-post"])
    stream.take_in(at=105)
    stream.open()
    assert stream.state == "OPENED"
    stream.take_in(at=115, post=Post(node=ZHANGZHOU, post="w4"))
    assert (stream.state, stream.now.custody.post.post) == ("OPENED", "w4")


def test_taken_in_without_the_givers_scan_is_one_sided() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.take_in()
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert stream.codes == ["one-sided"]
    assert one_sided_legs(stream.now) == [1]


@pytest.mark.parametrize("at", [10, 100, 5000])
def test_a_late_dispatch_scan_fills_its_leg_and_moves_nothing_back(at: int) -> None:
    """Whatever the giver's clock says: a leg begins before it ends."""
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.take_in()
    stream.dispatch(at=at)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert stream.now.legs[0].HasField("dispatch")
    assert one_sided_legs(stream.now) == []
    assert stream.codes == ["one-sided", "out-of-turn"]


def test_an_intake_by_a_slow_clock_still_ends_its_leg() -> None:
    stream = Stream().sent()
    stream.take_in(at=-500)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert stream.codes == []


def test_of_two_intakes_the_later_claim_wins_in_any_order() -> None:
    for order in ((0, 1), (1, 0)):
        stream = Stream().sent()
        scans = [(100, ELSEWHERE), (200, MAILROOM)]
        for index in order:
            at, post = scans[index]
            stream.take_in(at=at, post=post)
        assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
        assert {leg.intake.post.node for leg in stream.now.legs} == {MILAN, ZHANGZHOU}


def test_of_two_equal_claims_the_later_in_the_stream_wins() -> None:
    stream = Stream().sent()
    stream.take_in(at=100)
    stream.take_in(at=100, post=ELSEWHERE)
    assert stream.state == "WRONG_POST"


def test_a_scan_repeated_changes_nothing_but_the_list_of_exceptions() -> None:
    stream = Stream().arrived()
    custody, legs = stream.now.custody.SerializeToString(), len(stream.now.legs)
    for _ in range(3):
        stream.take_in(at=300)
        stream.dispatch(at=10)
    assert (stream.now.custody.SerializeToString(), len(stream.now.legs)) == (custody, legs)
    assert stream.codes == ["out-of-turn"] * 6


def test_a_second_look_at_the_same_post_still_compares_the_seals() -> None:
    stream = Stream().arrived()
    stream.take_in(at=101, seals=["XX-1"])
    assert stream.codes == ["out-of-turn", "seal-mismatch"]


def test_a_returned_parcel_is_sent_out_again_on_a_leg_of_its_own() -> None:
    stream = Stream().sent()
    stream.raise_("refused", author=ZHANGZHOU)
    stream.take_in(post=WINDOW)
    stream.dispatch(at=200)
    assert (stream.state, stream.now.custody.leg) == ("WITH_CARRIER", f"{PARCEL}/legs/2")
    stream.take_in(at=300, leg=2)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert one_sided_legs(stream.now) == []


def test_an_old_intake_does_not_end_a_newer_leg() -> None:
    stream = Stream().sent()
    stream.take_in(at=100, post=WINDOW)
    stream.dispatch(at=200)
    stream.hear("delivered", leg=2)
    stream.take_in(at=90, leg=1, post=ELSEWHERE)
    assert (stream.state, stream.now.custody.leg) == ("CARRIER_SAYS_DELIVERED", f"{PARCEL}/legs/2")
    assert {MILAN} < {leg.intake.post.node for leg in stream.now.legs}


def test_a_leg_that_was_never_booked_is_named() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.dispatch(leg=4)
    assert (stream.codes, stream.now.custody.leg) == (["leg-mismatch"], f"{PARCEL}/legs/1")
    stream.take_in(leg=9)
    assert (stream.codes, stream.state) == (["leg-mismatch", "leg-mismatch"], "TAKEN_IN")
    stream.hear("moving", leg=7)
    assert stream.codes[-1] == "leg-mismatch"


def test_a_parcel_given_away_before_it_was_booked_is_on_its_way_all_the_same() -> None:
    stream = Stream()
    stream.pack()
    stream.dispatch(nonce=NONCE)
    assert stream.state == "WITH_CARRIER"
    assert {"out-of-turn", "leg-mismatch", "seal-mismatch", "manifest-mismatch"} == set(stream.codes)
    stream.take_in()
    assert stream.state == "TAKEN_IN"


def test_a_scan_before_it_left_the_post_moves_nothing() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.take_in(post=WINDOW)
    assert (stream.state, stream.codes) == ("SEALED", ["out-of-turn"])


def test_after_reconciling_the_wrapping_carries_nothing() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check()
    stream.reconcile()
    stream.take_in(at=900, post=ELSEWHERE)
    stream.dispatch(at=901)
    assert (stream.state, stream.now.custody.post) == ("RECONCILED", MAILROOM)
    assert stream.codes == ["out-of-turn", "one-sided", "out-of-turn"]


def test_a_carriers_word_goes_forward_only_and_never_moves_custody() -> None:
    stream = Stream().sent()
    held = stream.now.custody.SerializeToString()
    for word in ("moving", "delivered", "accepted", "unknown", "delivering", "problem", "returned", "customs"):
        stream.hear(word)
    assert (stream.state, stream.now.legs[0].carrier_word) == ("CARRIER_SAYS_DELIVERED", "delivered")
    assert stream.now.custody.SerializeToString() == held
    stream.take_in()
    stream.hear("delivered", 200)
    assert stream.state == "TAKEN_IN"


def test_a_word_before_the_dispatch_scan_counts_once_it_is_made() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.hear("delivered")
    assert (stream.state, stream.codes) == ("OFFERED", [])
    stream.dispatch()
    assert stream.state == "CARRIER_SAYS_DELIVERED"


def test_what_is_raised_on_the_way_grows_graver_only_and_a_found_parcel_ends_it() -> None:
    stream = Stream().sent()
    for code, state in (
        ("customs-hold", "CUSTOMS_HOLD"),
        ("late", "OVERDUE"),
        ("customs-hold", "OVERDUE"),
        ("lost", "LOST"),
        ("suspected-lost", "LOST"),
        ("one-sided", "LOST"),
    ):
        stream.raise_(code)
        assert stream.state == state
    stream.take_in()
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    stream.raise_("late", 200)
    assert stream.state == "TAKEN_IN"


def test_what_was_raised_before_the_dispatch_is_not_read_into_the_leg() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    stream.raise_("late", at=5)
    stream.dispatch(at=10)
    assert (stream.state, stream.codes) == ("WITH_CARRIER", ["late"])


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("MISSING", "missing"),
        ("EXTRA", "extra"),
        ("DAMAGED", "damaged"),
        ("WRONG_ITEM", "wrong-item"),
        ("COPY_FOR_ORIGINAL", "copy-for-original"),
        ("PAGES_SHORT", "pages-short"),
        ("SEAL_BROKEN", "seal-broken"),
    ],
)
def test_each_discrepancy_is_an_exception_and_never_blocks(outcome: str, code: str) -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check(deed=getattr(parcel_pb2, f"CHECK_OUTCOME_{outcome}"))
    assert stream.codes == [code]
    stream.reconcile()
    assert stream.state == "RECONCILED"


def test_a_thing_that_is_not_listed_is_extra_whatever_the_outcome_says() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check_only([ItemCheck(item="extra-1", outcome=CORRECT)])
    assert stream.codes == ["extra"]


def test_the_last_check_of_an_item_counts_and_a_repeat_says_nothing_new() -> None:
    stream = Stream().arrived()
    stream.open()
    for outcome in (MISSING, MISSING, CORRECT, MISSING):
        stream.check_only([ItemCheck(item=DEED, outcome=outcome), ItemCheck(item=LICENCE, outcome=CORRECT)])
    assert stream.codes == ["missing", "missing"]
    assert [c.outcome for c in stream.now.checks if c.item == DEED] == [MISSING]


def test_a_broken_seal_is_an_exception_and_it_is_opened_all_the_same() -> None:
    stream = Stream().arrived()
    stream.open(seals_intact=False)
    assert (stream.state, stream.codes) == ("OPENED", ["seal-broken"])


def test_opening_without_an_intake_scan_waits_for_a_person() -> None:
    stream = Stream().sent()
    stream.open()
    assert (stream.state, stream.codes) == ("WITH_CARRIER", ["out-of-turn"])
    stream.take_in()
    stream.open(at=130)
    assert stream.state == "OPENED"


def test_the_relay_and_both_ends_may_raise_exceptions() -> None:
    stream = Stream().sent()
    for code, author, leg in (("silent", RELAY, 1), ("damaged", CHAOZHOU, 0), ("wrong-contents", ZHANGZHOU, 0)):
        stream.raise_(code, author=author, leg=leg)
    assert (stream.state, stream.codes) == ("WITH_CARRIER", ["silent", "damaged", "wrong-contents"])


def test_what_is_open_already_is_not_raised_again() -> None:
    stream = Stream().sent()
    for author in (RELAY, CHAOZHOU, ZHANGZHOU):
        stream.raise_("refused", author=author, leg=1)
    assert (stream.state, stream.codes) == ("REFUSED", ["refused"])

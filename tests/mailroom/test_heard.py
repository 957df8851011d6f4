"""What carriers say of a leg is a set: no order, no repeat and no late scan disturbs what the parcel makes of it."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.carriers.base import Meaning, Observation, SignedBy, Source, ZoneBasis
from mailroom.carriers.codes import FEEDS, code_table
from mailroom.domain import transit
from mailroom.domain.exceptions import open_exceptions
from mailroom.domain.legs import is_vouched_for
from mailroom.domain.transit import MOST_OBSERVATIONS, transit_state, word_rank
from nodes.relay.observing import observation_id
from tests.mailroom.events import CHAOZHOU, CLOCK, DAWN, RELAY, ZHANGZHOU, Stream
from tests.mailroom.heard import KEY, LEG, START, heard, leg_of, said, tell, wrong
from tongban.v1 import leg_pb2, lifecycle_pb2, parcel_pb2

S = lifecycle_pb2.ParcelState
ON_THE_WAY = [
    S.PARCEL_STATE_WITH_CARRIER,
    S.PARCEL_STATE_CARRIER_SAYS_DELIVERED,
    S.PARCEL_STATE_CUSTOMS_HOLD,
    S.PARCEL_STATE_OVERDUE,
    S.PARCEL_STATE_REFUSED,
    S.PARCEL_STATE_SUSPECTED_LOST,
    S.PARCEL_STATE_LOST,
]
CODES = [entry.code for feed in FEEDS for entry in code_table(feed).entries.values()] + ["kd.9999"]

Told = tuple[str, Observation]
"""Who says it, and what."""


def _pool() -> list[Told]:
    """Feeds of one leg as they come: every code, few moments, and the same word told in several ways."""
    plain = [said(code, minutes) for code in CODES for minutes in (0, 1, 60)]
    ways = itertools.product(Source, ("", "7"), (ZoneBasis.ASSUMED, ZoneBasis.STATED))
    told = [
        replace(each, source=source, carrier_id=carrier_id, zone_basis=basis)
        for source, carrier_id, basis in ways
        for each in plain[:40]
    ]
    # One id, and yet not one thing: another release's tables, another zone, a liar.
    other = [
        replace(each, source=source, meaning=meaning, signed_by=signed, observe_time=each.observe_time + shift)
        for each in plain[:8]
        for source in (Source.PUSH, Source.PULL)
        for meaning, signed in ((Meaning.DELIVERED, SignedBy.LOCKER), (Meaning.UNKNOWN, SignedBy.NOBODY))
        for shift in (dt.timedelta(), dt.timedelta(hours=-1))
    ]
    return [(RELAY, each) for each in [*plain, *told, *other]] + [(CHAOZHOU, each) for each in [*plain[:40], *other]]


POOL = random.Random(5).sample(_pool(), 256)
FEED = st.binary(max_size=10).map(lambda choices: [POOL[choice] for choice in choices])


def _after(feed: list[Told], stream: Stream | None = None) -> Stream:
    stream = stream or Stream().sent()
    for author, observation in feed:
        tell(stream, [observation], author)
    return stream


def _judged(stream: Stream) -> tuple[bytes, str, set[tuple[str, str]]]:
    """The leg to the byte, the parcel's state, and what is wrong with it."""
    return leg_of(stream).SerializeToString(deterministic=True), stream.state, wrong(stream)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=10_000, deadline=None)
@given(feed=FEED, seed=st.integers(0, 2**32))
def test_any_order_and_tenfold_repetition_leave_the_identical_leg(feed: list[Told], seed: int) -> None:
    shuffled = feed * 10
    random.Random(seed).shuffle(shuffled)
    assert _judged(_after(shuffled)) == _judged(_after(feed))


@settings(max_examples=500, deadline=None)
@given(first=FEED, later=FEED)
def test_nothing_that_comes_later_takes_anything_back(first: list[Told], later: list[Told]) -> None:
    stream = _after(first)
    before = stream.now
    after = _after(later, stream).now
    ids = {each.observation_id for each in after.legs[0].observations}
    assert {each.observation_id for each in before.legs[0].observations} <= ids, "observations are only added"
    assert word_rank(after.legs[0].carrier_word) >= word_rank(before.legs[0].carrier_word)
    assert ON_THE_WAY.index(after.state) >= ON_THE_WAY.index(before.state)
    assert {(e.code, e.subject) for e in before.exceptions} <= wrong(stream)
    assert after.custody == before.custody


@pytest.mark.parametrize("end", ["kd.301", "kd.6", "kd.203"])
@pytest.mark.parametrize("late", ["kd.1", "kd.1001", "kd.5", "kd.2", "kd.9999", "kd.101"])
def test_an_end_stays_an_end(end: str, late: str) -> None:
    stream = heard(said(end, 100))
    ended, reached = stream.state, word_rank(leg_of(stream).carrier_word)
    tell(stream, [said(late, 5), said(late, 500)])
    assert stream.state == ended
    assert word_rank(leg_of(stream).carrier_word) >= reached
    assert stream.now.state == transit_state(stream.now, leg_of(stream))


@pytest.mark.parametrize("fear", ["lost", "suspected-lost", "refused", "late"])
@given(feed=FEED)
def test_no_carriers_word_makes_light_of_what_one_of_ours_has_said(fear: str, feed: list[Told]) -> None:
    stream = Stream().sent()
    stream.raise_(fear, 60, CLOCK)
    feared = stream.now.state
    assert ON_THE_WAY.index(_after(feed, stream).now.state) >= ON_THE_WAY.index(feared)


def test_a_lower_scan_after_delivery_stays_in_the_list_and_changes_nothing() -> None:
    stream = heard(said("kd.301", 100), said("kd.1001", 200))
    assert (stream.state, leg_of(stream).carrier_word) == ("CARRIER_SAYS_DELIVERED", "delivered")
    assert [each.code for each in leg_of(stream).observations] == ["kd.301", "kd.1001"]


def test_what_each_word_calls_for_is_opened_once_of_its_leg() -> None:
    feed = [said(code, n) for n, code in enumerate(["kd.13", "kd.209", "kd.203", "kd.202", "kd.303", "kd.9999"])]
    feed += [said("kd.205", 9), said("kd.210", 10)]
    stream = heard(*feed, *feed)
    every = {
        *("customs-hold", "damaged", "refused", "silent", "unclaimed"),
        *("order-failed", "signed-by-other", "unknown-code"),
    }
    assert sorted(stream.codes) == sorted(every)
    assert {subject for _, subject in wrong(stream)} == {LEG}
    assert not heard(said("kd.1"), said("kd.0"), said("kd.5"), said("kd.301")).codes


def test_every_exception_that_a_table_calls_for_counts() -> None:
    for code in CODES:
        expected = said(code).exception
        assert not expected or expected in heard(said(code)).codes, code
        assert "premature" not in heard(said(code)).codes, code


PUSHED, PULLED = said("kd.301", source=Source.PUSH, carrier_id="1"), said("kd.301", source=Source.PULL)


def test_an_answer_stands_before_a_push_and_both_before_what_was_typed() -> None:
    for order in itertools.permutations([(RELAY, PUSHED), (RELAY, PULLED), (CHAOZHOU, PULLED)]):
        (one,) = leg_of(_after(list(order))).observations
        assert one.source == "pull"
    for order in itertools.permutations([(RELAY, PUSHED), (CHAOZHOU, PULLED)]):
        (one,) = leg_of(_after(list(order))).observations
        assert one.source == "push"


def test_nobody_types_his_own_word_over_one_that_a_relay_heard() -> None:
    stream = heard(said("kd.1"))
    stream.add(CHAOZHOU, "waybill_photographed", leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32), 70)
    tell(stream, [said("kd.1", meaning=Meaning.DELIVERED)], CHAOZHOU)
    (one,) = leg_of(stream).observations
    assert (one.meaning, one.source) == ("accepted", "pull")
    assert is_vouched_for(leg_of(stream))


def test_what_is_said_in_a_repetition_is_judged_as_if_it_were_new() -> None:
    quiet, loud = said("kd.302"), said("kd.302", signed_by=SignedBy.LOCKER, meaning=Meaning.RETURNED)
    for feed in ((quiet, loud), (loud, quiet)):
        stream = heard(*feed)
        assert (leg_of(stream).carrier_word, stream.codes) == ("delivered", ["signed-by-other"])


@pytest.mark.parametrize("seed", range(3))
def test_of_a_flood_the_same_words_are_kept_whatever_order_they_come_in(seed: int) -> None:
    chance = random.Random(seed)
    words = [said(chance.choice(CODES), minutes) for minutes in range(MOST_OBSERVATIONS + 60)]
    again = [replace(each, source=Source.PUSH) for each in words]
    moved = [replace(each, observe_time=each.observe_time - dt.timedelta(hours=1)) for each in words[::7]]
    raised = [replace(each, meaning=Meaning.DELIVERING) for each in words[::5]]
    told, expected = [*words, *again, *moved, *raised], heard(*words, *again, *moved, *raised)
    chance.shuffle(told)
    assert _judged(heard(*told)) == _judged(expected)
    assert len(leg_of(expected).observations) == MOST_OBSERVATIONS


@pytest.mark.parametrize("seed", range(60))
def test_a_small_bound_keeps_the_same_words_typed_and_heard_in_any_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transit, "MOST_OBSERVATIONS", 5)
    chance = random.Random(seed)
    told = [_any_word(chance) for _ in range(chance.randint(2, 40))]
    again = told * 2
    chance.shuffle(again)
    one, other = _told(told), _told(again)
    assert _judged(one) == _judged(other)
    heard_words = [word for who, word in told if who == RELAY and word.source != "manual"]
    kept = [each for each in leg_of(one).observations if each.source != "manual"]
    assert len(leg_of(one).observations) <= 5
    assert len(kept) >= min(5, len({word.observation_id for word in heard_words})), "nobody types a heard word out"


@pytest.mark.parametrize("who", [CHAOZHOU, ZHANGZHOU])
@pytest.mark.parametrize("flood_first", [True, False])
def test_nobody_types_so_much_that_a_relay_is_not_heard(who: str, flood_first: bool) -> None:
    flood = [(who, _word(b"m", number, "delivered", "manual", 1)) for number in range(MOST_OBSERVATIONS + 10)]
    real = [(RELAY, _word(b"h", 1, "accepted", "pull", 100)), (RELAY, _word(b"h", 2, "moving", "push", 200))]
    stream = _vouched_but_for_the_carrier()
    _told([*flood, *real] if flood_first else [*real, *flood], stream)
    leg = leg_of(stream)
    assert len(leg.observations) == MOST_OBSERVATIONS
    assert [each.meaning for each in leg.observations if each.source != "manual"] == ["accepted", "moving"]
    assert is_vouched_for(leg)
    assert not open_exceptions(stream.now)


@pytest.mark.parametrize("flood_first", [True, False])
def test_of_a_relays_flood_nothing_is_lost_that_somebody_acts_upon(flood_first: bool) -> None:
    flood = [(RELAY, _word(b"h", number, "problem", "pull", number)) for number in range(MOST_OBSERVATIONS + 10)]
    real = [(RELAY, _word(b"a", 1, "delivered", "pull", 5)), (ZHANGZHOU, _word(b"m", 1, "returned", "manual", 1))]
    stream = _vouched_but_for_the_carrier()
    _told([*flood, *real] if flood_first else [*real, *flood], stream)
    leg = leg_of(stream)
    assert (leg.carrier_word, stream.state) == ("delivered", "CARRIER_SAYS_DELIVERED")
    assert sum(each.meaning == "delivered" for each in leg.observations) == 1
    assert {each.source for each in leg.observations} == {"pull"}
    assert is_vouched_for(leg)


@pytest.mark.parametrize("heard_first", [True, False])
def test_what_vouches_ends_one_sided_whichever_came_first(heard_first: bool) -> None:
    stream = Stream().sent()
    stream.add(CHAOZHOU, "waybill_photographed", leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32), 41)
    word = ("carrier_observed", _word(b"h", 1, "accepted", "pull", 100))
    due_time = word[1].observe_time
    clock = ("parcel_exception_raised", parcel_pb2.ParcelExceptionRaised(code="one-sided", leg=1, due_time=due_time))
    for body, message in (word, clock) if heard_first else (clock, word):
        stream.add(RELAY, body, message, 300)
    assert [(each.code, each.resolution) for each in stream.now.exceptions] == [("one-sided", "scanned")]


@pytest.mark.parametrize(("code", "ended"), [("kd.202", "found"), ("kd.203", "found"), ("kd.9999", "found")])
def test_what_is_told_after_the_intake_comes_to_the_same_as_told_in_time(code: str, ended: str) -> None:
    late, timely = Stream().arrived(), heard(said(code))
    late_by_hand = Stream().arrived()
    tell(late, [said(code)])
    message = parcel_pb2.ParcelExceptionRaised(code=said(code).exception, leg=1)
    for _ in range(3):
        late_by_hand.add(RELAY, "parcel_exception_raised", message, 7200)
    timely.take_in(at=8000)
    assert not late.codes, "a relay says nothing that has ended before it was said"
    for stream in (late_by_hand, timely):
        assert [(each.code, each.resolution) for each in stream.now.exceptions] == [(said(code).exception, ended)]
    assert late.state == timely.state == late_by_hand.state == "TAKEN_IN"


@pytest.mark.parametrize(("code", "wrong_with_it"), [("kd.209", "damaged"), ("kd.210", "order-failed")])
def test_what_arriving_does_not_end_waits_for_a_person_told_early_or_late(code: str, wrong_with_it: str) -> None:
    late, timely = tell(Stream().arrived(), [said(code)]), heard(said(code))
    timely.take_in(at=8000)
    for stream in (late, timely):
        opened = [(each.code, each.subject, each.owner) for each in open_exceptions(stream.now)]
        assert (stream.state, opened) == ("TAKEN_IN", [(wrong_with_it, LEG, CHAOZHOU)])
    late.raise_("damaged", 9000, ZHANGZHOU)
    assert late.state == "DAMAGED", "who has it in hand sees it"


def _word(kind: bytes, number: int, meaning: str, source: str, at: int) -> parcel_pb2.CarrierObserved:
    identity = kind + number.to_bytes(15, "big")
    word = parcel_pb2.CarrierObserved(leg=1, code="704", meaning=meaning, source=source, observation_id=identity)
    word.observe_time.seconds = DAWN + at
    return word


def _any_word(chance: random.Random) -> tuple[str, parcel_pb2.CarrierObserved]:
    meanings = ["accepted", "moving", "delivering", "delivered", "problem", "returned", "customs", "unknown"]
    word = _word(b"x", chance.randint(0, 12), chance.choice(meanings), "", chance.randint(1, 4))
    word.source = chance.choice(["push", "pull", "manual"])
    word.code, word.signed_by = chance.choice("ab"), chance.choice(["", "self", "agent", "locker"])
    if chance.random() < 0.3:
        word.ClearField("observation_id")
    return chance.choice([RELAY, RELAY, CHAOZHOU, ZHANGZHOU]), word


def _told(words: list[tuple[str, parcel_pb2.CarrierObserved]], stream: Stream | None = None) -> Stream:
    stream = stream or Stream().sent()
    for author, word in words:
        stream.add(author, "carrier_observed", word, 300)
    return stream


def _vouched_but_for_the_carrier() -> Stream:
    stream = Stream().sent()
    stream.add(CHAOZHOU, "waybill_photographed", leg_pb2.WaybillPhotographed(leg=1, photo_digest=b"p" * 32), 41)
    stream.raise_("one-sided", 45, leg=1)
    return stream


@pytest.mark.parametrize(
    "change",
    [
        {"carrier": "shunfeng"},
        {"waybill": "EB123456786CN"},
        {"code": "kd.302"},
        {"local_time": "2026-11-20 10:00:01"},
        {"text": "另一句话"},
    ],
)
def test_what_was_said_makes_the_id(change: dict[str, Any]) -> None:
    assert observation_id(KEY, LEG, said("kd.301")) != observation_id(KEY, LEG, replace(said("kd.301"), **change))


@pytest.mark.parametrize(
    "change",
    [
        {"source": Source.PUSH},
        {"carrier_id": "77"},
        {"zone_basis": ZoneBasis.STATED},
        {"text": " 快件状态更新\n"},
        {"text": "快件状态更新\u3000"},
        {"observe_time": START.astimezone(dt.timezone(dt.timedelta(hours=8)))},
    ],
)
def test_how_it_was_heard_does_not(change: dict[str, Any]) -> None:
    assert observation_id(KEY, LEG, said("kd.301")) == observation_id(KEY, LEG, replace(said("kd.301"), **change))


def test_the_id_is_sixteen_bytes_under_the_key() -> None:
    one, other = observation_id(KEY, LEG, said("kd.301")), observation_id(KEY + b"!", LEG, said("kd.301"))
    elsewhere = observation_id(KEY, "parcels/P350600202611220001000000042V/legs/2", said("kd.301"))
    assert len(one) == 16
    assert len({one, other, elsewhere}) == 3

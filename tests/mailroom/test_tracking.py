"""A track is a set: no order, no repeat and no late scan disturbs it."""

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
from mailroom.domain.tracking import Track, called_for, fold, news, observation_id
from mailroom.domain.transit import word_rank

KEY = b"a key of the mailroom, for tests"
START = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
OUTCOMES = ["", "refused", "returned", "delivered"]


def said(code: str, minutes: int = 0, **changes: Any) -> Observation:
    feed = next(f for f in FEEDS if code_table(f).prefix == code.partition(".")[0])
    entry = code_table(feed).entry(code.partition(".")[2])
    when = START + dt.timedelta(minutes=minutes)
    observation = Observation(
        carrier="ems",
        waybill="EB123456785CN",
        code=entry.code,
        meaning=entry.meaning,
        text="快件状态更新",
        place="漳州市",
        local_time=(when + dt.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S"),
        observe_time=when,
        zone_offset_minutes=480,
        zone_basis=ZoneBasis.CARRIER_LOCAL,
        signed_by=entry.signed_by,
        exception=entry.exception,
    )
    return replace(observation, **changes)


def _pool() -> list[Observation]:
    """Feeds of one leg as they come: every code, few moments, and the same word told in several ways."""
    codes = [entry.code for feed in FEEDS for entry in code_table(feed).entries.values()] + ["kd.9999"]
    plain = [said(code, minutes) for code in codes for minutes in (0, 1, 60)]
    told = [
        replace(observation, source=source, carrier_id=carrier_id, zone_basis=basis)
        for observation in plain[:40]
        for source, carrier_id, basis in itertools.product(Source, ("", "7"), (ZoneBasis.ASSUMED, ZoneBasis.STATED))
    ]
    return plain + told


POOL = random.Random(5).sample(_pool(), 256)
FEED = st.binary(max_size=10).map(lambda choices: [POOL[choice] for choice in choices])


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(feed=FEED, seed=st.integers(0, 2**32))
def test_any_order_and_tenfold_repetition_give_the_identical_track(feed: list[Observation], seed: int) -> None:
    chance = random.Random(seed)
    once = fold(KEY, feed)
    shuffled = feed * 10
    chance.shuffle(shuffled)
    cut = chance.randrange(len(shuffled) + 1)
    again = fold(KEY, shuffled[cut:], fold(KEY, shuffled[:cut]))
    assert again == once
    assert (again.furthest, again.outcome, again.accepted, again.delivered, again.signed_by) == (
        *(once.furthest, once.outcome),
        *(once.accepted, once.delivered, once.signed_by),
    )
    assert again.exceptions == once.exceptions


@settings(max_examples=1_000, deadline=None)
@given(first=FEED, later=FEED)
def test_nothing_that_comes_later_takes_anything_back(first: list[Observation], later: list[Observation]) -> None:
    before = fold(KEY, first)
    after = fold(KEY, later, before)
    ids = {h.observation_id for h in after.heard}
    assert {h.observation_id for h in before.heard} <= ids, "observations are only added"
    assert word_rank(after.furthest) >= word_rank(before.furthest)
    assert OUTCOMES.index(after.outcome) >= OUTCOMES.index(before.outcome)
    assert set(before.exceptions) <= set(after.exceptions)
    assert after.came_back >= before.came_back
    for earlier, now in ((before.accepted, after.accepted), (before.delivered, after.delivered)):
        assert earlier is None or (now is not None and now.time <= earlier.time)


@settings(max_examples=500, deadline=None)
@given(first=FEED, second=FEED)
def test_what_is_news_is_what_the_track_grows_by(first: list[Observation], second: list[Observation]) -> None:
    track = fold(KEY, first)
    grown = fold(KEY, second, track)
    assert len(grown.heard) == len(track.heard) + len(news(KEY, second, track))
    assert not news(KEY, second, grown)


@pytest.mark.parametrize("end", ["kd.301", "kd.6", "kd.203"])
@pytest.mark.parametrize("late", ["kd.1", "kd.1001", "kd.5", "kd.2", "kd.9999", "kd.101"])
def test_an_end_stays_an_end(end: str, late: str) -> None:
    ended = fold(KEY, [said(end, 100)])
    after = fold(KEY, [said(late, 5), said(late, 500)], ended)
    assert after.outcome == ended.outcome != ""
    assert word_rank(after.furthest) >= word_rank(ended.furthest)


def test_a_lower_scan_after_delivery_stays_in_the_list_and_changes_nothing() -> None:
    track = fold(KEY, [said("kd.301", 100), said("kd.1001", 200)])
    assert (track.furthest, len(track.heard)) == (Meaning.DELIVERED, 2)
    assert track.delivered is not None
    assert track.delivered.time == START + dt.timedelta(minutes=100)


def test_delivered_after_returned_says_that_it_came_back() -> None:
    track = fold(KEY, [said("kd.6", 10), said("kd.3", 20)])
    assert (track.outcome, track.came_back) == ("delivered", True)


def test_ordered_is_not_accepted() -> None:
    track = fold(KEY, [said("kd.101", 0), said("kd.102", 1), said("kd.2", 2)])
    assert track.accepted is None
    track = fold(KEY, [said("kd.1001", 30), said("kd.103", 20)], track)
    assert track.accepted is not None
    assert (track.accepted.code, track.accepted.time) == ("kd.103", START + dt.timedelta(minutes=20))


def test_a_time_keeps_how_its_zone_was_decided() -> None:
    track = fold(KEY, [said("kd.301", 0, zone_basis=ZoneBasis.ASSUMED)])
    assert track.delivered is not None
    assert (track.delivered.local_time, track.delivered.zone_offset_minutes) == ("2026-11-20 10:00:00", 480)
    assert track.delivered.zone_basis is ZoneBasis.ASSUMED


def test_who_signed_is_the_gravest_that_was_said() -> None:
    assert fold(KEY, [said("kd.301")]).signed_by is SignedBy.SELF
    assert fold(KEY, [said("kd.301"), said("kd.303", 1)]).signed_by is SignedBy.AGENT
    assert fold(KEY, [said("kd.501"), said("kd.301", 1)]).signed_by is SignedBy.LOCKER


def test_exceptions_name_the_first_word_that_calls_for_them() -> None:
    feed = [said(code, n) for n, code in enumerate(["kd.13", "kd.209", "kd.203", "kd.303", "kd.304", "kd.9999"])]
    calls = fold(KEY, feed).exceptions
    assert {code: heard.observation.code for code, heard in calls.items()} == {
        "customs-hold": "kd.13",
        "damaged": "kd.209",
        "refused": "kd.203",
        "signed-by-other": "kd.303",
        "unknown-code": "kd.9999",
    }
    assert called_for(said("kd.205")) == ("signed-by-other", "unclaimed")
    assert not fold(KEY, [said("kd.1"), said("kd.0"), said("kd.5"), said("kd.301")]).exceptions


def test_a_clock_that_runs_ahead_does_not_make_a_silent_leg_look_fresh() -> None:
    track = fold(KEY, [said("kd.1"), said("kd.0", 60), said("kd.0", 60 * 24 * 3650)])
    heard = track.last_heard(START + dt.timedelta(hours=5))
    assert heard is not None
    assert heard.time == START + dt.timedelta(hours=1)
    assert Track().last_heard(START) is None


def test_a_confirmed_word_is_kept_before_a_pushed_one() -> None:
    pushed, pulled = said("kd.301", source=Source.PUSH, carrier_id="1"), said("kd.301", source=Source.PULL)
    for feed in ([pushed, pulled], [pulled, pushed]):
        (heard,) = fold(KEY, feed).heard
        assert heard.observation.source is Source.PULL


@pytest.mark.parametrize(
    "change",
    [
        {"carrier": "shunfeng"},
        {"waybill": "EB123456786CN"},
        {"code": "kd.302"},
        {"observe_time": START + dt.timedelta(seconds=1)},
        {"place": "潮州市"},
        {"text": "另一句话"},
        {"text": "快件状态更新漳州市", "place": ""},
    ],
)
def test_what_was_said_makes_the_id(change: dict[str, Any]) -> None:
    assert observation_id(KEY, said("kd.301")) != observation_id(KEY, replace(said("kd.301"), **change))


@pytest.mark.parametrize(
    "change",
    [
        {"source": Source.PUSH},
        {"carrier_id": "77"},
        {"local_time": "20261120100000"},
        {"zone_basis": ZoneBasis.STATED},
        {"waybill": "eb123456785cn"},
        {"text": " 快件状态更新\n"},
        {"text": "快件状态更新\u3000"},
        {"observe_time": START.astimezone(dt.timezone(dt.timedelta(hours=8)))},
    ],
)
def test_how_it_was_heard_does_not(change: dict[str, Any]) -> None:
    assert observation_id(KEY, said("kd.301")) == observation_id(KEY, replace(said("kd.301"), **change))


def test_the_id_is_sixteen_bytes_under_the_key() -> None:
    one, other = observation_id(KEY, said("kd.301")), observation_id(KEY + b"!", said("kd.301"))
    elsewhere = observation_id(KEY, said("kd.301"), "parcels/P350600202611220001000000042V/legs/2")
    assert len(one) == 16
    assert len({one, other, elsewhere}) == 3


def test_an_empty_track_says_nothing() -> None:
    track = fold(KEY, [])
    assert track == Track()
    assert (track.furthest, track.outcome, track.accepted, track.delivered) == (Meaning.UNKNOWN, "", None, None)
    assert (track.signed_by, dict(track.exceptions), track.came_back) == (SignedBy.NOBODY, {}, False)

"""The arithmetic of asking: no stretch of time holds more calls than are allowed, whoever asks when."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.relay.channel import rhythm_of
from nodes.relay.schedule import Allowance, Backoff, daily, every_second
from tongban.clock import SeededEntropy

NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


def greedy(allowance: Allowance, pauses: list[float]) -> list[float]:
    """The times of calls by somebody who calls as soon as it is allowed, and now and then has nothing to ask."""
    now, used, times = 1_000_000.0, 0.0, []
    for pause in pauses:
        now += pause
        now += allowance.free(used, now)
        used = allowance.use(used, now)
        times.append(now)
    return times


def most_within(times: list[float], seconds: float) -> int:
    """The most calls in any stretch of so many seconds."""
    return max(bisect_left(times, start + seconds) - place for place, start in enumerate(times))


@given(st.integers(1, 200), st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.5, 3.0]), min_size=1, max_size=300))
def test_no_second_holds_more_than_it_may(calls: int, pauses: list[float]) -> None:
    assert most_within(greedy(every_second(calls), pauses), 1.0 - 1e-6) <= calls


@given(st.integers(1, 400), st.lists(st.sampled_from([0.0, 0.0, 60.0, 3600.0, 86_400.0]), min_size=1, max_size=600))
def test_no_day_holds_more_than_it_may(calls: int, pauses: list[float]) -> None:
    assert most_within(greedy(daily(calls), pauses), 86_400.0 - 1e-3) <= calls


def test_a_day_is_used_nearly_whole() -> None:
    assert most_within(greedy(daily(2700), [0.0] * 4000), 86_400.0) >= 2650


@given(
    st.sampled_from(["kuaidi100", "shunfeng", "ems"]),
    st.integers(0, 7200),
    st.booleans(),
    st.booleans(),
    st.integers(1, 1000),
    st.integers(0, 2**32),
)
def test_no_pause_is_shorter_than_the_carriers(
    name: str, least: int, pushes: bool, ended: bool, failures: int, seed: int
) -> None:
    rhythm, entropy = rhythm_of(name, least), SeededEntropy(seed)
    shortest = dt.timedelta(seconds=least)
    assert rhythm.next(NOW, pushes=pushes, ended=ended, entropy=entropy) - NOW > shortest
    assert rhythm.again(NOW, failures, entropy) - NOW > shortest
    assert rhythm.soon(NOW, NOW - dt.timedelta(seconds=1)) - NOW >= shortest
    assert rhythm.soon(NOW, None) == NOW
    assert rhythm.again(NOW, failures, entropy) - NOW <= max(rhythm.longest, rhythm.closest) * 1.1


def test_a_day_without_pushes_is_shorter_than_every_pause_but_the_last() -> None:
    for name in ("kuaidi100", "shunfeng", "ems"):
        rhythm = rhythm_of(name, 1800)
        assert max(rhythm.usual, rhythm.pushed, rhythm.after_end, rhythm.longest) * 1.1 < dt.timedelta(hours=24)


@pytest.mark.parametrize("asked_for", [0.0, 60.0, 4000.0])
def test_pauses_double_up_to_the_longest_or_what_was_asked_for(asked_for: float) -> None:
    backoff, entropy = Backoff(first=5.0, longest=900.0), SeededEntropy(1)
    pauses = [backoff.pause(failures, entropy, asked_for) for failures in (1, 2, 3, 8, 1000)]
    for pause, plain in zip(pauses, (5.0, 10.0, 20.0, 640.0, 900.0), strict=True):
        assert max(plain, asked_for) <= pause <= max(plain, asked_for) * 1.1

"""Some hundred seeds of the simulation in every test run; `make simulate SEEDS=…` runs many."""

from __future__ import annotations

import statistics

import pytest

from tests.simulate.run import run_seed

_CHUNK = 20


@pytest.mark.parametrize("first", range(0, 300, _CHUNK))
def test_everything_holds_after_faults(first: int) -> None:
    reports = [run_seed(seed) for seed in range(first, first + _CHUNK)]
    assert statistics.median(report.events for report in reports) >= 100
    assert statistics.median(report.faults for report in reports) >= 8


@pytest.mark.parametrize("seed", [0, 3, 6])
def test_a_seed_replays(seed: int) -> None:
    first, second = run_seed(seed), run_seed(seed)
    assert first.story == second.story
    assert first == second

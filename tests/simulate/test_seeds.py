"""A few seeds of the simulation in every test run; `make simulate SEEDS=…` runs many."""

from __future__ import annotations

import pytest

from tests.simulate.run import run_seed


@pytest.mark.parametrize("seed", range(8))
def test_everything_holds_after_faults(seed: int) -> None:
    report = run_seed(seed)
    assert report.events >= 100
    assert report.faults >= 8


def test_a_seed_replays() -> None:
    first, second = run_seed(3), run_seed(3)
    assert first.story == second.story
    assert (first.events, first.virtual_seconds) == (second.events, second.virtual_seconds)

"""Some hundred seeds of the simulation in every test run; `make simulate SEEDS=…` runs many."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections import Counter

import pytest

from tests.simulate import invariants
from tests.simulate.faults import KINDS, OF_AGREEMENTS, OF_REPLICAS
from tests.simulate.pool import outcomes
from tests.simulate.run import applications_of, mails, replicas_of, run_seed

_SEEDS, _CHUNK = 300, 20


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(0, _SEEDS, _CHUNK))
def test_everything_holds_after_faults(first: int) -> None:
    reports = [run_seed(seed) for seed in range(first, first + _CHUNK)]
    # 28 events bring an application with its papers to its end; what is refused, or given up for another, has fewer.
    assert sum(report.events for report in reports) >= 25 * sum(applications_of(report.seed) for report in reports)
    assert statistics.median(report.faults for report in reports) >= 8
    struck = sum((report.kinds for report in reports), Counter[str]())
    assert struck.keys() <= {kind.name for kind in (*KINDS, *OF_REPLICAS, *OF_AGREEMENTS)}
    assert len(struck) > len(KINDS) // 2


_REPLAY = "import sys; from tests.simulate.run import run_seed; print(repr(run_seed(int(sys.argv[1]))))"


def test_more_than_half_of_the_seeds_has_a_hundred_events() -> None:
    large = [applications_of(seed) * (36 if mails(seed) else 27) > 100 for seed in range(10_000)]
    assert statistics.mean(large) > 0.54


def test_a_fifth_of_the_seeds_has_two_replicas() -> None:
    assert 0.15 < statistics.mean(replicas_of(seed) == 2 for seed in range(_SEEDS)) < 0.25


def test_a_fifth_of_the_seeds_has_hard_days_at_the_mailrooms() -> None:
    assert 0.15 < statistics.mean(map(mails, range(_SEEDS))) < 0.25
    assert mails(4)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "replicas"), [(3, 1), (5, 2), (4, 1)])
def test_a_seed_replays_to_the_last_byte_in_another_process(seed: int, replicas: int) -> None:
    """The whole story and the digest of the journal; another process hashes strings and places objects differently."""
    here = [run_seed(seed), run_seed(seed)]
    assert here[0].replicas == replicas
    assert here[0] == here[1]
    assert here[0].digest
    assert here[0].story
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", _REPLAY, str(seed)], capture_output=True, check=True, text=True, env=environment
    )
    assert there.stdout.splitlines()[-1] == repr(here[0])


def test_a_failing_seed_says_what_happened_and_how_to_replay_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: object, **kwargs: object) -> int:
        raise AssertionError("planted")

    monkeypatch.setattr(invariants, "check", broken)
    (outcome,) = outcomes([2], jobs=1)
    assert outcome.report is None
    assert "AssertionError: planted" in outcome.failure
    assert outcome.failure.rstrip().endswith("replay: make simulate SEED=2")

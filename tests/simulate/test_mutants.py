"""Every planted bug is found, in every test run, by a drill that passes without it."""

from __future__ import annotations

import pytest

from tests.simulate.mutants import MUTANTS, Mutant, breach, hunt
from tests.simulate.mutants.planting import Edit, PlantLost

DRILLS = 24
NAMES = [mutant.name for mutant in MUTANTS]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    # A change of the project moves what a seed comes to, so the one known is only the first to be tried.
    caught = hunt(mutant, dict.fromkeys((mutant.seed, *range(DRILLS))), drill=True)
    assert caught.seed is not None, f"{DRILLS} drills do not find that {mutant.breaks}"
    assert breach(caught.seed, mutant, planted=False, drill=True) is None


def test_there_are_enough_of_them() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 14


def test_words_that_are_gone_are_missed() -> None:
    with pytest.raises(PlantLost), Edit("gateway.domain.checks:check_sequence", "no such words", "").planted():
        pass


def test_what_was_planted_is_taken_out() -> None:
    from gateway.domain import checks

    before = checks.check_sequence
    with Edit("gateway.domain.checks:check_sequence", "if mark is None:", "if True:").planted():
        assert checks.check_sequence is not before
    assert checks.check_sequence is before

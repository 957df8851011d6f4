"""Every planted bug is found, in every test run, by a drill that passes without it."""

from __future__ import annotations

import pytest

from tests.invariants import InvariantBroken
from tests.simulate.mutants import MUTANTS, Mutant, breach
from tests.simulate.mutants.planting import Edit, PlantLost

NAMES = [mutant.name for mutant in MUTANTS]


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_planted_bug_is_found(mutant: Mutant) -> None:
    for seed in mutant.seeds:
        clean = breach(seed, None, mutant.faults)
        assert clean is None, f"the drill {seed} does not pass without the bug"
        found = breach(seed, mutant, mutant.faults)
        if found is not None:
            assert isinstance(found, InvariantBroken)
            return
    pytest.fail(f"no drill of {mutant.seeds} finds it; look for others: python -m tests.simulate.mutants --drill")


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

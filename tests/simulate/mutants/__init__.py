"""Mutation check: does the simulation catch every planted bug?  `python -m tests.simulate.mutants` hunts them.

Each mutant is run seed after seed until an invariant breaks.  A seed counts as catching it only if the same seed
passes without the bug; how it failed is told by the invariant's name.  A mutant that no seed catches is a hole in the
invariants or in the faults, and the exit code says so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from tests.invariants import InvariantBroken
from tests.simulate.mutants.planted import MUTANTS, Mutant
from tests.simulate.run import run_seed

__all__ = ["MUTANTS", "Caught", "Mutant", "breach", "hunt", "passes"]


@dataclass(frozen=True, slots=True)
class Caught:
    """How a mutant ended."""

    mutant: str
    seed: int | None
    invariant: str
    problem: str
    tried: int


@functools.cache
def passes(seed: int) -> bool:
    """Whether a seed passes with no bug planted.  Asked first: what all seeds begin with is made without a bug too."""
    return breach(seed) is None


def breach(seed: int, mutant: Mutant | None = None) -> InvariantBroken | None:
    """The invariant that a seed breaks, with a bug planted or without; None where all hold."""
    try:
        if mutant is None:
            run_seed(seed)
        else:
            with mutant.planted():
                run_seed(seed)
    except InvariantBroken as broken:
        return broken
    except AssertionError as failed:
        return InvariantBroken("the run came to its end", str(failed))
    return None


def hunt(mutant: Mutant, seeds: Iterable[int]) -> Caught:
    """Run seeds until one catches the mutant."""
    tried = 0
    for seed in seeds:
        if not passes(seed):
            continue
        tried += 1
        found = breach(seed, mutant)
        if found is not None:
            return Caught(mutant.name, seed, found.invariant, found.problem[:100], tried)
    return Caught(mutant.name, None, "", "", tried)

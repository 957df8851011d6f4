"""Mutation check: does the simulation catch every planted bug?  `python -m tests.simulate.mutants` hunts them.

Each mutant is run seed after seed until an invariant breaks.  A seed counts as catching it only if the same seed
passes without the bug; how it failed is told by the invariant's name.  A mutant that no seed catches is a hole in the
invariants or in the faults, and the exit code says so.

A **drill** is a seed with the smallest federation in which the kinds of fault that bring a mutant out strike more
often.  It needs few seeds, so that every run of the tests can hold a drill of each mutant; the hunt proper changes
nothing about the simulation.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unittest import mock

from tests.invariants import InvariantBroken
from tests.simulate import faults, run, scene
from tests.simulate.mutants.of_mail import OF_MAIL
from tests.simulate.mutants.planted import MUTANTS as _MUTANTS
from tests.simulate.mutants.planted import Mutant

__all__ = ["MUTANTS", "Caught", "Mutant", "breach", "hunt"]

MUTANTS = (*_MUTANTS, *OF_MAIL)
_FAVOUR = 12
ENDS = "the run came to its end"
"""What a run breaks that goes in circles.  It is no invariant, and catches no mutant."""


@dataclass(frozen=True, slots=True)
class Caught:
    """How a mutant ended."""

    mutant: str
    seed: int | None
    invariant: str
    problem: str
    tried: int


def hunt(mutant: Mutant, seeds: Iterable[int], *, drill: bool = False) -> Caught:
    """Run seeds until one catches the mutant: one that breaks an invariant with it and none without it."""
    tried = 0
    for seed in seeds:
        tried += 1
        if not drill and mutant.of_replicas and run.replicas_of(seed) == 1:
            continue
        if not drill and mutant.of_mail and not run.mails(seed):
            continue
        found = breach(seed, mutant, drill=drill)
        if found is not None and found.invariant != ENDS and breach(seed, mutant, planted=False, drill=drill) is None:
            return Caught(mutant.name, seed, found.invariant, found.problem[:100], tried)
    return Caught(mutant.name, None, "", "", tried)


def breach(seed: int, mutant: Mutant, *, planted: bool = True, drill: bool = False) -> InvariantBroken | None:
    """The invariant that a seed breaks, with the bug planted or without; None where all hold.

    `drill`: as a drill of this mutant, and not in the simulation as it is.
    """
    with contextlib.ExitStack() as stack:
        if drill:
            stack.enter_context(_drilled(mutant))
        if planted:
            # What all seeds begin with is made without the bug.
            scene.scene(random.Random(seed).choice(run._SIZES))
            stack.enter_context(mutant.planted())
        try:
            run.run_seed(seed)
        except InvariantBroken as broken:
            return broken
        except (AssertionError, RuntimeError) as failed:
            return InvariantBroken(ENDS, str(failed))
    return None


@contextlib.contextmanager
def _drilled(mutant: Mutant) -> Iterator[None]:
    unknown = set(mutant.faults) - {kind.name for kind in (*faults.KINDS, *faults.OF_REPLICAS)}
    assert not unknown, f"no such fault: {unknown}"
    with (
        mock.patch.object(faults, "FAVOURED", dict.fromkeys(mutant.faults, _FAVOUR)),
        mock.patch.object(run, "_SIZES", (3,)),
        mock.patch.object(run, "TWO_REPLICAS", 1.0 if mutant.of_replicas else 0.0),
        mock.patch.object(run, "MAILING", 1.0 if mutant.of_mail else 0.0),
        mock.patch.object(run, "FAULTS_A_TURN", 0.4),
    ):
        yield

"""Many seeds, in as many processes as asked for; what comes out is in the order of the seeds, however they ran."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.simulate.run import Report, run_seed

_CHUNK = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one seed went."""

    seed: int
    report: Report | None
    failure: str = ""
    """What is to be read when it failed: the error, and what had happened before it."""


def outcomes(seeds: Iterable[int], jobs: int) -> Iterator[Outcome]:
    """Run seeds, in order."""
    if jobs == 1:
        yield from map(_attempt, seeds)
        return
    # Spawned, not forked: every process begins alike.
    with multiprocessing.get_context("spawn").Pool(jobs, _begin) as pool:
        yield from pool.imap(_attempt, seeds, _CHUNK)


def _begin() -> None:
    logging.disable(logging.CRITICAL)
    # What is loaded stays: nobody needs to look for garbage in it after each seed.
    gc.collect()
    gc.freeze()


def _attempt(seed: int) -> Outcome:
    try:
        return Outcome(seed, run_seed(seed))
    except Exception as error:
        return Outcome(seed, None, "".join(traceback.format_exception(error, limit=-4)))

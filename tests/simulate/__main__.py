"""`make simulate SEEDS=N [SEED=…] [JOBS=2]`: run seeds, tell how to replay a failing one, end with one line of JSON."""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections import Counter
from typing import Any

from tests.simulate.pool import Outcome, outcomes

MANY, EVENTS, FAULTS = 100, 100, 8
"""What the median of many seeds must have."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="run seeds 0 to N-1, or N from --first on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, default=None, help="run one seed, and tell its story")
    parser.add_argument("--jobs", type=int, default=2, help="processes that run seeds")
    options = parser.parse_args()
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    logging.disable(logging.CRITICAL)
    start = time.monotonic()
    done: list[Outcome] = []
    for outcome in outcomes(seeds, options.jobs if len(seeds) > 1 else 1):
        done.append(outcome)
        if outcome.report is None:
            print(f"seed {outcome.seed} failed\n{outcome.failure}", flush=True)
        elif options.seed is not None:
            print("\n".join(outcome.report.story))
    summary = _summary(done, time.monotonic() - start)
    print(json.dumps(summary))
    return 0 if _holds(done, summary) else 1


def _holds(done: list[Outcome], summary: dict[str, Any]) -> bool:
    """No seed failed; and of many, the one in the middle has enough happening in it to prove something."""
    dull = len(done) >= MANY and (summary["median_events"] < EVENTS or summary["median_faults"] < FAULTS)
    return not dull and not summary["failed"]


def _summary(done: list[Outcome], elapsed: float) -> dict[str, Any]:
    reports = [outcome.report for outcome in done if outcome.report is not None]
    kinds: Counter[str] = Counter()
    for report in reports:
        kinds.update(report.kinds)
    return {
        "seeds": len(done),
        "failed": [outcome.seed for outcome in done if outcome.report is None],
        "median_events": statistics.median(r.events for r in reports) if reports else 0,
        "median_faults": statistics.median(r.faults for r in reports) if reports else 0,
        "median_refusals": statistics.median(r.refusals for r in reports) if reports else 0,
        "two_replicas": sum(r.replicas == 2 for r in reports),
        "nodes": dict(sorted(Counter(r.nodes for r in reports).items())),
        "faults": dict(kinds.most_common()),
        "elapsed_seconds": round(elapsed, 1),
    }


if __name__ == "__main__":
    sys.exit(main())

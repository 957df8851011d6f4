"""`make simulate SEEDS=N [SEED=…]`: run seeds, say how to replay a failing one, end with one line of JSON."""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time

from tests.simulate.run import Report, run_seed


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="run seeds 0 to N-1")
    parser.add_argument("--seed", type=int, default=None, help="run one seed, and tell its story")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    seeds = [options.seed] if options.seed is not None else range(options.seeds)
    reports: list[Report] = []
    failed: list[int] = []
    start = time.monotonic()
    for seed in seeds:
        try:
            report = run_seed(seed)
        except Exception as error:
            failed.append(seed)
            print(f"seed {seed}: {type(error).__name__}: {error}\n  replay: make simulate SEED={seed}")
            continue
        reports.append(report)
        if options.seed is not None:
            print("\n".join(report.story))
    summary = {
        "seeds": len(reports) + len(failed),
        "failed": failed,
        "median_events": statistics.median(r.events for r in reports) if reports else 0,
        "median_faults": statistics.median(r.faults for r in reports) if reports else 0,
        "median_refusals": statistics.median(r.refusals for r in reports) if reports else 0,
        "elapsed_seconds": round(time.monotonic() - start, 1),
    }
    print(json.dumps(summary))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.simulate.mutants [--seeds 1000] [--only NAME]`: which seed catches which planted bug."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from dataclasses import asdict

from tests.simulate.mutants import MUTANTS, hunt


def main() -> int:
    """Hunt the mutants that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to try for each, from --first")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", action="append", help="only this mutant; may be given several times")
    parser.add_argument("--drill", action="store_true", help="favour the faults that bring each one out")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    start = time.monotonic()
    caught = []
    for mutant in MUTANTS:
        if options.only and mutant.name not in options.only:
            continue
        found = hunt(mutant, range(options.first, options.first + options.seeds), drill=options.drill)
        caught.append(found)
        seed = "none" if found.seed is None else f"seed {found.seed}"
        print(f"{mutant.name:28} {seed:10} [{found.invariant}] {found.problem}", flush=True)
    survived = [found.mutant for found in caught if found.seed is None]
    summary = {
        "mutants": len(caught),
        "caught": len(caught) - len(survived),
        "survived": survived,
        "most_seeds": max((found.tried for found in caught), default=0),
        "elapsed_seconds": round(time.monotonic() - start, 1),
        "by": [asdict(found) for found in caught],
    }
    print(json.dumps(summary, ensure_ascii=False))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

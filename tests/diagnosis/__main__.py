"""`python -m tests.diagnosis`: plays the whole table and prints who was named for each fault, and how many rightly."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

from tests.diagnosis.cases import CASES, play_case
from tests.diagnosis.table import is_right


def main() -> int:
    """Exit code 1 below 95 in a hundred."""
    logging.disable(logging.CRITICAL)
    right = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                named = play_case(case, Path(folder))
            except Exception as error:
                print(f"✗ {case.name}: {type(error).__name__}: {error}")
                continue
        good = is_right(case, named)
        right += good
        found = named.finding
        print(f"{'✓' if good else '✗'} {case.name}: {found.at_fault} @ {found.fault.hop} ({named.seconds:.2f} s)")
        print(f"    {found.what()}\n    {found.remedy()}")
    share = right / len(CASES)
    print(f"{len(CASES)} faults of {len({case.code for case in CASES})} kinds, {right} rightly named: {share:.0%}")
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())

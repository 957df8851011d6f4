"""`make chaos KILLS=200 [DATABASE=sqlite|postgres] [SEED=…]`: kill processes, check, end with one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import time

from tests.chaos.run import CLERKS, Plan, Report, campaign
from tests.postgres import PostgresServer

DATABASES = ("sqlite", "postgres")
_SHOWN = 20


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many kills, over both databases together (20)")
    parser.add_argument("--database", choices=DATABASES, default=None, help="only this one (both)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the schedule (0)")
    parser.add_argument("--clerks", type=int, default=CLERKS, help=f"people at work ({CLERKS})")
    parser.add_argument("--keep", action="store_true", help="keep the folders also where nothing was found")
    parser.add_argument("--mutant", default="", help="plant this bug (tests.simulate.mutants) from each first kill on")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    # It tells of every fork of a process that has threads, which here are many.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    begun = time.monotonic()
    chosen = [options.database] if options.database else list(DATABASES)
    kills = -(-options.kills // len(chosen))
    reports = [_run(database, kills, options) for database in chosen]
    print(json.dumps(_summary(reports, options.seed, time.monotonic() - begun)))
    return 1 if any(report.findings for report in reports) else 0


def _run(database: str, kills: int, options: argparse.Namespace) -> Report:
    with contextlib.ExitStack() as undo:
        server = None
        if database == "postgres":
            server = PostgresServer()
            undo.callback(server.stop)
        plan = Plan(database, kills, options.seed, options.clerks, options.keep, options.mutant)
        report = asyncio.run(campaign(plan, server))
    _tell(report)
    return report


def _tell(report: Report) -> None:
    counts = ", ".join(f"{name} {value}" for name, value in report.summary().items())
    print(f"{report.plan.database}: {counts}", flush=True)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(report.done.kinds.items()))
    print(f"{report.plan.database}: cuts by kind: {kinds or '-'}", flush=True)
    for reason, count in report.ledger.refusals.most_common(_SHOWN):
        print(f"{report.plan.database}: refused {count} times: {reason}", flush=True)
    for finding in report.findings[:_SHOWN]:
        print(f"{report.plan.database}: {finding}", flush=True)
    if report.folder.exists():
        print(
            f"{report.plan.database}: seed {report.plan.seed}; databases, logs (server.log), ledger.json and story.txt "
            f"are kept in {report.folder}",
            flush=True,
        )


def _summary(reports: list[Report], seed: int, seconds: float) -> dict[str, object]:
    names = ("kills", "stops", "cuts", "events", "applications", "acknowledged", "lost", "doubled", "stuck")
    parts = {report.plan.database: report.summary() for report in reports}
    totals: dict[str, object] = {name: sum(part[name] for part in parts.values()) for name in names}
    failed = [report.plan.database for report in reports if report.findings]
    return {**totals, "seed": seed, "failed": failed, **parts, "elapsed_seconds": round(seconds, 1)}


if __name__ == "__main__":
    sys.exit(main())

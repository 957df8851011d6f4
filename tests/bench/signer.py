"""`python -m tests.bench.signer`: does the admit path notice that the checkpoint signer is away?

Two gateways, each a process with its own database on disk: one signs its checkpoints, the other's signer fails whenever
it is asked.  Both get the same open-loop load in turn, and each round gives the ratio of their p99.  A refused event
ends the run.  The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path

from gateway import settings as settings_module
from gateway.runtime import Gateway
from tests.bench.admit import ACCEPTING, HOMES, AdmitLoad
from tests.bench.participants import Participants
from tests.bench.processes import Server
from tests.gateway.sealing import AbsentSigner
from tongban.cli import run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.serving import until_stopped

OF_PEAK = 0.4
GOAL = 1.2


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.signer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with and without the signer (5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each half of a round takes (4)")
    parser.add_argument("--serve-without", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_without:
        run_async(_serve(options.serve_without))
    else:
        sys.stdout.write(json.dumps(run_async(measure(options.rounds, options.seconds))) + "\n")


async def _serve(home: Path) -> None:
    gateway = Gateway(settings_module.load(home), SystemClock(), SystemEntropy(), signer=AbsentSigner())
    await gateway.start()
    host = gateway.settings.host
    addresses = {"join": f"{host}:{gateway.join_port}", "federation": f"{host}:{gateway.federation_port}"}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    await until_stopped(with_stdin=True)
    await gateway.stop()


async def measure(rounds: int, seconds: float) -> dict[str, float]:
    """The ratio of the p99s, and what it is made of."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        loads: dict[str, AdmitLoad] = {}
        servers: list[Participants] = []
        try:
            for name in ("with", "without"):
                home = Path(folder) / name
                participants = await Participants.start(home, [*ACCEPTING, *HOMES])
                servers.append(participants)
                await participants.agree(ACCEPTING, HOMES)
                if name == "without":
                    participants.gateway.stop()
                    serve = ["-m", "tests.bench.signer", "--serve-without", str(home)]
                    participants.gateway = Server.start(serve, home / "server.log")
                loads[name] = AdmitLoad(participants)
            return await _rounds(loads, rounds, seconds)
        finally:
            for participants in servers:
                participants.gateway.stop()


async def _rounds(loads: dict[str, AdmitLoad], rounds: int, seconds: float) -> dict[str, float]:
    expected = min([(await load.peak(1.0, 1000.0)).rate for load in loads.values()])
    rate = OF_PEAK * (await loads["with"].peak(seconds, expected)).rate
    found: dict[str, list[float]] = {name: [] for name in loads}
    for number in range(rounds):
        # Who goes first changes, so that what the machine does meanwhile falls on both.
        for name in sorted(loads, reverse=bool(number % 2)):
            measured = await loads[name].steady(seconds, rate)
            found[name].append(measured.p99_ms)
            sys.stderr.write(f"round {number + 1}, {name} the signer: p99 {measured.p99_ms:.1f} ms\n")
            await asyncio.sleep(0.2)
    ratios = [away / there for there, away in zip(found["with"], found["without"], strict=True)]
    return {
        "signer_away_p99_ratio": round(statistics.median(ratios), 3),
        "signer_away_p99_ms": round(statistics.median(found["without"]), 2),
        "signer_there_p99_ms": round(statistics.median(found["with"]), 2),
        "signer_away_goal": GOAL,
        "signer_away_refusals": 0,
        "rate": round(rate),
        "rounds": rounds,
    }


if __name__ == "__main__":
    main()

"""`python -m tests.bench`: measure, print a table, and as the last line one JSON object."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.bench import absence, custody, isolation, pushes, signer
from tests.bench.admit import ACCEPTING, HOMES, OF_PEAK, AdmitLoad
from tests.bench.applications import CLERKS, ApplicationLoad
from tests.bench.ceiling import Ceiling
from tests.bench.lookup import lookup
from tests.bench.participants import Participants
from tests.bench.report import Results, row, table
from tests.bench.storm import storm
from tests.postgres import PostgresServer
from tongban.cli import run_async

ResultT = TypeVar("ResultT")
PATIENCE = 180.0
APPLICATIONS_FOR = 2.0
"""An application takes longer than an event, so its rounds take so many times the seconds."""


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, interleaved (5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="about how long each part of a round takes (4)")
    parser.add_argument("--streams", type=int, default=3000, help="streams of the storm; 0 leaves it out (3000)")
    parser.add_argument("--agreements", type=int, default=5000, help="agreements of 60 clauses in the lookup (5000)")
    parser.add_argument("--isolation", type=int, default=5, help="A/B rounds with a bad node; 0 leaves it out (5)")
    parser.add_argument("--signer", type=int, default=5, help="A/B rounds without the signer; 0 leaves it out (5)")
    parser.add_argument(
        "--absence", type=int, default=10_000, help="events that wait after an absence; 0: none (10000)"
    )
    parser.add_argument("--custody", type=int, default=1_000_000, help="rows of custody to ask; 0: none (1000000)")
    parser.add_argument("--pushes", type=int, default=60, help="carriers' pushes to be seen; 0: none (60)")
    parser.add_argument("--postgres", action="store_true", help="gateways on a PostgreSQL that is started for it")
    options = parser.parse_args()
    _raise_file_limit()
    run_async(_run(options))


async def _run(options: argparse.Namespace) -> None:
    server = PostgresServer() if options.postgres else None
    try:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
            urls = [server.url(server.create()) if server else "" for _ in range(3)]
            results = await _measure(options, Path(folder), urls)
            if options.isolation:
                results.isolated = await _isolate(options.isolation, Path(folder), urls[2])
        if options.signer:
            _tell(f"{options.signer} rounds with and without the checkpoint signer")
            results.beside |= await signer.measure(options.signer, options.seconds)
        if options.absence:
            _tell(f"{options.absence} events that waited")
            results.beside |= await absence.measure(options.absence)
        if options.custody:
            _tell(f"who held it when, over {options.custody} rows")
            results.beside |= await custody.history(options.custody, 3000, postgres=options.postgres)
        if options.pushes:
            _tell(f"{options.pushes} pushes of a carrier, until two clerks see them")
            results.beside |= await pushes.measure(options.pushes)
    finally:
        if server is not None:
            server.stop()
    print(table(results, options), flush=True)
    print(json.dumps(results.summary()))


async def _measure(options: argparse.Namespace, folder: Path, databases: Sequence[str]) -> Results:
    results = Results()
    ceiling = Ceiling(folder)
    participants = await Participants.start(folder / "gateway", [*ACCEPTING, *HOMES], databases[0], links=4096)
    applications = None
    try:
        await asyncio.sleep(1.0)
        results.idle_mib = participants.gateway.resident() / 2**20
        if options.streams:
            _tell(f"storm of {options.streams} streams")
            results.stormed = await storm(participants, list(participants.authors.values()), options.streams)
        await participants.agree(ACCEPTING, HOMES)
        applications = await ApplicationLoad.start(folder / "applications", databases[1])
        await _rounds(options, results, ceiling, AdmitLoad(participants), applications)
    except BaseException:
        _show_logs(folder)
        raise
    finally:
        if applications is not None:
            await applications.stop()
        await ceiling.stop()
        participants.gateway.stop()
    if options.agreements:
        _tell(f"coverage of {options.agreements} agreements")
        results.lookup = lookup(options.agreements, 60)
    return results


async def _isolate(rounds: int, folder: Path, database: str) -> dict[str, isolation.Measured]:
    _tell(f"{rounds} rounds without and with a bad node")
    participants = await isolation.prepared(folder / "isolation", database)
    try:
        return await isolation.measure(participants, folder / "isolation", rounds, 2.5, 200.0)
    finally:
        participants.gateway.stop()


async def _rounds(
    options: argparse.Namespace, results: Results, ceiling: Ceiling, admit: AdmitLoad, applications: ApplicationLoad
) -> None:
    seconds = options.seconds
    await _part("a1", ceiling.unary(0.3))
    await _part("a2", ceiling.batched(0.3))
    expected = (await _part("b", admit.peak(0.3, 1000.0))).rate
    await _part("c", applications.run(1.0, 4))
    for number in range(1, options.rounds + 1):
        results.unary.append(await _part("a1", ceiling.unary(seconds)))
        results.batched.append(await _part("a2", ceiling.batched(seconds)))
        peak = await _part("b", admit.peak(seconds, expected))
        expected = peak.rate
        results.admitted.append(peak)
        results.steady.append(await _part("b at 70 %", admit.steady(seconds, OF_PEAK * peak.rate)))
        results.applied.append(await _part("c", applications.run(APPLICATIONS_FOR * seconds, CLERKS)))
        _tell(f"round {number}: {row(results)}")
    results.event_bytes = statistics.median(each.event_bytes for each in results.admitted)


async def _part(name: str, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """A part that stalls is a finding, and must end the run by its name."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await work
    except TimeoutError as error:
        raise RuntimeError(f"{name} did not end within {PATIENCE:g} s") from error


def _show_logs(folder: Path) -> None:
    for log in folder.rglob("*.log"):
        _tell(f"--- {log}\n{log.read_text()[-2000:]}")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _raise_file_limit() -> None:
    """A storm needs a descriptor a stream, here and in the gateway, which inherits the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()

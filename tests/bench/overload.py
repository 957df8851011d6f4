"""`python -m tests.bench.overload`: three times what the gateway can take, for ten seconds; last line is JSON.

Four nodes publish frames of sixteen filings by the unary way, in an open loop at three times the rate that a closed
loop has just shown.  Every frame must be answered: by receipts, or by RESOURCE_EXHAUSTED with a time to come back.  The
gateway's memory is looked at all the while, and single filings are timed before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.blocks import APPLICATIONS, make_block
from tests.bench.participants import Author, Participants
from tests.bench.processes import percentile
from tongban import errors
from tongban.cli import run_async
from tongban.rpc.client import call, open_channel
from tongban.v1 import envelope_pb2, federation_pb2, federation_pb2_grpc

ACCEPTING, HOME = [f"A{n}" for n in range(1, 5)], "H1"
PATIENCE = 60.0


@dataclass(slots=True)
class Partner:
    """A node that publishes by the unary way."""

    author: Author
    stub: federation_pb2_grpc.FederationAsyncStub
    frames: list[list[envelope_pb2.SignedEvent]] = field(default_factory=list)

    def prepare(self, home: Author, count: int) -> None:
        """Sign so many frames."""
        for _ in range(count):
            opening = federation_pb2.ExchangeRequest.FromString(make_block(self.author, home).opening)
            self.frames.append(list(opening.submission.events))

    async def publish(self, events: Sequence[envelope_pb2.SignedEvent]) -> federation_pb2.PublishResponse:
        """Send events; raises what the gateway says."""
        request = federation_pb2.PublishRequest(events=events)
        answer: federation_pb2.PublishResponse = await call(self.stub.Publish, request, seconds=PATIENCE)
        return answer


@dataclass(slots=True)
class Overloaded:
    """What the ten seconds came to."""

    capacity: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    retries: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    calm_ms: float = 0.0
    after_ms: float = 0.0


async def overload(participants: Participants, seconds: float, factor: float) -> Overloaded:
    """Offer too much."""
    authors = participants.authors
    channels = [open_channel(participants.address, authors[name].tls()) for name in ACCEPTING]
    partners = [
        Partner(authors[name], federation_pb2_grpc.FederationStub(channel))
        for name, channel in zip(ACCEPTING, channels, strict=True)
    ]
    found = Overloaded(capacity=await _capacity(partners, authors[HOME]))
    found.calm_ms = await _single(partners[0], authors[HOME])
    frames = round(found.capacity * factor * seconds / APPLICATIONS / len(partners))
    for partner in partners:
        partner.prepare(authors[HOME], frames)
    watching = asyncio.create_task(_watch(participants, found))
    await asyncio.gather(*(_offer(partner, seconds / frames, found) for partner in partners))
    watching.cancel()
    found.after_ms = await _single(partners[0], authors[HOME])
    for channel in channels:
        await channel.close(None)
    return found


async def _capacity(partners: Sequence[Partner], home: Author) -> float:
    """Events a second, with one frame of each node under way."""
    for partner in partners:
        partner.prepare(home, 32)
    start = time.perf_counter()

    async def work(partner: Partner) -> None:
        while partner.frames:
            await partner.publish(partner.frames.pop(0))

    await asyncio.gather(*(work(partner) for partner in partners))
    return len(partners) * 32 * APPLICATIONS / (time.perf_counter() - start)


async def _single(partner: Partner, home: Author) -> float:
    partner.prepare(home, 8)
    times = []
    for frame in partner.frames:
        for event in frame:
            start = time.perf_counter()
            await partner.publish([event])
            times.append((time.perf_counter() - start) * 1000)
    partner.frames.clear()
    return percentile(times, 0.99)


async def _offer(partner: Partner, pause: float, found: Overloaded) -> None:
    async def one(frame: Sequence[envelope_pb2.SignedEvent]) -> None:
        try:
            answer = await partner.publish(frame)
        except errors.TongbanError as error:
            found.answers[error.wire_reason] += len(frame)
            if isinstance(error, errors.Overloaded) and error.retry_seconds:
                found.retries.append(error.retry_seconds)
            return
        for outcome in answer.outcomes:
            found.answers["RECEIPT" if outcome.HasField("receipt") else outcome.rejection.reason] += 1

    start = time.perf_counter()
    tasks = []
    for number, frame in enumerate(partner.frames):
        await asyncio.sleep(max(0.0, start + number * pause - time.perf_counter()))
        tasks.append(asyncio.create_task(one(frame)))
    await asyncio.gather(*tasks)
    partner.frames.clear()


async def _watch(participants: Participants, found: Overloaded) -> None:
    while True:
        found.resident.append(participants.gateway.resident())
        await asyncio.sleep(0.1)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long it lasts (10)")
    parser.add_argument("--factor", type=float, default=3.0, help="how many times the capacity (3)")
    run_async(_run(parser.parse_args()))


async def _run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        participants = await Participants.start(Path(name) / "gateway", [*ACCEPTING, HOME])
        try:
            await participants.agree(ACCEPTING, [HOME])
            found = await overload(participants, options.seconds, options.factor)
        finally:
            participants.gateway.stop()
    summary = {
        "capacity": round(found.capacity),
        "offered": sum(found.answers.values()),
        "answers": dict(found.answers),
        "retry_seconds": [min(found.retries, default=0.0), max(found.retries, default=0.0)],
        "mib": [round(min(found.resident) / 2**20), round(max(found.resident) / 2**20)],
        "single_p99_ms": [round(found.calm_ms, 1), round(found.after_ms, 1)],
    }
    sys.stdout.write(json.dumps(summary) + "\n")


if __name__ == "__main__":
    main()

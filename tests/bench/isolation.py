"""`python -m tests.bench.isolation`: what one bad node costs the others, on real processes; last line is JSON.

Four pairs of nodes file applications one by one, at random moments drawn before, and each filing is timed from when
it was due: until its receipt, and until it lies with the home node.  Rounds go in turns: without the bad node, and
with it.  It is one of

    dead      it holds a stream with deliveries under way, and its process is stopped
    slow      it reads one frame a second
    flood     it sends thousands of events of every kind over eight streams, garbage, and dials again and again

and is home of a fifth pair, so its mailbox fills either way.  A ratio is the p99 of a round with it over that of the
round without it before; the figure is the median of all rounds.

Where other programs share the machine, the milliseconds tell of those.  So what the gateway works between a filing's
due moment and its receipt is measured as well, by the clock of its processor time: that is what the filing waited
behind, disk aside, whoever else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc.aio

from tests.bench.blocks import make_block
from tests.bench.participants import Author, Participants
from tests.bench.processes import percentile
from tongban.cli import run_async
from tongban.rpc.client import open_channel
from tongban.v1 import event_pb2, federation_pb2

PAIRS = 4
ACCEPTING = [f"A{n}" for n in range(1, PAIRS + 1)]
HOMES = [f"H{n}" for n in range(1, PAIRS + 1)]
BAD = "H9"
KINDS = ("dead", "slow", "flood")
FLOOD_EVENTS = 6400
SETTLE_SECONDS = 0.4


@dataclass(slots=True)
class Timed:
    """One filing: when it was due, answered, delivered; and the gateway's processor time when due and answered."""

    due: float = 0.0
    answered: float = 0.0
    delivered: float = 0.0
    work_due: float = 0.0
    work_answered: float = 0.0


@dataclass(slots=True)
class Times:
    """What a round came to, in milliseconds."""

    receipts: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    """Milliseconds that the gateway worked between a filing's due moment and its receipt: what it waited behind."""

    @property
    def p99(self) -> tuple[float, float, float]:
        """Until the receipt, until delivered; work until the receipt."""
        return percentile(self.receipts, 0.99), percentile(self.deliveries, 0.99), percentile(self.work, 0.99)


class Line:
    """One author's stream, of which every frame is looked at."""

    def __init__(self, participants: Participants, author: Author, filings: dict[str, Timed]) -> None:
        self._gateway = participants.gateway
        self._channel = open_channel(participants.address, author.tls())
        make: Any = self._channel.stream_stream(
            "/tongban.v1.Federation/Exchange", None, federation_pb2.ExchangeResponse.FromString
        )
        self._call = make()
        self._author = author
        self._filings = filings
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, cursors: dict[str, int], *, deliveries: bool) -> None:
        """Greet, and begin to read and write."""
        events = 1 << 16 if deliveries else 0
        await self._call.write(hello(self._author, events, cursors))
        welcome = await self._call.read()
        assert welcome.HasField("welcome"), welcome
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._read(cursors))]

    def send(self, frame: bytes) -> None:
        """Send a frame when its turn comes."""
        self._queue.put_nowait(frame)

    async def _write(self) -> None:
        while True:
            await self._call.write(await self._queue.get())

    async def _read(self, cursors: dict[str, int]) -> None:
        while True:
            response = await self._call.read()
            if response is grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs lack it
                return
            now = time.perf_counter()
            for outcome in response.outcomes.outcomes:
                if not outcome.HasField("receipt"):
                    raise RuntimeError(f"{self._author.name}: {outcome.rejection}")
                filing = self._filings[outcome.event_id]
                filing.answered, filing.work_answered = now, self._gateway.cpu_now()
            for delivery in response.deliveries.deliveries:
                cursors[response.deliveries.channel] = delivery.position
                if delivery.HasField("event"):
                    event = event_pb2.Event.FromString(delivery.event.envelope.payload)
                    if event.event_id in self._filings:
                        self._filings[event.event_id].delivered = now

    def check(self) -> None:
        """Raise what went wrong."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise RuntimeError(f"{self._author.name}: the stream ended")

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        self._call.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._channel.close(None)


def hello(author: Author, events: int, cursors: dict[str, int]) -> bytes:
    """A first frame."""
    made = federation_pb2.Hello(
        protocol_versions=[1],
        lifecycle_versions=[1],
        software="bench",
        incarnation=1,
        last_sequence=author.sequence,
        cursors=[federation_pb2.Cursor(channel=c, position=p) for c, p in cursors.items()],
        credit=federation_pb2.Credit(events=events, bytes=1 << 28 if events else 0),
    )
    return federation_pb2.ExchangeRequest(hello=made).SerializeToString()


class Others:
    """Four pairs that file at a steady rate, and whoever files at the bad node."""

    def __init__(self, participants: Participants, rate: float) -> None:
        self._participants = participants
        self._rate = rate
        self._cursors: dict[str, dict[str, int]] = {name: {} for name in (*ACCEPTING, *HOMES)}
        self._stock: dict[str, list[tuple[str, bytes]]] = {}

    def prepare(self, seconds: float) -> None:
        """Sign what a round will send."""
        authors = self._participants.authors
        each = round(seconds * self._rate / (PAIRS + 1)) + 1
        for accepting, home in self._pairs():
            stock = self._stock.setdefault(home, [])
            while len(stock) < each:
                stock += _single_frames(make_block(authors[accepting], authors[home]).opening)

    def _pairs(self) -> list[tuple[str, str]]:
        # The one that files at the bad node does nothing else: its sequences rise on its own stream.
        return [*zip(ACCEPTING, HOMES, strict=True), ("A9", BAD)]

    async def round(self, seconds: float) -> Times:
        """File for so long, and wait for what was filed with the good nodes."""
        self.prepare(seconds)
        authors, gateway = self._participants.authors, self._participants.gateway
        filings: dict[str, Timed] = {}
        lines: dict[str, Line] = {}
        for accepting, home in self._pairs():
            lines[home] = Line(self._participants, authors[accepting], filings)
            await lines[home].open({}, deliveries=False)
        readers = [Line(self._participants, authors[home], filings) for home in HOMES]
        for reader, home in zip(readers, HOMES, strict=True):
            await reader.open(self._cursors[home], deliveries=True)
        await asyncio.sleep(SETTLE_SECONDS)
        chance = random.Random(7)
        due = sorted(
            (chance.uniform(0, seconds), home) for _, home in self._pairs() for _ in range(self._each(seconds))
        )
        timed = []
        start = time.perf_counter()
        for moment, home in due:
            await asyncio.sleep(max(0.0, start + moment - time.perf_counter()))
            event_id, frame = self._stock[home].pop(0)
            filing = filings[event_id] = Timed(start + moment, work_due=gateway.cpu_now())
            if home != BAD:
                timed.append(filing)
            lines[home].send(frame)
        await self._finish(timed, [*lines.values(), *readers])
        return Times(
            [(t.answered - t.due) * 1000 for t in timed],
            [(t.delivered - t.due) * 1000 for t in timed],
            [(t.work_answered - t.work_due) * 1000 for t in timed],
        )

    def _each(self, seconds: float) -> int:
        return round(seconds * self._rate / (PAIRS + 1))

    async def _finish(self, timed: Sequence[Timed], lines: Sequence[Line]) -> None:
        async with asyncio.timeout(60):
            while not all(t.answered and t.delivered for t in timed):
                for line in lines:
                    line.check()
                await asyncio.sleep(0.01)
        for line in lines:
            await line.close()


def _single_frames(frame: bytes) -> Iterator[tuple[str, bytes]]:
    for wire in federation_pb2.ExchangeRequest.FromString(frame).submission.events:
        event = event_pb2.Event.FromString(wire.envelope.payload)
        submission = federation_pb2.Submission(events=[wire])
        yield event.event_id, federation_pb2.ExchangeRequest(submission=submission).SerializeToString()


@contextmanager
def bad_node(kind: str, participants: Participants, folder: Path) -> Iterator[None]:
    """A bad node as a process of its own, while this lasts."""
    tls = participants.authors[BAD].tls()
    assert tls.certificate_pem is not None
    assert tls.key_pem is not None
    (folder / "tls.json").write_text(
        json.dumps([p.decode() for p in (tls.authority_pem, tls.certificate_pem, tls.key_pem)])
    )
    command = [sys.executable, "-m", "tests.bench.bad_node", kind, participants.address, str(folder)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
        if kind == "dead":
            os.kill(child.pid, signal.SIGSTOP)
        yield
    finally:
        child.kill()
        child.wait()


def flood_frames(author: Author, home: Author, folder: Path) -> None:
    """What the flooding node will send: filings that no agreement covers, and well-formed nonsense."""
    with (folder / "frames").open("wb") as out:
        for _ in range(FLOOD_EVENTS // 16):
            frame = make_block(author, home).opening
            out.write(len(frame).to_bytes(4, "big") + frame)


@dataclass(slots=True)
class Measured:
    """One kind of bad node: ratios, a round each, and the p99 in milliseconds without it and with it."""

    ratios: list[float] = field(default_factory=list)
    delivery_ratios: list[float] = field(default_factory=list)
    work_ratios: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    with_it: list[float] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)
    """Seconds of the gateway's processor time, without it and with it."""


async def measure(
    participants: Participants, folder: Path, rounds: int, seconds: float, rate: float, kinds: Sequence[str] = KINDS
) -> dict[str, Measured]:
    """Rounds without and with each kind of bad node, in turns."""
    others = Others(participants, rate)
    found = {kind: Measured() for kind in kinds}
    await others.round(min(1.0, seconds))
    for _ in range(rounds):
        for kind in kinds:
            others.prepare(seconds)
            start = participants.gateway.cpu()
            calm = (await others.round(seconds)).p99
            busy = participants.gateway.cpu()
            others.prepare(seconds)
            with bad_node(kind, participants, folder):
                await asyncio.sleep(SETTLE_SECONDS)
                rough = (await others.round(seconds)).p99
            found[kind].cpu.append((busy - start, participants.gateway.cpu() - busy))
            found[kind].ratios.append(rough[0] / calm[0])
            found[kind].delivery_ratios.append(rough[1] / calm[1])
            found[kind].work_ratios.append(rough[2] / calm[2])
            found[kind].without.append(calm[0])
            found[kind].with_it.append(rough[0])
    return found


async def prepared(folder: Path, database: str = "") -> Participants:
    """A gateway with everybody who takes part, and what the flooding node will send."""
    participants = await Participants.start(folder / "gateway", [*ACCEPTING, "A9", *HOMES, BAD], database)
    await participants.agree([*ACCEPTING, "A9"], [*HOMES, BAD])
    flood_frames(participants.authors[BAD], participants.authors[HOMES[0]], folder)
    return participants


def summary(found: dict[str, Measured]) -> dict[str, float]:
    """The medians."""
    made: dict[str, float] = {}
    for kind, measured in found.items():
        made[f"isolation_{kind}"] = round(statistics.median(measured.ratios), 2)
        made[f"isolation_{kind}_delivered"] = round(statistics.median(measured.delivery_ratios), 2)
        made[f"isolation_{kind}_work"] = round(statistics.median(measured.work_ratios), 2)
    return made


def rows(found: dict[str, Measured]) -> list[tuple[str, str, str, str, str]]:
    """For people: label, median, lowest, highest, unit."""
    made = []
    for kind, measured in found.items():
        for what, ratios in (
            ("receipt", measured.ratios),
            ("delivered", measured.delivery_ratios),
            ("receipt, gateway's work", measured.work_ratios),
        ):
            middle, low, high = (f"{each:.2f}" for each in (statistics.median(ratios), min(ratios), max(ratios)))
            made.append((f"e  one {kind} node: others' p99 to {what}", middle, low, high, "× (goal < 1.5)"))
        calm, rough = statistics.median(measured.without), statistics.median(measured.with_it)
        made.append((f"e  one {kind} node: p99 without, with", f"{calm:.1f}", f"{rough:.1f}", "", "ms"))
        spent = [statistics.median(each) for each in zip(*measured.cpu, strict=True)]
        made.append(
            (f"e  one {kind} node: gateway CPU without, with", f"{spent[0]:.2f}", f"{spent[1]:.2f}", "", "s a round")
        )
    return made


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="A/B rounds of each kind (5)")
    parser.add_argument("--seconds", type=float, default=2.5, help="seconds of a round (2.5)")
    parser.add_argument("--rate", type=float, default=200.0, help="filings a second of all others together (200)")
    parser.add_argument("--kinds", default=",".join(KINDS), help="which bad nodes (all)")
    run_async(_run(parser.parse_args()))


async def _run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        folder = Path(name)
        participants = await prepared(folder)
        try:
            before = participants.gateway.resident()
            found = await measure(
                participants, folder, options.rounds, options.seconds, options.rate, options.kinds.split(",")
            )
            after = participants.gateway.resident()
        finally:
            participants.gateway.stop()
    for row in rows(found):
        sys.stdout.write(f"{row[0]:<64} {row[1]:>8} {row[2]:>8} {row[3]:>8}  {row[4]}\n")
    grown = {"gateway_mib_before": round(before / 2**20), "gateway_mib_after": round(after / 2**20)}
    sys.stdout.write(json.dumps({**summary(found), **grown, "rounds": options.rounds}) + "\n")


if __name__ == "__main__":
    main()

"""The load on the admit path: pairs of Exchange streams over mutual TLS, frames of events that were signed before.

Closed loop: each pair keeps a few blocks under way, which gives the peak.  Open loop: blocks begin at moments drawn
before, whatever the answers do, and a frame's time counts from the moment it was due, so a gateway that stalls cannot
hide it.  A home node's frames are due when the answer that they build on has come.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc.aio

from tests.bench.blocks import APPLICATIONS, EVENTS, Block, make_block
from tests.bench.participants import Author, Participants
from tests.bench.processes import percentile
from tongban.rpc.client import open_channel
from tongban.v1 import federation_pb2

PAIRS = 4
BLOCKS_UNDER_WAY = 4
ACCEPTING = [f"A{n}" for n in range(1, PAIRS + 1)]
HOMES = [f"H{n}" for n in range(1, PAIRS + 1)]
OF_PEAK = 0.7


class Line:
    """One author's Exchange stream; tells `answered` when a whole frame has its answers."""

    def __init__(self, address: str, author: Author) -> None:
        self._channel = open_channel(address, author.tls())
        make: Any = self._channel.stream_stream(
            "/tongban.v1.Federation/Exchange", None, federation_pb2.ExchangeResponse.FromString
        )
        self._call = make()
        self._author = author
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._pending: deque[tuple[float, Callable[[], None]]] = deque()
        self._answered = 0
        self.times: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Greet, without asking for deliveries, and begin to read and write."""
        hello = federation_pb2.Hello(
            protocol_versions=[1],
            lifecycle_versions=[1],
            software="bench",
            incarnation=1,
            last_sequence=self._author.sequence,
            credit=federation_pb2.Credit(),
        )
        await self._call.write(federation_pb2.ExchangeRequest(hello=hello).SerializeToString())
        welcome = await self._call.read()
        assert welcome.HasField("welcome"), welcome
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._read())]

    def send(self, frame: bytes, due: float, answered: Callable[[], None]) -> None:
        """Send a frame of sixteen events when its turn comes."""
        self._pending.append((due, answered))
        self._queue.put_nowait(frame)

    async def _write(self) -> None:
        while True:
            await self._call.write(await self._queue.get())

    async def _read(self) -> None:
        while True:
            response = await self._call.read()
            if response is grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs lack it
                return
            if not response.HasField("outcomes"):
                continue
            for outcome in response.outcomes.outcomes:
                if not outcome.HasField("receipt"):
                    raise RuntimeError(f"{self._author.name}: {outcome.rejection}")
            self._answered += len(response.outcomes.outcomes)
            now = time.perf_counter()
            while self._answered >= APPLICATIONS and self._pending:
                self._answered -= APPLICATIONS
                due, answered = self._pending.popleft()
                self.times.append(now - due)
                answered()

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


@dataclass(slots=True)
class Pair:
    """An accepting node and a home node, and the blocks that wait for them."""

    accepting: Line
    home: Line
    blocks: deque[Block] = field(default_factory=deque)
    done: int = 0
    under_way: int = 0
    next: Callable[[], None] = lambda: None

    def begin(self, due: float) -> None:
        """Send the next block's opening; the rest follows its answer."""
        if not self.blocks:
            return
        block = self.blocks.popleft()
        self.under_way += 1
        self.accepting.send(block.opening, due, lambda: self._follow(block))

    def _follow(self, block: Block) -> None:
        now = time.perf_counter()
        *first, last = block.following
        for frame in first:
            self.home.send(frame, now, lambda: None)
        self.home.send(last, now, self._end)

    def _end(self) -> None:
        self.under_way -= 1
        self.done += 1
        self.next()


@dataclass(frozen=True, slots=True)
class Admitted:
    """What one run came to."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    event_bytes: float


class AdmitLoad:
    """Keeps the streams of all pairs open between rounds."""

    def __init__(self, participants: Participants) -> None:
        self._participants = participants
        authors = participants.authors
        self._sides = [(authors[a], authors[h]) for a, h in zip(ACCEPTING, HOMES, strict=True)]
        self._size = 0.0

    async def _open(self) -> list[Pair]:
        address = self._participants.address
        pairs = [Pair(Line(address, a), Line(address, h)) for a, h in self._sides]
        for pair in pairs:
            await pair.accepting.open()
            await pair.home.open()
        return pairs

    def _make(self, blocks: int) -> list[deque[Block]]:
        made = [deque(make_block(a, h) for _ in range(-(-blocks // PAIRS))) for a, h in self._sides]
        self._size = made[0][0].size / EVENTS
        return made

    async def peak(self, seconds: float, expected: float) -> Admitted:
        """Closed loop for about `seconds`, given the rate that is expected."""
        made = self._make(max(PAIRS * BLOCKS_UNDER_WAY, round(seconds * expected / EVENTS)))
        pairs = await self._open()
        start, cpu = time.perf_counter(), self._participants.gateway.cpu()
        for pair, blocks in zip(pairs, made, strict=True):
            pair.blocks = blocks
            pair.next = lambda pair=pair: pair.begin(time.perf_counter())  # type: ignore[misc]  # bound now
            for _ in range(BLOCKS_UNDER_WAY):
                pair.begin(start)
        await self._finish(pairs)
        return await self._sum_up(pairs, start, cpu)

    async def steady(self, seconds: float, rate: float) -> Admitted:
        """Open loop: blocks of all pairs begin at random moments, `rate` events a second in the mean."""
        count = max(PAIRS, round(seconds * rate / EVENTS))
        made = self._make(count)
        pairs = await self._open()
        chance = random.Random(7)
        moments = sorted(chance.uniform(0, seconds) for _ in range(count))
        start, cpu = time.perf_counter(), self._participants.gateway.cpu()
        for pair, blocks in zip(pairs, made, strict=True):
            pair.blocks = blocks
        for at, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, start + moment - time.perf_counter()))
            pairs[at % PAIRS].begin(start + moment)
        for pair in pairs:
            pair.blocks.clear()
        await self._finish(pairs)
        return await self._sum_up(pairs, start, cpu)

    async def _finish(self, pairs: Sequence[Pair]) -> None:
        while any(pair.blocks or pair.under_way for pair in pairs):
            for pair in pairs:
                pair.accepting.check()
                pair.home.check()
            await asyncio.sleep(0.005)

    async def _sum_up(self, pairs: Sequence[Pair], start: float, cpu: float) -> Admitted:
        elapsed = time.perf_counter() - start
        used = self._participants.gateway.cpu() - cpu
        events = sum(pair.done for pair in pairs) * EVENTS
        times = [t * 1000 for pair in pairs for line in (pair.accepting, pair.home) for t in line.times]
        for pair in pairs:
            await pair.accepting.close()
            await pair.home.close()
        return Admitted(
            events / elapsed, used / events * 1e6, percentile(times, 0.5), percentile(times, 0.99), self._size
        )

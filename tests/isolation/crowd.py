"""A gateway on the virtual clock whose commits take time, nodes that work steadily, and one that behaves badly.

The gateway, its sessions and its database are the project's own.  What a commit costs is added: so much for the fsync
and so much for each row, so that a batch with much of a flood in it takes longer.  Processor time on the loop is not
part of the model; `tests.bench.isolation` measures that on real processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from agreements.items import items_of
from tests.federation.stage import RawPeer
from tests.federation.virtual import VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import Federation, end
from tests.gateway.kit import ACCEPTING, HOME, ITEM, OTHER, Author, World, seed, start_on
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import Opened
from tongban.storage.base import Database, Transaction
from tongban.storage.inline import InlineDatabase, SimulatedDisk
from tongban.v1 import directory_pb2, event_pb2, federation_pb2

T = TypeVar("T")
COMMIT_SECONDS, ROW_SECONDS = 0.005, 0.00005
SECONDS = 4.0
FILINGS, PUBLICATIONS = 100, 40
PUBLISHERS = ("nodes/350200", "nodes/350300", "nodes/350400")


class TakesTime:
    """A database whose commits take virtual time, by what they write."""

    def __init__(self, inner: InlineDatabase, rows: Callable[[], int]) -> None:
        self._inner = inner
        self._rows = rows
        self.slower = 1.0
        self._order = asyncio.Lock()
        self.busy = 0.0

    @property
    def dialect(self) -> Literal["sqlite", "postgres"]:
        """As the inner one."""
        return self._inner.dialect

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run it, and let the time pass that it takes."""
        if read_only:
            return await self._inner.run(work, read_only=True)
        async with self._order:
            before = self._rows()
            result = await self._inner.run(work)
            spent = self.slower * (COMMIT_SECONDS + ROW_SECONDS * (self._rows() - before))
            self.busy += spent
            await asyncio.sleep(spent)
        return result

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Read a few rows."""
        return await self._inner.look_up(work)

    async def close(self) -> None:
        """Let go."""
        await self._inner.close()


@dataclass(slots=True)
class Timed:
    """One event: when it was sent, answered, and delivered to its reader."""

    sent: float
    answered: float = 0.0
    delivered: float = 0.0


@dataclass(slots=True)
class Crowd:
    """Everybody of one run."""

    world: World
    federation: Federation
    loop: VirtualLoop
    database: TakesTime
    events: dict[str, Timed] = field(default_factory=dict)

    def join(self, name: str) -> Member:
        """A link of a node."""
        return Member(self, self.world.author(name))


class Member:
    """A node that behaves: it reads what comes, gives credit, and sends one event a frame."""

    def __init__(self, crowd: Crowd, author: Author) -> None:
        self._crowd = crowd
        self._author = author
        self._peer = RawPeer(crowd.federation, author.name)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Greet and read."""
        await self._peer.hello(credit=federation_pb2.Credit(events=65536, bytes=1 << 28))
        self._tasks.append(asyncio.create_task(self._read()))

    async def send(self, opened: Opened) -> None:
        """Send one event now."""
        self._crowd.events[opened.event.event_id] = Timed(self._crowd.loop.time())
        await self._peer.send(submission=federation_pb2.Submission(events=[opened.wire]))

    def work(self, make: Callable[[int], Opened], count: int, chance: random.Random) -> None:
        """Send so many at moments drawn before."""
        moments = sorted(chance.uniform(0, SECONDS) for _ in range(count))

        async def run() -> None:
            start = self._crowd.loop.time()
            for number, moment in enumerate(moments):
                await asyncio.sleep(max(0.0, start + moment - self._crowd.loop.time()))
                await self.send(make(number))

        self._tasks.append(asyncio.create_task(run()))

    async def _read(self) -> None:
        while (frame := await self._peer.receive()) is not None:
            now = self._crowd.loop.time()
            for outcome in frame.outcomes.outcomes:
                assert outcome.HasField("receipt"), outcome.rejection
                self._crowd.events[outcome.event_id].answered = now
            for delivery in frame.deliveries.deliveries:
                if frame.deliveries.channel == "mailbox" and delivery.HasField("event"):
                    event = event_pb2.Event.FromString(delivery.event.envelope.payload)
                    if event.event_id in self._crowd.events:
                        self._crowd.events[event.event_id].delivered = now

    async def stop(self) -> None:
        """Leave."""
        await end(*self._tasks)
        await self._peer.stop()


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to, in virtual milliseconds."""

    receipt_p99: float
    delivered_p99: float
    bad_events: int
    busy: float


Bad = Callable[[Crowd, asyncio.Event], Coroutine[Any, Any, int]]


def run_crowd(bad: Bad | None) -> Result:
    """Four seconds of steady work, with or without one that behaves badly."""
    loop = VirtualLoop()
    return run_virtual(_run(loop, bad), loop)


async def _run(loop: VirtualLoop, bad: Bad | None) -> Result:
    crowd = await open_crowd(loop)
    world = crowd.world
    accepting, home = crowd.join(ACCEPTING), crowd.join(HOME)
    others = [crowd.join(name) for name in PUBLISHERS]
    for member in (accepting, home, *others):
        await member.start()
    over = asyncio.Event()
    misbehaving = asyncio.create_task(bad(crowd, over)) if bad else None
    await asyncio.sleep(0.5)
    chance = random.Random(11)
    busy = crowd.database.busy
    accepting.work(lambda number: world.file(f"A{number:05}"), FILINGS, chance)
    for member, name in zip(others, PUBLISHERS, strict=True):
        member.work(publications(world.author(name)), PUBLICATIONS, chance)
    await asyncio.sleep(SECONDS)
    busy = (crowd.database.busy - busy) / SECONDS
    await asyncio.sleep(1)
    over.set()
    bad_events = await misbehaving if misbehaving else 0
    for member in (accepting, home, *others):
        await member.stop()
    await world.core.admitter.close()
    timed = list(crowd.events.values())
    assert all(each.answered for each in timed)
    delivered = [each.delivered - each.sent for each in timed if each.delivered]
    assert len(delivered) == FILINGS
    return Result(p99([each.answered - each.sent for each in timed]), p99(delivered), bad_events, busy)


async def open_crowd(loop: VirtualLoop) -> Crowd:
    """A gateway with an agreement and three nodes more, nobody connected yet."""
    disk = SimulatedDisk()
    database = TakesTime(disk.mount(), lambda: disk._connection.total_changes)
    clock: Any = VirtualClock(loop)
    entropy = SeededEntropy(5)
    core = await start_on(_as_database(database), clock, entropy)
    world = World("", clock, entropy, core)
    await world.settle_law()
    for name in PUBLISHERS:
        await world.join(name)
    federation = Federation(clock, seeded(6), _no_disk)
    federation.gateway = core
    return Crowd(world, federation, loop, database)


def _as_database(database: TakesTime) -> Database:
    return database


async def _no_disk(name: str) -> Database:
    raise errors.NotFound(name=name)


def publications(author: Author) -> Callable[[int], Opened]:
    """Makes items of this author's, by number."""
    document = next(item for item in items_of(seed(), HOME) if item.name == ITEM)

    def make(number: int) -> Opened:
        name = f"items/{author.name.removeprefix('nodes/')}.n{number}"
        document.name, document.home = name, author.name
        return author.make(name, directory_pb2.ItemPublished(document=document))

    return make


def p99(values: list[float]) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return ordered[int(0.99 * len(ordered))] * 1000


async def dead(crowd: Crowd, over: asyncio.Event) -> int:
    """Greets, asks for everything, and is never heard of again."""
    peer = RawPeer(crowd.federation, OTHER, depth=4)
    await peer.hello(credit=federation_pb2.Credit(events=65536, bytes=1 << 28))
    await over.wait()
    await peer.stop()
    return 0


async def slow(crowd: Crowd, over: asyncio.Event) -> int:
    """Reads a frame a second."""
    peer = RawPeer(crowd.federation, OTHER, depth=4)
    await peer.hello(credit=federation_pb2.Credit(events=65536, bytes=1 << 28))
    read = 0
    while not over.is_set():
        await peer.receive()
        read += 1
        await asyncio.sleep(1)
    await peer.stop()
    return read


async def flood(crowd: Crowd, over: asyncio.Event) -> int:
    """Events over eight links as fast as they are answered, others without regard to credit, garbage, and redials."""
    author = crowd.world.author(OTHER)
    sent = 0

    async def again(work: Callable[[RawPeer], Awaitable[None]]) -> None:
        while not over.is_set():
            peer = RawPeer(crowd.federation, OTHER)
            with contextlib.suppress(errors.TongbanError):
                await peer.hello()
                await work(peer)
            await peer.stop()
            await asyncio.sleep(0.01)

    def frame(size: int) -> federation_pb2.Submission:
        nonlocal sent
        sent += size
        made = [author.event(f"applications/F{sent}-{n}", crowd.world.filing()) for n in range(size)]
        return federation_pb2.Submission(events=[opened.wire for opened in author.sign(*made)])

    async def pour(peer: RawPeer) -> None:
        under_way = 0
        while not over.is_set():
            while under_way < 512:
                await peer.send(submission=frame(64))
                under_way += 64
            under_way -= len((await peer.receive()).outcomes.outcomes)

    async def rush(peer: RawPeer) -> None:
        while not over.is_set():
            await peer.send(submission=frame(16))
            await asyncio.sleep(0)

    async def garbage(peer: RawPeer) -> None:
        while not over.is_set():
            broken = frame(8)
            for wire in broken.events:
                wire.envelope.payload = b"\xff" + wire.envelope.payload
            await peer.send(submission=broken)
            await peer.send()

    await asyncio.gather(*(again(pour) for _ in range(8)), again(rush), again(garbage), again(_hang_up))
    return sent


async def _hang_up(peer: RawPeer) -> None:
    await asyncio.sleep(0)

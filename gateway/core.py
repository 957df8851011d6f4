"""The gateway's heart: one database, one admitter, and who waits for what."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.admission import Admitter
from gateway.answers import Answers, joined
from gateway.checking import Checker, Slice
from gateway.dials import Dials
from gateway.epochs import RECOVERY
from gateway.recovery import Recovery
from gateway.store import QUERIES
from gateway.submissions import Lane, Submission
from tongban import errors
from tongban.clock import Clock
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2, federation_pb2

FEED_CHANNELS = ("feeds/nodes", "feeds/items", "feeds/agreements")
MAX_PAGE, SHORT_PAGE = 500, 16
PAGE_BYTES = 2 << 20
"""A page holds at least one event, and beyond that no more than fits well within a message."""


MAX_LINKS = 16
"""Links of one node at once: a line that flaps leaves some behind that nobody has found dead yet."""
LINK_SECONDS = 0.008
"""What a new link costs the gateway, with its handshake and without its pages; 5 to 9 ms were measured."""
MAX_CALLS = 64
"""Unary calls of one node at once."""


class Held(Protocol):
    """A link that is served."""

    def displace(self, error: errors.TongbanError) -> None:
        """End it."""
        ...


class Waiter(Protocol):
    """Somebody who is told when a channel has moved."""

    def set(self) -> None:
        """Wake up."""
        ...


@dataclass(slots=True, eq=False)
class Connection:
    """A node that holds a stream now, for the operator's page."""

    node: str
    software: str
    since: float
    incarnation: int
    cursors: dict[str, int] = field(default_factory=dict)
    received: int = 0
    delivered: int = 0


class GatewayCore:
    """What the servicers, the sessions and the page share."""

    def __init__(self, *, name: str, database: Database, admitter: Admitter, clock: Clock) -> None:
        self.name = name
        self.database = database
        self.admitter = admitter
        self.clock = clock
        self.heads: dict[str, int] = {}
        self.connections: dict[str, list[Connection]] = {}
        self.receipt_keys: list[federation_pb2.PublicKey] = []
        # In the order they came, not in that of a set: a simulated run must replay.
        self._waiters: dict[str, dict[Waiter, None]] = {}
        self._watching_all: list[Waiter] = []
        self.draining = asyncio.Event()
        self._alone = asyncio.Event()
        self._noted: dict[tuple[str, str], int] = {}
        self.last_seen: dict[str, tuple[int, int]] = {}
        """When nodes that hold no stream were last seen, in microseconds, and how far they had read their mailbox."""
        self.sealing: Mapping[str, str] = {}
        """What keeps the sealer beside this gateway from its work, in words; empty while all is well."""
        self.max_links = MAX_LINKS
        self._links: dict[str, list[Held]] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._calls: dict[str, int] = {}
        self.dials = Dials(clock)
        self.checker = Checker(lambda: admitter.directory, clock, admitter.pace, admitter.faults)
        self.recovery = Recovery(
            database, admitter, gateway=name, receipt_keys=self.receipt_keys, clock=clock, moved=self.moved
        )

    async def start(self) -> None:
        """Load what the database holds."""
        self.heads.update(await self.admitter.load())
        await self.recovery.load()

    @property
    def has_replicas(self) -> bool:
        """Whether other processes may admit into the same database."""
        return self.database.dialect == "postgres"

    async def refresh(self) -> None:
        """Hear of what other replicas have admitted: keys, agreements, and what waits for the nodes served here."""
        heads = await self.admitter.refresh()
        await self.recovery.load()
        self.moved({name: head for name, head in heads.items() if head > self.heads.get(name, 0)})

    async def drain(self) -> None:
        """Tell every session to end; nodes come back by themselves."""
        self.draining.set()
        if self.connections:
            await self._alone.wait()

    def moved(self, heads: dict[str, int]) -> None:
        """Channels have moved: wake who waits for them, and nobody where none has."""
        if not heads:
            return
        self.heads.update(heads)
        for channel in heads:
            for waiter in self._waiters.get(channel, ()):
                waiter.set()
        for waiter in self._watching_all:
            waiter.set()

    def watch_all(self, waiter: Waiter) -> None:
        """Wake `waiter` whenever anything is admitted, for good."""
        self._watching_all.append(waiter)

    def watch(self, channels: Iterable[str], waiter: Waiter) -> None:
        """Wake `waiter` whenever one of these channels moves."""
        for channel in channels:
            self._waiters.setdefault(channel, {})[waiter] = None

    def unwatch(self, channels: Iterable[str], waiter: Waiter) -> None:
        """Stop waking it."""
        for channel in channels:
            waiting = self._waiters.get(channel, {})
            waiting.pop(waiter, None)
            if not waiting:
                self._waiters.pop(channel, None)

    def joined(self, connection: Connection) -> None:
        """A session began."""
        self.connections.setdefault(connection.node, []).append(connection)

    def left(self, connection: Connection) -> None:
        """A session ended."""
        held = self.connections[connection.node]
        held.remove(connection)
        seen = round(self.clock.now().timestamp() * 1_000_000)
        self.last_seen[connection.node] = (seen, connection.cursors.get("mailbox", 0))
        if not held:
            del self.connections[connection.node]
        if not self.connections:
            self._alone.set()

    def keep(self, node: str, held: Held) -> None:
        """A link of a node begins; beyond its number of links the oldest one ends."""
        self.admitter.pace.charge(node, LINK_SECONDS)
        links = self._links.setdefault(node, [])
        links.append(held)
        if len(links) > self.max_links:
            links.pop(0).displace(_too_many_links(node, self.max_links))

    def release(self, node: str, held: Held) -> None:
        """A link ended."""
        links = self._links.get(node, [])
        if held in links:
            links.remove(held)
        if not links:
            self._links.pop(node, None)

    def one_read(self, node: str) -> asyncio.Lock:
        """Around reading a page for a node: one at a time, so that none keeps the readers busy alone."""
        return self._reading.setdefault(node, asyncio.Lock())

    @contextlib.contextmanager
    def call(self, node: str) -> Iterator[None]:
        """Around a unary call of a node; Overloaded beyond its number of calls at once."""
        under_way = self._calls.get(node, 0)
        if under_way >= MAX_CALLS:
            raise errors.Overloaded(retry=errors.Overloaded.retry_seconds)
        self._calls[node] = under_way + 1
        try:
            yield
        finally:
            self._calls[node] -= 1
            if not self._calls[node]:
                del self._calls[node]

    async def admit(self, peer: str, wires: Iterable[envelope_pb2.SignedEvent], *, sound: bool = False) -> Answers:
        """Check and admit; an outcome for every event, in the order they came, as far as they had an id."""
        # Before anything is judged: who is not known now may be, once the nodes have told.
        self.admitter.check_recovered()
        lane = Lane()
        parts: list[Slice] = []
        coming: list[Awaitable[Answers]] = []
        try:
            async with contextlib.aclosing(self.checker.slices(peer, list(wires), sound=sound)) as slices:
                async for part in slices:
                    parts.append(part)
                    if part.good:
                        coming.append(self.admitter.offer(Submission.of(part.good, lane)))
        finally:
            # Also of what was handed in before something went wrong, the answers are heard.
            found = iter(await asyncio.gather(*coming))
        return joined([part.answered(next(found) if part.good else Answers((), ())) for part in parts])

    async def page_for(
        self, peer: str, channel: str, after: int, size: int, *, without_own: str = ""
    ) -> federation_pb2.Deliveries:
        """A page for a node when it is its turn, on its account, and a short one where it uses more than others."""
        pace = self.admitter.pace
        async with self.one_read(peer):
            await pace.due(peer)
            began = self.clock.monotonic()
            if pace.is_near_its_due(peer):
                size = min(size, SHORT_PAGE)
            page = await self.read(channel, after, size, without_own=without_own)
            pace.charge(peer, self.clock.monotonic() - began)
        return page

    async def read(self, channel: str, after: int, size: int, *, without_own: str = "") -> federation_pb2.Deliveries:
        """A page of a channel, as durable; events of `without_own` come as their receipt alone."""
        size = min(max(size, 1), MAX_PAGE)
        newest = self.admitter.tail.page(channel, after, size, PAGE_BYTES, without_own)
        if newest is not None:
            return newest

        def work(tx: Transaction) -> federation_pb2.Deliveries:
            rows = tx.fetch_all(QUERIES.read_channel, {"channel": channel, "after": after, "size": size})
            page = federation_pb2.Deliveries(channel=channel)
            total = 0
            for row in rows:
                total += len(row["envelope"]) + len(row["content"] or b"")
                if page.deliveries and total > PAGE_BYTES:
                    break
                delivery = page.deliveries.add(position=row["position"])
                delivery.receipt.ParseFromString(row["receipt"])
                if row["author"] != without_own:
                    if row["content"] is not None:
                        delivery.event.ParseFromString(row["content"])
                    delivery.event.envelope.ParseFromString(row["envelope"])
            batches = sorted({row["batch_id"] for row in rows[: len(page.deliveries)]})
            for row in tx.fetch_all(QUERIES.find_admissions, {"ids": json.dumps(batches)}) if batches else []:
                page.admissions.add().ParseFromString(row["signed"])
            return page

        return await self.database.run(work, read_only=True)

    def channel_of(self, peer: str, channel: str) -> str:
        """The stored name of a channel as a node calls it: its mailbox is named like itself."""
        if channel == "mailbox":
            return peer
        if channel in FEED_CHANNELS:
            return channel
        raise errors.FieldInvalid(field="channel", problem=f"没有通道 {channel} / there is no channel {channel}")

    async def last_sequence(self, author: str) -> dict[int, int]:
        """The last sequence known, for each incarnation of an author."""

        def work(tx: Transaction) -> dict[int, int]:
            found: dict[int, int] = {}
            for query in (QUERIES.read_authors, RECOVERY.read_recalled):
                for row in tx.fetch_all(query, {"author": author}):
                    found[row["incarnation"]] = max(row["sequence"], found.get(row["incarnation"], 0))
            return found

        return await self.database.look_up(work)

    def note_cursors(self, peer: str, cursors: dict[str, int]) -> None:
        """Remember how far a node says it is; written down by `flush_cursors`, for the operator only."""
        for channel, position in cursors.items():
            self._noted[peer, channel] = position

    async def flush_cursors(self) -> None:
        """Write down what the nodes have acknowledged since the last time."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        now = round(self.clock.now().timestamp() * 1_000_000)
        rows = [
            {"node": node, "channel": channel, "position": position, "update_time": now}
            for (node, channel), position in sorted(noted.items())
        ]
        await self.database.run(lambda tx: tx.execute_many(QUERIES.put_cursor, rows))


def _too_many_links(node: str, limit: int) -> errors.Overloaded:
    return errors.Overloaded.quoted(
        errors.Overloaded.reason(),
        f"{node} 同时打开的连线超过 {limit} 条,最早的一条已关闭。请检查是否有程序重复启动。",
        f"{node} holds more than {limit} links at once; the oldest was closed. Check whether a program runs twice.",
        peer=node,
    )

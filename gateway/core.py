"""The gateway's heart: one database, one admitter, and who waits for what."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.admission import Admitter
from gateway.answers import Answers
from gateway.epochs import RECOVERY
from gateway.recovery import Recovery
from gateway.store import QUERIES
from tongban import errors
from tongban.clock import Clock
from tongban.journal import envelopes
from tongban.journal.envelopes import Opened
from tongban.rejections import to_rejection
from tongban.signing import Verifier
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2, federation_pb2
from tongban.validation import MAX_EVENT_UNKNOWN, bounded_unknown, check

FEED_CHANNELS = ("feeds/nodes", "feeds/items", "feeds/agreements")
MAX_PAGE = 500
PAGE_BYTES = 2 << 20
"""A page holds at least one event, and beyond that no more than fits well within a message."""


class Waiter(Protocol):
    """Somebody who is told when a channel has moved."""

    def set(self) -> None:
        """Wake up."""
        ...


@dataclass(slots=True)
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
        self._waiters: dict[str, set[Waiter]] = {}
        self._watching_all: list[Waiter] = []
        self.draining = asyncio.Event()
        self._alone = asyncio.Event()
        self._noted: dict[tuple[str, str], int] = {}
        self.last_seen: dict[str, tuple[int, int]] = {}
        """When nodes that hold no stream were last seen, in microseconds, and how far they had read their mailbox."""
        self._verifier = Verifier(self._public_key)
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
        """Channels have moved: wake who waits for them."""
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
            self._waiters.setdefault(channel, set()).add(waiter)

    def unwatch(self, channels: Iterable[str], waiter: Waiter) -> None:
        """Stop waking it."""
        for channel in channels:
            waiting = self._waiters.get(channel, set())
            waiting.discard(waiter)
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

    def _public_key(self, key_id: str) -> bytes | None:
        return self.admitter.directory.public_key(key_id)

    def open(
        self, peer: str, wires: Iterable[envelope_pb2.SignedEvent], *, sound: bool = False
    ) -> tuple[list[Opened], dict[int, envelope_pb2.Outcome]]:
        """Check events that `peer` sent; those that are not even well formed are answered here, by their place.

        `sound`: the whole frame was found to keep the field rules, so only what lies in envelopes is left to check.
        """
        good: list[Opened] = []
        refused: dict[int, envelope_pb2.Outcome] = {}
        keys: set[str] = set()
        for index, wire in enumerate(wires):
            event_id, where = "", f"events[{index}]"
            try:
                opened = envelopes.parse(wire, field=where)
                event_id = opened.event.event_id
                if not sound:
                    check(wire, where=where)
                self._check(peer, opened, keys, where)
                good.append(opened)
            except errors.TongbanError as error:
                refused[index] = envelope_pb2.Outcome(event_id=event_id, rejection=to_rejection(error))
        return good, refused

    def _check(self, peer: str, opened: Opened, keys: set[str], where: str) -> None:
        """`keys`: those that were found to be the peer's own and in force in this same frame."""
        event = opened.event
        check(event, where=f"{where}.event")
        if event.ByteSize() > MAX_EVENT_UNKNOWN:
            bounded_unknown(event, where=f"{where}.event")
        if event.author != peer:
            raise errors.KeyOfAnotherNode(field=f"{where}.event.author", author=event.author, peer=peer)
        key_id = opened.wire.envelope.signature.key_id
        if key_id not in keys:
            self.admitter.directory.check_may_sign(key_id, peer, self.clock.now())
            keys.add(key_id)
        envelopes.verify(opened, self._verifier, field=where)

    async def admit(self, peer: str, wires: Iterable[envelope_pb2.SignedEvent], *, sound: bool = False) -> Answers:
        """Check and admit; an outcome for every event, in the order they came, as far as they had an id."""
        good, refused = self.open(peer, wires, sound=sound)
        if not good:
            return Answers((), tuple(refused.values()))
        answers = await self.admitter.admit(good)
        return Answers(answers.admissions, in_order(refused, answers.outcomes))

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


def in_order(
    refused: Mapping[int, envelope_pb2.Outcome], answered: Iterable[envelope_pb2.Outcome]
) -> tuple[envelope_pb2.Outcome, ...]:
    """One answer for each event, in the order they came: an event that could not even be read has no other name."""
    answers = iter(answered)
    outcomes: list[envelope_pb2.Outcome] = []
    for place in sorted(refused):
        outcomes.extend(itertools.islice(answers, place - len(outcomes)))
        outcomes.append(refused[place])
    return (*outcomes, *answers)

"""The witness: whatever a process says to its peer or to a clerk is on its disk at the moment it is said.

It stands on every line and at every desk of a run and looks at the speaker's disk when a frame is handed over: a
receipt, a delivery, an acknowledged cursor, a submitted event, a desk's answer.  A process that speaks before its
commit is found out at once, with no crash needed; that nothing said is lost by a later crash follows, since the disk
keeps what it has.  Receipts are remembered: the same event may not be told two of them.

What a process was seen to have is not looked for again while it lives: nothing is taken out of a journal, and a disk is
put back only under a dead process.

A breach is kept, not raised, because the session that it happens in would take it for a fault of its line.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

from gateway.session import Session
from gateway.store import QUERIES as GATEWAY
from nodes.core import NodeCore
from nodes.journal.drafts import Recorded
from nodes.session import NodeSession
from nodes.store import QUERIES as NODE
from tests.invariants.books import QUERIES
from tests.invariants.breach import Counts, InvariantBroken
from tests.simulate import gauges
from tongban import errors
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2, event_pb2, federation_pb2

DURABLE, ONE_RECEIPT, BOUNDED = "said only when durable", "one receipt an event", "bounded"


@dataclass(slots=True)
class Seen:
    """What a process was seen to have on its disk."""

    events: set[str] = field(default_factory=set)
    channels: dict[str, int] = field(default_factory=dict)
    """How far the gateway's channels reached."""


@dataclass(slots=True)
class Witness:
    """What was said in a run."""

    breaches: list[InvariantBroken] = field(default_factory=list)
    receipts: dict[tuple[int, str], bytes] = field(default_factory=dict)
    """By the gateway's epoch and the event's id."""
    answered: dict[str, set[str]] = field(default_factory=dict)
    """Events that desks have told clerks of, by node."""
    counts: Counts = field(default_factory=Counts)
    peaks: dict[str, int] = field(default_factory=dict)
    """The most that there was of each thing that grows."""
    seen: WeakKeyDictionary[Database, Seen] = field(default_factory=WeakKeyDictionary)
    """What each living process has, as far as it was looked for."""

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Stand on every line and at every desk that begins while this lasts."""
        serve, dial, record = Session.__init__, NodeSession.__init__, NodeCore.record

        def serving(session: Session, core: Any, peer: str, link: Any) -> None:
            async def says(frame: federation_pb2.ExchangeResponse) -> None:
                self._measure((*gauges.of_gateway(core), *gauges.of_gateway_session(session)))
                await self._gateway_says(core, peer, frame)

            serve(session, core, peer, _Watched(link, says))

        def dialling(session: NodeSession, core: Any, link: Any) -> None:
            async def says(frame: federation_pb2.ExchangeRequest) -> None:
                self._measure((*gauges.of_node(core), *gauges.of_node_session(session)))
                await self._node_says(core, frame)

            dial(session, core, _Watched(link, says))

        async def recording(core: NodeCore, *args: Any, **options: Any) -> Recorded:
            recorded = await record(core, *args, **options)
            await self._desk_says(core, recorded)
            return recorded

        with (
            mock.patch.object(Session, "__init__", serving),
            mock.patch.object(NodeSession, "__init__", dialling),
            mock.patch.object(NodeCore, "record", recording),
        ):
            try:
                yield
            except AssertionError:
                # A breach explains what came of it.
                self.check()
                raise

    def check(self) -> None:
        """Raise the first breach."""
        if self.breaches:
            raise self.breaches[0]

    @staticmethod
    def not_in_journal(tx: Transaction, events: Collection[str]) -> str:
        """What is missing of these events in a node's journal, in words; nothing where they are all there."""
        return _missing_events(tx, sorted(events))

    async def _gateway_says(self, core: Any, peer: str, frame: federation_pb2.ExchangeResponse) -> None:
        match frame.WhichOneof("frame"):
            case "outcomes":
                receipts = [o.receipt for o in frame.outcomes.outcomes if o.HasField("receipt")]
                await self._look(core.database, "gateway", lambda tx: self._receipts(tx, core.admitter.epoch, receipts))
            case "deliveries":
                channel = core.channel_of(peer, frame.deliveries.channel)
                last = frame.deliveries.deliveries[-1].position
                seen = self._seen_of(core.database).channels
                if last > seen.get(channel, 0):
                    await self._look(core.database, "gateway", lambda tx: _delivered(tx, channel, last, seen))

    async def _node_says(self, core: NodeCore, frame: federation_pb2.ExchangeRequest) -> None:
        match frame.WhichOneof("frame"):
            case "acknowledgement":
                cursors = {c.channel: c.position for c in frame.acknowledgement.cursors}
                await self._look(core.database, core.name, lambda tx: self._cursors(tx, cursors))
            case "hello":
                cursors = {c.channel: c.position for c in frame.hello.cursors}
                await self._look(core.database, core.name, lambda tx: self._cursors(tx, cursors))
            case "submission":
                ids = [_event_id(wire.envelope.payload) for wire in frame.submission.events]
                await self._has(core, ids)

    async def _desk_says(self, core: NodeCore, recorded: Recorded) -> None:
        ids = list(recorded.events)
        if ids and await self._has(core, ids):
            self.answered.setdefault(core.name, set()).update(ids)

    async def _has(self, core: NodeCore, ids: list[str]) -> bool:
        """Whether a node that lives has these events in its journal; that one is missing is a breach."""
        seen = self._seen_of(core.database).events
        new = [event_id for event_id in ids if event_id not in seen]
        alive = not new or await self._look(core.database, core.name, lambda tx: _missing_events(tx, new))
        if alive:
            seen.update(new)
        return alive

    def _seen_of(self, database: Database) -> Seen:
        return self.seen.setdefault(database, Seen())

    def _measure(self, found: Iterable[gauges.Gauge]) -> None:
        for what, value, bound in found:
            if value > self.peaks.get(what, -1):
                self.peaks[what] = value
            if value > bound:
                self.breaches.append(InvariantBroken(BOUNDED, f"{value} where {bound} may be", what=what))

    async def _look(self, database: Database, who: str, find: Callable[[Transaction], str]) -> bool:
        """Look at the speaker's disk; False where it has died and says nothing any more."""
        try:
            problem = await database.look_up(find)
        except errors.Unavailable:
            return False
        self.counts["said"] += 1
        if problem:
            self.breaches.append(InvariantBroken(DURABLE, problem, node=who))
        return True

    def _receipts(self, tx: Transaction, epoch: int, receipts: list[envelope_pb2.Receipt]) -> str:
        told: dict[str, bytes] = {}
        for receipt in receipts:
            told[envelope_pb2.AdmissionLeaf.FromString(receipt.leaf).event_id] = receipt.SerializeToString()
        stored = {
            row["event_id"]: row["receipt"] for row in tx.fetch_all(GATEWAY.find_events, {"ids": json.dumps([*told])})
        }
        for event_id, receipt_bytes in told.items():
            before = self.receipts.setdefault((epoch, event_id), receipt_bytes)
            if before != receipt_bytes or stored.get(event_id, receipt_bytes) != receipt_bytes:
                self.breaches.append(InvariantBroken(ONE_RECEIPT, "another than before", event=event_id))
        missing = [event_id for event_id in told if event_id not in stored]
        return f"a receipt for {missing}, which is not in the journal" if missing else ""

    def _cursors(self, tx: Transaction, cursors: dict[str, int]) -> str:
        stored = {row["channel"]: row["position"] for row in tx.fetch_all(QUERIES.node_cursors)}
        ahead = {c: p for c, p in cursors.items() if p > stored.get(c, 0)}
        return f"acknowledged {ahead}, stored {stored}" if ahead else ""


class _Watched:
    """A link whose frames are looked at as they are handed over."""

    def __init__(self, link: Any, look: Callable[[Any], Any]) -> None:
        self._link = link
        self._look = look
        self.receive, self.close = link.receive, link.close

    async def send(self, frame: Any) -> None:
        await self._look(frame)
        await self._link.send(frame)


def _event_id(payload: bytes) -> str:
    return event_pb2.Event.FromString(payload).event_id


def _delivered(tx: Transaction, channel: str, last: int, seen: dict[str, int]) -> str:
    rows = tx.fetch_all(GATEWAY.read_channels, {"names": json.dumps([channel])})
    seen[channel] = rows[0]["position"] if rows else 0
    return f"{channel} delivered up to {last}, stored up to {seen[channel]}" if last > seen[channel] else ""


def _missing_events(tx: Transaction, ids: list[str]) -> str:
    found = {row["event_id"] for row in tx.fetch_all(NODE.find_events, {"ids": json.dumps(ids)})}
    missing = [event_id for event_id in ids if event_id not in found]
    return f"{missing} are not in the node's journal" if missing else ""

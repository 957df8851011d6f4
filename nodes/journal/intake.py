"""Intake: deliveries are stored raw, folded, and acknowledged when they are on disk.

Signatures and receipts are checked before the unit of work, with what the directory knows at that moment.  An event
whose author's key is not known yet is stored and parked: the key comes with the nodes' feed, and parked streams are
tried again whenever that feed moves, and at every welcome (the process may have died just before it tried).

A gateway is believed only as far as it can prove: what an author decided on one history is not folded onto another,
and a stream that goes on differently from what is here (a gateway restored from a backup, or a false one) is named
and nothing more of the page is taken.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agreements.domain.shared import SHARED_COLLECTIONS
from nodes.journal import custody, ledger
from nodes.journal.sealer import Sealer
from nodes.journal.streams import FORKED, Stream, StreamCache, Streams, event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Clock
from tongban.directory import Directory, check_keys
from tongban.journal import envelopes
from tongban.journal.admissions import AdmissionVerifier
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.retirement import Signing
from tongban.signing import Verifier
from tongban.storage.base import Database, Transaction
from tongban.storage.batcher import GroupCommit
from tongban.v1 import directory_pb2, envelope_pb2, event_pb2, federation_pb2

logger = logging.getLogger(__name__)

WAITING, FOLDED, REFUSED, PARKED = 0, 1, 2, 3
_FEEDS = tuple(f"{collection}/" for collection in SHARED_COLLECTIONS)
RETRY_PARKED = dt.timedelta(minutes=10)
"""Parked streams are tried again so often, whatever comes meanwhile."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery, checked as far as it can be alone.  `opened` is None for an own event, which the journal has."""

    position: int
    leaf: envelope_pb2.AdmissionLeaf
    receipt: envelope_pb2.Receipt
    opened: Opened | None
    doubt: str


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries of one channel, in order."""

    channel: str
    admissions: tuple[envelope_pb2.SignedAdmission, ...]
    deliveries: tuple[Delivered, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch of pages came to: cursors to acknowledge, streams that changed, shared states to learn."""

    cursors: dict[str, int]
    changed: list[str]
    shared: list[tuple[str, Any]]
    feeds_moved: bool
    gap_closed: bool = False
    """Whether what a parked stream may have waited for has come."""


class Intake:
    """Takes deliveries into one database.  `taken` is told after each commit."""

    def __init__(
        self,
        database: Database,
        *,
        node: str,
        directory: Directory,
        admissions: AdmissionVerifier,
        lifecycles: Lifecycles,
        cache: StreamCache,
        sealer: Sealer,
        clock: Clock,
        taken: Callable[[Taken], None],
    ) -> None:
        self._database = database
        self._node = node
        self._directory = directory
        self._admissions = admissions
        self._verifier = Verifier(directory.public_key)
        self._lifecycles = lifecycles
        self._cache = cache
        self._sealer = sealer
        self._clock = clock
        self._taken = taken
        self.next_retry = clock.now() + RETRY_PARKED
        self._commits: GroupCommit[Page, dict[str, int]] = GroupCommit(self._commit, name="intake", max_items=16)

    async def take(self, deliveries: federation_pb2.Deliveries) -> dict[str, int]:
        """Take one frame in.  Returns the cursors to acknowledge, once they are on disk."""
        return await self._commits.submit(self._check(deliveries))

    async def close(self) -> None:
        """Finish what was handed in."""
        await self._commits.close()

    def _check(self, deliveries: federation_pb2.Deliveries) -> Page:
        for signed in deliveries.admissions:
            self._admissions.admit(signed)
        checked = [self._check_one(delivery) for delivery in deliveries.deliveries]
        return Page(deliveries.channel, tuple(deliveries.admissions), tuple(checked))

    def _check_one(self, delivery: federation_pb2.Delivery) -> Delivered:
        leaf = self._admissions.verify(delivery.receipt)
        if not delivery.HasField("event"):
            return Delivered(delivery.position, leaf, delivery.receipt, None, "")
        opened = envelopes.parse(delivery.event)
        event = opened.event
        if (leaf.event_id, leaf.event_digest, leaf.stream) != (event.event_id, opened.digest, event.stream):
            raise errors.Damaged(what=f"receipt of {event.event_id}")
        doubt = ""
        try:
            self._check_author(opened, self._admissions.header(delivery.receipt.batch_id))
        except errors.TongbanError as error:
            doubt = error.text("zh")
        return Delivered(delivery.position, leaf, delivery.receipt, opened, doubt)

    def _check_author(self, opened: Opened, header: envelope_pb2.AdmissionHeader | None) -> None:
        """The author signed it, with a key that could when it was admitted, and new keys are certified by its root.

        So no gateway can put others in their place, nor go on with a key that was retired or revoked.
        """
        event = opened.event
        body = event.WhichOneof("body")
        if body == "node_registered":
            registered = event.node_registered
            self._check_keys(event, registered.root_public_key, registered.keys)
            keys = {k.key_id: k.public_key for k in registered.keys}
            envelopes.verify(opened, Verifier(keys.get))
            return
        key_id = opened.wire.envelope.signature.key_id
        if header is None:
            raise errors.Damaged(what=f"receipt of {event.event_id}")
        admitted = header.admit_time.ToDatetime(dt.UTC)
        self._directory.check_signed(key_id, event.author, Signing.of(event, admitted))
        if body == "node_keys_rotated":
            root = self._directory.node(event.stream).root_public_key
            self._check_keys(event, root, event.node_keys_rotated.keys)
        envelopes.verify(opened, self._verifier)

    def _check_keys(self, event: event_pb2.Event, root: bytes, keys: Iterable[directory_pb2.NodeKey]) -> None:
        listed = list(keys)
        check_keys(event.stream, root, listed, field="event.keys")
        self._directory.check_own(event.stream, listed, field="event.keys")

    async def _commit(self, pages: list[Page]) -> list[dict[str, int] | Exception]:
        now = self._clock.now()
        taken = await self._database.run(lambda tx: self._work(tx, pages, now))
        self._taken(taken)
        if taken.feeds_moved or taken.gap_closed:
            await self.retry_parked()
        return [taken.cursors] * len(pages)

    async def retry_parked(self) -> None:
        """Try parked streams again: what they waited for may have come.

        The feeds come first, for as long as that brings anything new: a node that has rotated its keys several times
        signs each rotation with a key of the one before, and whatever else is parked is judged by all of its keys.
        The others too: one may wait for another (`Streams.held_back`).
        """
        now = self._clock.now()
        self.next_retry = now + RETRY_PARKED
        for of_feeds in (True, False):
            before: dict[str, int] = {}
            while names := await self._parked(of_feeds):
                reached = await self._try(names, now)
                if reached == before:
                    break
                before = reached

    async def _parked(self, of_feeds: bool) -> list[str]:
        rows = await self._database.run(lambda tx: tx.fetch_all(QUERIES.list_parked_streams), read_only=True)
        return [r["name"] for r in rows if r["parked"] != FORKED and r["name"].startswith(_FEEDS) == of_feeds]

    async def _try(self, names: Sequence[str], now: dt.datetime) -> dict[str, int]:
        """Try these again; how far each is now."""
        taken = await self._database.run(lambda tx: self._retry(tx, names, now))
        self._taken(taken)
        return {name: state.version for name, state in taken.shared}

    # Everything below runs within the unit of work.

    def _work(self, tx: Transaction, pages: Sequence[Page], now: dt.datetime) -> Taken:
        streams = Streams(tx, self._lifecycles, self._cache, round(now.timestamp() * 1_000_000))
        cursors = {row["channel"]: row["position"] for row in tx.fetch_all(QUERIES.list_cursors)}
        streams.load(d.leaf.stream for page in pages for d in page.deliveries)
        known = self._known(
            tx, [d.leaf.event_id for page in pages for d in page.deliveries if self._may_know(streams, d)]
        )
        inserted: list[dict[str, object]] = []
        confirmed: list[dict[str, object]] = []
        shared: dict[str, Any] = {}
        touched: set[str] = set()
        moved: dict[str, int] = {}
        gap_closed = False
        for page in pages:
            position = cursors.get(page.channel, 0)
            for delivered in page.deliveries:
                if page.channel != "mailbox":
                    # What comes again too: a commit whose outcome nobody learned has taught nobody.
                    shared[delivered.leaf.stream] = streams.get(delivered.leaf.stream)
                if delivered.position <= position:
                    continue
                if delivered.position != position + 1:
                    raise errors.Damaged(what=f"{page.channel}: {position} → {delivered.position}")
                position = delivered.position
                stream = streams.get(delivered.leaf.stream)
                if delivered.leaf.version <= stream.version:
                    self._check_same(tx, stream, delivered.leaf)
                    continue
                follows = (delivered.leaf.version, delivered.leaf.predecessor) == (stream.version + 1, stream.head)
                gap_closed = gap_closed or (bool(stream.parked) and follows)
                row = self._accept(tx, streams, stream, delivered, known.get(delivered.leaf.event_id))
                (confirmed if delivered.leaf.event_id in known else inserted).append(row)
                if delivered.opened is not None:
                    known[delivered.leaf.event_id] = delivered.opened
                touched.add(stream.name)
            cursors[page.channel] = moved[page.channel] = position
        admissions = [
            {"batch_id": self._batch_id(signed), "signed": signed.SerializeToString()}
            for page in pages
            for signed in page.admissions
        ]
        tx.execute_many(QUERIES.insert_admission, admissions)
        if inserted:
            tx.execute_many(QUERIES.insert_event, inserted)
        if confirmed:
            tx.execute_many(QUERIES.confirm_event, confirmed)
        tx.execute_many(QUERIES.put_cursor, [{"channel": c, "position": p} for c, p in sorted(moved.items())])
        for name in sorted(touched):
            stream = streams.get(name)
            streams.predict_anew(stream)
        changed = streams.write()
        learned = [(name, stream.state) for name, stream in shared.items() if stream.state is not None]
        feeds = any(page.channel != "mailbox" for page in pages)
        return Taken({p.channel: cursors[p.channel] for p in pages}, changed, learned, feeds, gap_closed)

    def _check_same(self, tx: Transaction, stream: Stream, leaf: envelope_pb2.AdmissionLeaf) -> None:
        """What comes again is what came before; else the gateway tells another history than it told once."""
        row = tx.fetch_one(QUERIES.get_digest, {"stream": stream.name, "version": leaf.version})
        if row is not None and row["digest"] != leaf.event_digest and stream.parked != FORKED:
            raise errors.Damaged(
                what=f"{stream.name}@{leaf.version}: 网关所述与此前不同 / the gateway tells another history than before"
            )

    def _accept(
        self, tx: Transaction, streams: Streams, stream: Stream, delivered: Delivered, known: Opened | None
    ) -> dict[str, object]:
        """Store one delivery and fold it, or park its stream."""
        opened = delivered.opened or known
        leaf = delivered.leaf
        if opened is None:
            raise errors.PeerAhead(peer="gateway", theirs=leaf.event_id, ours="-")
        if (leaf.event_digest, leaf.stream) != (opened.digest, opened.event.stream) or (
            known is not None and known.digest != leaf.event_digest
        ):
            raise errors.Damaged(what=f"event {leaf.event_id}")
        problem = stream.parked or delivered.doubt or self._fold(tx, streams, stream, opened, leaf)
        if problem and not stream.parked:
            stream.parked, stream.changed = problem, True
        if known is None:
            self._keep_sealed(tx, opened)
        event = opened.event
        return {
            "event_id": event.event_id,
            "stream": event.stream,
            "version": leaf.version,
            "sequence": None,
            "author": event.author,
            "digest": opened.digest,
            "standing": PARKED if problem else FOLDED,
            "claim_time": event.claim_time.ToMicroseconds(),
            "envelope": opened.wire.envelope.SerializeToString() if known is None else b"",
            "receipt": delivered.receipt.SerializeToString(),
        }

    def _fold(
        self,
        tx: Transaction,
        streams: Streams,
        stream: Stream,
        opened: Opened,
        leaf: envelope_pb2.AdmissionLeaf,
    ) -> str:
        """Fold one event onto its stream; the reason if it cannot be."""
        if (stream.version + 1, stream.head) != (leaf.version, leaf.predecessor):
            return f"第 {leaf.version} 步的前一步未到 / the step before version {leaf.version} is missing"
        kept, event = (stream.version, stream.head, stream.state, stream.moved), opened.event
        try:
            expected = (event.expected_version, event.expected_head)
            if self._lifecycles.rule(event).chained and expected != (stream.version, stream.head):
                return f"第 {leaf.version} 步不是据前一步作出 / version {leaf.version} was decided on another history"
            if problem := streams.held_back(event):
                return problem
            streams.confirm(stream, Step(event, opened.digest, leaf.version))
            moves = custody.moves(tx, kept[2], stream.state, event)
            noted = ledger.noted(stream.state, event)
        except errors.TongbanError as error:
            problem = error.text("zh")
        except Exception as error:
            # A fault of ours in one stream's fold must not stop the mailbox.
            logger.exception("%s cannot be folded at version %d", stream.name, leaf.version)
            problem = f"程序出错 / a fault of the program at version {leaf.version}: {type(error).__name__}"
        else:
            custody.append(tx, moves)
            ledger.note(tx, noted)
            return ""
        stream.version, stream.head, stream.state, stream.moved = kept
        return problem

    def _keep_sealed(self, tx: Transaction, opened: Opened) -> None:
        wire = opened.wire
        if not (wire.parts or wire.grants):
            return
        sealed = envelope_pb2.SignedEvent(parts=wire.parts, grants=wire.grants)
        event = opened.event
        tx.execute(
            QUERIES.insert_sealed,
            {"event_id": event.event_id, "stream": event.stream, "content": sealed.SerializeToString()},
        )
        self._sealer.learn(tx, event.stream, sealed)

    def _may_know(self, streams: Streams, delivered: Delivered) -> bool:
        """Whether the journal may have it beyond its stream's version: own steps, and what lies parked."""
        author = delivered.opened.event.author if delivered.opened is not None else self._node
        return author == self._node or bool(streams.get(delivered.leaf.stream).parked)

    def _known(self, tx: Transaction, ids: Sequence[str]) -> dict[str, Opened]:
        known: dict[str, Opened] = {}
        for row in tx.fetch_all(QUERIES.find_events, {"ids": json.dumps(list(ids))}) if ids else ():
            wire = envelope_pb2.SignedEvent()
            wire.envelope.ParseFromString(row["envelope"])
            event = event_pb2.Event.FromString(wire.envelope.payload)
            known[row["event_id"]] = Opened(event, row["digest"], wire)
        return known

    def _batch_id(self, signed: envelope_pb2.SignedAdmission) -> str:
        return envelope_pb2.AdmissionHeader.FromString(signed.header).batch_id

    def _retry(self, tx: Transaction, names: Sequence[str], now: dt.datetime) -> Taken:
        streams = Streams(tx, self._lifecycles, self._cache, round(now.timestamp() * 1_000_000))
        streams.load(names)
        shared = []
        for name in names:
            stream = streams.get(name)
            problem = self._refold(tx, streams, stream)
            stream.parked, stream.changed = problem, True
            streams.predict_anew(stream)
            if stream.state is not None:
                shared.append((name, stream.state))
        return Taken({}, streams.write(), shared, False)

    def _refold(self, tx: Transaction, streams: Streams, stream: Stream) -> str:
        """Fold what lies parked, every proof looked at again; the reason if it still cannot be."""
        while rows := tx.fetch_all(QUERIES.list_parked, {"stream": stream.name}):
            for row in rows:
                wire = envelope_pb2.SignedEvent()
                if row["content"] is not None:
                    wire.ParseFromString(row["content"])
                wire.envelope.ParseFromString(row["envelope"])
                opened = Opened(event_of(row["envelope"]), row["digest"], wire)
                receipt = envelope_pb2.Receipt.FromString(row["receipt"])
                leaf = envelope_pb2.AdmissionLeaf.FromString(receipt.leaf)
                try:
                    self._check_author(opened, admission_header(tx, receipt.batch_id))
                    problem = self._fold(tx, streams, stream, opened, leaf)
                except errors.TongbanError as error:
                    problem = error.text("zh")
                if problem:
                    return problem
                tx.execute(QUERIES.fold_parked, {"event_id": row["event_id"]})
        return ""


def admission_header(tx: Transaction, batch_id: str) -> envelope_pb2.AdmissionHeader | None:
    """The admission of a batch, as it was proven when it came."""
    row = tx.fetch_one(QUERIES.get_admission, {"batch_id": batch_id})
    signed = envelope_pb2.SignedAdmission.FromString(row["signed"]) if row is not None else None
    return envelope_pb2.AdmissionHeader.FromString(signed.header) if signed is not None else None

"""A node's heart: its database, keys and journal, and who watches which stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agreements.domain.agreements import AgreementFolder
from agreements.domain.catalogue import ItemFolder
from agreements.domain.shared import SHARED_COLLECTIONS, Shared
from mailroom.domain.custody import check_in_hand
from mailroom.domain.parcels import ParcelFolder
from nodes.copy_age import CopyAge
from nodes.domain.diagnosis import Link
from nodes.journal import cases, custody, ledger
from nodes.journal.drafts import Actor, Recorded
from nodes.journal.intake import Intake, Taken
from nodes.journal.recorder import Build, Position, Recorder
from nodes.journal.refolding import refold
from nodes.journal.refusals import Refusals
from nodes.journal.sealer import Sealer
from nodes.journal.streams import StreamCache
from nodes.storage import named
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.faults import Finding
from tongban.journal.admissions import AdmissionVerifier
from tongban.keys import NodeKeys
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.directory import NodeFolder
from tongban.lifecycle.engine import Lifecycles
from tongban.lifecycle.refolding import UNFOLDED
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2, parcel_pb2


def all_lifecycles() -> Lifecycles:
    """Every collection's folder."""
    return Lifecycles(ApplicationFolder(), ParcelFolder(), AgreementFolder(), NodeFolder(), ItemFolder())


@dataclass(slots=True)
class LineState:
    """How the line to the gateway is, for people."""

    connected: bool = False
    since: float = 0.0
    problem: str = ""
    error: errors.TongbanError | None = None
    """What ended the last attempt; where it is connected, why the gateway takes no events at present."""
    renewal: errors.TongbanError | None = None
    """What the last try to renew this node's certificate met; None where it is not time to, or it was renewed."""
    skew: float = 0.0
    """Seconds by which this machine's clock is ahead of the gateway's, as it was last seen."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the gateway has said something that a person may have to know at once; `nodes.lookout` waits for it."""
    gateway: str = ""
    epoch: int = 0
    heads: dict[str, int] = field(default_factory=dict)
    draining: bool = False
    """The gateway said that it would stop, and has not welcomed this node since."""
    findings: list[Finding] = field(default_factory=list)
    """Who failed, as `nodes.lookout` found last, the nearest first."""
    links: dict[str, Link] = field(default_factory=dict)
    """How the partners' links were, when the gateway was last asked."""


class NodeCore:
    """What the session, the desks and the console share."""

    def __init__(self, *, name: str, database: Database, keys: NodeKeys, clock: Clock, entropy: Entropy) -> None:
        self.name = name
        self.database = database
        self.keys = keys
        self.clock = clock
        self.entropy = entropy
        self.lifecycles = all_lifecycles()
        self.shared = Shared()
        self.line = LineState()
        self.position = Position(incarnation=1, sequence=0)
        self.epoch = 0
        self.copy = CopyAge(self)
        self.recovering = False
        self.recovered = asyncio.Event()
        self.recovered.set()
        self.cursors: dict[str, int] = {}
        self.receipt_keys: dict[str, bytes] = {}
        self.admissions = AdmissionVerifier(self.receipt_keys.get)
        self.waiting = asyncio.Event()
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._listeners: list[Callable[[Sequence[str]], None]] = []
        cache = StreamCache()
        self.sealer = Sealer(name, keys.sealing, self.shared.directory, entropy)
        self._recorder = Recorder(
            database,
            author=name,
            signer=keys.signer(),
            sealer=self.sealer,
            lifecycles=self.lifecycles,
            cache=cache,
            clock=clock,
            entropy=entropy,
            position=self.position,
            recorded=self._recorded,
            directory=self.shared.directory,
        )
        self.intake = Intake(
            database,
            node=name,
            directory=self.shared.directory,
            admissions=self.admissions,
            lifecycles=self.lifecycles,
            cache=cache,
            sealer=self.sealer,
            clock=clock,
            taken=self._took,
        )
        self.refusals = Refusals(database, lifecycles=self.lifecycles, cache=cache, clock=clock, refused=self._changed)

    async def start(self) -> None:
        """Load what the database holds."""

        def work(tx: Transaction) -> dict[str, str]:
            for row in tx.fetch_all(QUERIES.list_cursors):
                self.cursors[row["channel"]] = row["position"]
            for collection in SHARED_COLLECTIONS:
                after = f"{collection}/"
                while rows := tx.fetch_all(
                    QUERIES.list_collection, {"after": after, "until": f"{collection}0", "size": 500}
                ):
                    for row in rows:
                        self.shared.learn(row["name"], self.lifecycles.load(row["name"], row["state"]))
                    after = rows[-1]["name"]
            return {row["key"]: row["value"] for row in tx.fetch_all(QUERIES.list_settings)}

        settings = await self.database.run(work, read_only=True)
        if UNFOLDED in settings or ledger.UNFILLED in settings:
            await refold(self.database, self.lifecycles, round(self.clock.now().timestamp() * 1_000_000))
        if ledger.UNFILLED in settings:
            await ledger.fill(self.database)
        if cases.UNFILLED in settings:
            await cases.fill(self.database)
        self.position.incarnation = int(settings.get("incarnation", "1"))
        self.position.sequence = int(settings.get("sequence", "0"))
        self.epoch = int(settings.get("epoch", "0"))
        self.copy.load(settings)
        if settings.get("recovering") == "1":
            self.recovering = True
            self.recovered.clear()
        for key, value in settings.items():
            if key.startswith("receipt_key/"):
                self.receipt_keys[key.removeprefix("receipt_key/")] = bytes.fromhex(value)

    async def close(self) -> None:
        """Finish what was handed in, then let the database go."""
        await self._recorder.close()
        await self.intake.close()
        await self.database.close()

    async def set(self, **settings: str) -> None:
        """Store settings."""
        rows = [{"key": key, "value": value} for key, value in sorted(settings.items())]
        await self.database.run(lambda tx: tx.execute_many(QUERIES.put_setting, rows))

    async def begin_recovery(self, incarnation: int, sequence: int) -> None:
        """This node was restored from a backup: a new incarnation, and nothing new until its own events are back."""
        self.recovering = True
        self.recovered.clear()
        self.position.incarnation = max(incarnation, self.position.incarnation) + 1
        self.position.sequence = max(sequence, self.position.sequence)
        await self.set(incarnation=str(self.position.incarnation), sequence=str(self.position.sequence), recovering="1")

    async def note_recovery(self) -> None:
        """Recovery is over as soon as every channel is read up to where it ended when the gateway welcomed us."""
        if not self.recovering or not self.line.heads:
            return
        if all(self.cursors.get(channel, 0) >= head for channel, head in self.line.heads.items()):
            await self.set(recovering="0")
            self.recovering = False
            self.recovered.set()

    async def record(self, actor: Actor, build: Build, *, urgent: bool = True) -> Recorded:
        """Decide, sign and store a step of this node; see `nodes.journal.recorder`."""
        if self.recovering:
            raise errors.PeerAhead(peer=self.line.gateway or "gateway", theirs="-", ours="恢复中 recovering")
        try:
            return await self._recorder.record(actor, build, urgent=urgent)
        except errors.StorageFull as error:
            raise named(error) from error

    async def state(self, name: str) -> Any:
        """The predicted state of a stream, or None."""

        def work(tx: Transaction) -> Any:
            row = tx.fetch_one(QUERIES.read_stream, {"name": name})
            blob = (row["predicted"] or row["state"]) if row else b""
            return self.lifecycles.load(name, blob) if blob else None

        return await self.database.look_up(work)

    def check_in_hand(self, tx: Transaction, originals: Iterable[str]) -> dict[str, parcel_pb2.Custody]:
        """The present holders of these originals; NotTheCustodian unless this node holds each."""
        held = {}
        for original in originals:
            chain = custody.chain(tx, self.lifecycles, original)
            if chain:
                held[original] = chain[-1]
        check_in_hand(originals, self.name, held)
        return held

    def watch(self, stream: str) -> Watch:
        """Be told whenever a stream changes here, or any of a collection."""
        return Watch(self._watchers, stream)

    def listen(self, listener: Callable[[Sequence[str]], None]) -> None:
        """Tell this one of the streams that change here, by name, after each commit; it may not wait nor raise."""
        self._listeners.append(listener)

    def _recorded(self, streams: list[str]) -> None:
        self.waiting.set()
        self._changed(streams)

    def _took(self, taken: Taken) -> None:
        self.cursors.update(taken.cursors)
        for name, state in taken.shared:
            self.shared.learn(name, state)
        self._changed(taken.changed)

    def _changed(self, streams: Sequence[str]) -> None:
        for listener in self._listeners:
            listener(streams)
        for stream in streams:
            for watched in (stream, stream.partition("/")[0]):
                for event in self._watchers.get(watched, ()):
                    event.set()

    def saw(self, header: envelope_pb2.AdmissionHeader) -> None:
        """Remember the latest admission seen: it is the floor of our claimed times."""
        seen = self.position.seen
        if seen is None or header.admit_time.ToNanoseconds() > seen.admit_time.ToNanoseconds():
            fresh = envelope_pb2.SeenAdmission(epoch=header.epoch, batch_id=header.batch_id)
            fresh.admit_time.CopyFrom(header.admit_time)
            self.position.seen = fresh


class Watch:
    """A watcher of one stream, or of a collection; use as a context manager."""

    def __init__(self, watchers: dict[str, set[asyncio.Event]], stream: str) -> None:
        self._watchers = watchers
        self._stream = stream
        self._event = asyncio.Event()

    def __enter__(self) -> Watch:
        self._watchers.setdefault(self._stream, set()).add(self._event)
        return self

    def __exit__(self, *exc: object) -> None:
        waiting = self._watchers.get(self._stream, set())
        waiting.discard(self._event)
        if not waiting:
            self._watchers.pop(self._stream, None)

    async def changed(self) -> None:
        """Until the stream has changed since the last call."""
        await self._event.wait()
        self._event.clear()

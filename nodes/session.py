"""One stream to the gateway, as the node keeps it.

Three things go on: own waiting events are sent in order, as far as the gateway's credit allows, without waiting for
answers; outcomes are taken in (a refusal is written down before anything else is done with it); deliveries are taken
in and acknowledged when they are on disk.

A session begins by sending every event that has no answer yet, from the first: the gateway knows by their ids those
that it has.  So nothing needs to be remembered about what was under way when a line broke.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from nodes.core import NodeCore
from nodes.journal.outbox import gather
from nodes.recovery import give_back
from nodes.store import QUERIES
from tongban import errors
from tongban.exchange.credit import MAX_GROUP, ReceiveWindow, SendWindow
from tongban.exchange.link import Link
from tongban.exchange.tasks import first_to_end
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.rejections import from_rejection
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2, federation_pb2

PROTOCOL_VERSION = 1
CREDIT_EVENTS = 1024
CREDIT_BYTES = 16 << 20
PAGE = 128
FRAME_BYTES = 2 << 20
FEW = 16
"""So many waiting events at most are read on the loop's thread."""
SOFTWARE = "tongban 0.1.0"

NodeLink = Link[federation_pb2.ExchangeRequest, federation_pb2.ExchangeResponse]


class NodeSession:
    """Keeps one link until it ends."""

    def __init__(self, core: NodeCore, link: NodeLink) -> None:
        self._core = core
        self._link = link
        self._sending = asyncio.Lock()
        self._window = SendWindow()
        self._room = ReceiveWindow(CREDIT_EVENTS, CREDIT_BYTES, slack=FRAME_BYTES)
        self._stored: dict[str, int] = {}
        self._taking: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.welcomed = False

    async def run(self) -> None:
        """Keep it until the gateway closes (returns) or something breaks (raises)."""
        try:
            if await self._greet():
                await give_back(self._core, self._ask)
                return
            await first_to_end(self._read(), self._submit(), self._core.copy.keep(), self._failed())
        finally:
            self._core.copy.closed()
            for task in self._taking:
                task.cancel()
            line = self._core.line
            if line.connected:
                line.connected, line.since = False, self._core.clock.monotonic()

    async def _greet(self) -> bool:
        """Greet the gateway; whether it recovers, and asks what this node holds before anything else."""
        core = self._core
        hello = federation_pb2.Hello(
            protocol_versions=[PROTOCOL_VERSION],
            software=SOFTWARE,
            incarnation=core.position.incarnation,
            last_sequence=core.position.sequence,
            epoch=core.epoch,
            cursors=[federation_pb2.Cursor(channel=c, position=p) for c, p in sorted(core.cursors.items())],
            credit=federation_pb2.Credit(events=CREDIT_EVENTS, bytes=CREDIT_BYTES),
            lifecycle_versions=SUPPORTED_LIFECYCLE_VERSIONS,
            with_own_events=core.recovering,
        )
        await self._send(federation_pb2.ExchangeRequest(hello=hello))
        frame = await self._link.receive()
        if frame is None or frame.WhichOneof("frame") != "welcome":
            raise errors.Unavailable(what="gateway")
        if frame.welcome.recovering:
            self._asked(frame.welcome)
            return True
        await self._welcomed(frame.welcome)
        return False

    def _asked(self, welcome: federation_pb2.Welcome) -> None:
        line = self._core.line
        line.error = errors.EpochChanged(found=welcome.epoch, expected=self._core.epoch)
        line.problem = line.error.text("zh")
        line.gateway = welcome.gateway
        self.welcomed = True

    async def _ask(self, frame: federation_pb2.ExchangeRequest) -> federation_pb2.ExchangeResponse:
        """Send a frame and wait for the one that answers it."""
        await self._send(frame)
        answer = await self._link.receive()
        if answer is None:
            raise errors.Unavailable(what="gateway")
        return answer

    async def _welcomed(self, welcome: federation_pb2.Welcome) -> None:
        core = self._core
        if core.epoch and welcome.epoch != core.epoch:
            raise errors.EpochChanged(found=welcome.epoch, expected=core.epoch)
        if welcome.last_sequence > core.position.sequence or welcome.incarnation > core.position.incarnation:
            theirs = f"{welcome.incarnation}/{welcome.last_sequence}"
            ours = f"{core.position.incarnation}/{core.position.sequence}"
            await core.begin_recovery(welcome.incarnation, welcome.last_sequence)
            # The next session says so in its Hello and gets our own events again.
            raise errors.PeerAhead(peer=welcome.gateway, theirs=theirs, ours=ours)
        settings = {f"receipt_key/{k.key_id}": k.public_key.hex() for k in welcome.receipt_keys}
        if not core.epoch or any(k.key_id not in core.receipt_keys for k in welcome.receipt_keys):
            await core.set(epoch=str(welcome.epoch), **settings)
        core.receipt_keys.update({k.key_id: k.public_key for k in welcome.receipt_keys})
        core.epoch = welcome.epoch
        self._window.give(welcome.credit)
        line = core.line
        impeded = welcome.HasField("impediment")
        line.connected, line.gateway = True, welcome.gateway
        line.error = from_rejection(welcome.impediment) if impeded else None
        line.problem = line.error.text("zh") if line.error is not None else ""
        line.since, line.epoch = core.clock.monotonic(), welcome.epoch
        line.draining = False
        line.skew = (core.clock.now() - welcome.gateway_time.ToDatetime(dt.UTC)).total_seconds()
        line.heads = {c.channel: c.position for c in welcome.heads}
        core.copy.opened(line.heads)
        # A clock that is wrong is told before the next step is recorded with it, not when that comes back refused.
        line.news.set()
        self.welcomed = True
        await core.note_recovery()
        await core.intake.retry_parked()

    async def _send(self, frame: federation_pb2.ExchangeRequest) -> None:
        async with self._sending:
            await self._link.send(frame)

    # Up

    async def _submit(self) -> None:
        await self._core.recovered.wait()
        # A node that was away learns what has changed meanwhile before its own steps go out.
        await self._core.copy.current.wait()
        after = 0
        while True:
            self._core.waiting.clear()
            await self._window.wait()
            events = await self._waiting_events(after, min(PAGE, self._window.events))
            if not events:
                await self._core.waiting.wait()
                continue
            submission = federation_pb2.Submission(events=[wire for _, wire in events])
            self._window.take(len(events), submission.ByteSize())
            await self._send(federation_pb2.ExchangeRequest(submission=submission))
            after = events[-1][0]

    async def _waiting_events(self, after: int, room: int) -> list[tuple[int, envelope_pb2.SignedEvent]]:
        """The next events, as many whole groups as there is room for; the first group even where there is not."""

        def work(tx: Transaction) -> Sequence[Row]:
            return tx.fetch_all(QUERIES.list_waiting, {"after": after, "size": max(room, MAX_GROUP)})

        database = self._core.database
        few = self._core.position.sequence - after <= FEW
        while True:
            rows = await (database.look_up(work) if few else database.run(work, read_only=True))
            is_last = len(rows) < max(room, MAX_GROUP)
            outgoing = gather(rows, room=room, frame_bytes=FRAME_BYTES, is_last=is_last)
            if outgoing.spoiled:
                await self._core.refusals.set_aside(outgoing.spoiled)
            if outgoing.ready or not outgoing.spoiled:
                return outgoing.ready

    # Down

    async def _read(self) -> None:
        while (frame := await self._link.receive()) is not None:
            match frame.WhichOneof("frame"):
                case "outcomes":
                    await self._core.refusals.take(frame.outcomes.outcomes)
                case "deliveries":
                    await self._deliveries(frame.deliveries)
                case "credit":
                    self._window.give(frame.credit)
                    self._core.line.problem, self._core.line.error = "", None
                case "drain":
                    self._core.line.draining = True
                    return
                case _:
                    raise errors.Unavailable(what="gateway")

    async def _deliveries(self, deliveries: federation_pb2.Deliveries) -> None:
        task = asyncio.create_task(self._take(deliveries))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        if deliveries.channel != "mailbox":
            # What follows may be signed by a key that this page brings.
            await asyncio.wait({task})

    async def _take(self, deliveries: federation_pb2.Deliveries) -> None:
        try:
            cursors = await self._core.intake.take(deliveries)
            self._core.copy.look()
            await self._core.note_recovery()
            for signed in deliveries.admissions[-1:]:
                self._core.saw(envelope_pb2.AdmissionHeader.FromString(signed.header))
            self._stored.update(cursors)
            credit = self._room.restore(len(deliveries.deliveries), deliveries.ByteSize())
            await self._acknowledge()
            if credit is not None:
                await self._send(federation_pb2.ExchangeRequest(credit=credit))
        except errors.PeerAhead as error:
            # Our own event comes back and the journal does not know it.
            if not self._core.recovering:
                await self._core.begin_recovery(self._core.position.incarnation, self._core.position.sequence)
            self._fail(error)
        except Exception as error:
            self._fail(error)

    async def _acknowledge(self) -> None:
        """Say how far everything is stored; pages that were committed together are acknowledged by one frame."""
        async with self._sending:
            stored, self._stored = self._stored, {}
            if stored:
                cursors = [federation_pb2.Cursor(channel=c, position=p) for c, p in sorted(stored.items())]
                acknowledgement = federation_pb2.Acknowledgement(cursors=cursors)
                await self._link.send(federation_pb2.ExchangeRequest(acknowledgement=acknowledgement))

    def _fail(self, error: Exception) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)

    async def _failed(self) -> None:
        await self._failure

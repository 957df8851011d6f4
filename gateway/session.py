"""One node's stream, as the gateway serves it.

Two things go on: `_read` takes the node's frames, has them checked in slices and starts their admission without
waiting for the one before, and `_deliver` sends what lies in the node's channels, as far as the node has given credit.
Frames are sent from both, one at a time.  Submissions of one node are handed to admission in the order they came, so a
node's events keep their order; their answers come back in that order too.

What can go wrong: the line breaks or the node misbehaves; both end this session and touch nobody else's.  What was
being admitted is admitted all the same, and the node will hear of it when it sends again.  The node sends faster than
the gateway can take: nothing more is read until there is room, and after ten seconds the session ends with
RESOURCE_EXHAUSTED and the time after which to come back.  It dials again and again: its streams are read later
(`gateway.dials`).  The gateway's storage is full: the welcome says so and gives no credit, deliveries go on, and credit
comes when there is space.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass

from gateway.answers import Answers
from gateway.checking import SLICE, Slice
from gateway.core import FEED_CHANNELS, Connection, GatewayCore
from gateway.reporting import Reporting
from gateway.submissions import Lane, Submission
from tongban import errors
from tongban.exchange.credit import ReceiveWindow, SendWindow
from tongban.exchange.link import Link
from tongban.exchange.tasks import first_to_end
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.rejections import to_rejection
from tongban.v1 import envelope_pb2, federation_pb2
from tongban.validation import check, holds

PROTOCOL_VERSIONS = (1,)
CREDIT_EVENTS = 1024
CREDIT_BYTES = 8 << 20
MAX_FRAME_BYTES = 4 << 20
MAX_FRAME_EVENTS = 512
PAGE = 128
HELLO_SECONDS = 20.0
"""How long a link may be silent before its hello: what holds a place must say who it is."""

GatewayLink = Link[federation_pb2.ExchangeResponse, federation_pb2.ExchangeRequest]


def _full_credit() -> federation_pb2.Credit:
    return federation_pb2.Credit(events=CREDIT_EVENTS, bytes=CREDIT_BYTES)


@dataclass(slots=True, eq=False)
class _Frame:
    """A part of a submission that is being answered."""

    part: Slice
    answers: Answers | None = None


class Session:
    """Serves one link until it ends."""

    def __init__(self, core: GatewayCore, peer: str, link: GatewayLink) -> None:
        self._core = core
        self._peer = peer
        self._link = link
        self._sending = asyncio.Lock()
        self._wake = asyncio.Event()
        self._room = ReceiveWindow(CREDIT_EVENTS, CREDIT_BYTES, slack=MAX_FRAME_BYTES)
        self._window = SendWindow()
        self._without_own = peer
        self._cursors: dict[str, int] = {}
        self._lane = Lane()
        self._is_ahead: errors.PeerAhead | None = None
        self._frames: deque[_Frame] = deque()
        self._answered = federation_pb2.Outcomes()
        self._admissions: dict[bytes, envelope_pb2.SignedAdmission] = {}
        self._admitting: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection = Connection(peer, "", core.clock.monotonic(), 0)
        self._first: federation_pb2.ExchangeRequest | None = None
        self._is_impeded = False

    async def run(self) -> None:
        """Serve until the node closes (returns) or something breaks (raises)."""
        self._core.keep(self._peer, self)
        try:
            await self._serve()
        finally:
            self._core.release(self._peer, self)
            if not self._failure.cancel() and not self._failure.cancelled():
                self._failure.exception()  # heard, or too late to be

    def displace(self, error: errors.TongbanError) -> None:
        """End it, for a reason of the gateway's."""
        if not self._failure.done():
            self._failure.set_exception(error)

    async def _serve(self) -> None:
        if wait := self._core.dials.take(self._peer, self._core.max_links):
            await first_to_end(asyncio.sleep(wait), self._failed())
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                await first_to_end(self._greeted(), self._failed())
        except TimeoutError as error:
            problem = f"{HELLO_SECONDS:.0f} 秒内未收到 hello / no hello came within {HELLO_SECONDS:.0f} s"
            raise errors.FieldInvalid(field="frame", problem=problem) from error
        if self._first is None:
            return
        check(self._first)
        if self._first.WhichOneof("frame") != "hello":
            raise errors.FieldInvalid(field="frame", problem="首帧须为 hello / the first frame must be hello")
        await self._core.admitter.pace.due(self._peer)
        turned = self._core.recovery.turned
        if await self._welcome(self._first.hello):
            await Reporting(self._core, self._peer, self._link, self._first.hello, self._is_ahead).run()
            return
        self._first = None
        channels = list(self._cursors)
        self._core.joined(self._connection)
        self._core.watch([self._core.channel_of(self._peer, c) for c in channels], self._wake)
        try:
            stopped = (self._drained(self._core.draining), self._drained(turned))
            later = (self._give_later(),) if self._is_impeded else ()
            await first_to_end(self._read(), self._deliver(), self._failed(), *stopped, *later)
        finally:
            self._core.unwatch([self._core.channel_of(self._peer, c) for c in channels], self._wake)
            self._core.left(self._connection)

    async def _greeted(self) -> None:
        self._first = await self._link.receive()

    async def _welcome(self, hello: federation_pb2.Hello) -> bool:
        """Welcome the node; whether it is asked for what it holds, and for nothing else."""
        if not set(hello.protocol_versions) & set(PROTOCOL_VERSIONS):
            raise errors.UnsupportedProtocolVersion(
                field="hello.protocol_versions",
                version=", ".join(map(str, hello.protocol_versions)),
                supported=", ".join(map(str, PROTOCOL_VERSIONS)),
            )
        if not set(hello.lifecycle_versions) & set(SUPPORTED_LIFECYCLE_VERSIONS):
            raise errors.UnsupportedLifecycleVersion(
                field="hello.lifecycle_versions",
                version=", ".join(map(str, hello.lifecycle_versions)),
                stream=self._peer,
                supported=", ".join(map(str, SUPPORTED_LIFECYCLE_VERSIONS)),
            )
        if self._core.has_replicas:
            await self._core.refresh()
        cursors = {c.channel: c.position for c in hello.cursors}
        self._cursors = {name: cursors.get(name, 0) for name in (*FEED_CHANNELS, "mailbox")}
        heads = {name: self._head(name) for name in self._cursors}
        self._is_ahead = self._ahead(hello, heads)
        is_asked = self._core.recovery.asks(hello, self._is_ahead is not None)
        self._without_own = "" if hello.with_own_events else self._peer
        self._window.give(hello.credit)
        self._connection.software = hello.software
        self._connection.incarnation = hello.incarnation
        self._connection.cursors = dict(self._cursors)
        mark = await self._core.last_sequence(self._peer)
        welcome = federation_pb2.Welcome(
            protocol_version=max(set(hello.protocol_versions) & set(PROTOCOL_VERSIONS)),
            gateway=self._core.name,
            epoch=self._core.admitter.epoch,
            last_sequence=mark.get(hello.incarnation, 0),
            incarnation=max(mark, default=0),
            heads=[federation_pb2.Cursor(channel=n, position=p) for n, p in heads.items()],
            receipt_keys=self._core.receipt_keys,
            recovering=is_asked,
        )
        if (problem := self._core.admitter.storage.problem) is None:
            welcome.credit.CopyFrom(_full_credit())
        else:
            welcome.impediment.CopyFrom(to_rejection(problem))
            self._is_impeded = True
        welcome.gateway_time.FromDatetime(self._core.clock.now())
        await self._send(federation_pb2.ExchangeResponse(welcome=welcome))
        return is_asked

    def _ahead(self, hello: federation_pb2.Hello, heads: dict[str, int]) -> errors.PeerAhead | None:
        """Why a node seems to know more than this gateway; it may be right, when this one is an old image."""
        epoch = self._core.admitter.epoch
        if hello.epoch > epoch:
            return errors.PeerAhead(field="hello.epoch", peer=self._peer, theirs=hello.epoch, ours=epoch)
        for name, position in self._cursors.items():
            if hello.epoch in (0, epoch) and position > heads[name]:
                field = f"hello.cursors[{name}]"
                return errors.PeerAhead(field=field, peer=self._peer, theirs=position, ours=heads[name])
        return None

    def _head(self, channel: str) -> int:
        return self._core.heads.get(self._core.channel_of(self._peer, channel), 0)

    async def _send(self, frame: federation_pb2.ExchangeResponse) -> None:
        async with self._sending:
            await self._link.send(frame)

    async def _read(self) -> None:
        while (frame := await self._link.receive()) is not None:
            match frame.WhichOneof("frame"):
                case "submission":
                    await self._submit(frame.submission)
                case "acknowledgement":
                    await self._acknowledge(frame.acknowledgement)
                case "credit":
                    check(frame.credit, where="credit")
                    self._window.give(frame.credit)
                    self._wake.set()
                case "hello":
                    raise errors.FieldInvalid(field="hello", problem="只能在开头发一次 / it comes first, and once")
                case _:
                    raise errors.FieldInvalid(
                        field="frame", problem="空帧,或种类不明 / it is empty, or of no kind known here"
                    )
        if self._admitting:
            await asyncio.wait(self._admitting)

    async def _submit(self, submission: federation_pb2.Submission) -> None:
        if not 1 <= len(submission.events) <= MAX_FRAME_EVENTS:
            raise errors.FieldInvalid(
                field="submission.events",
                problem=f"应有 1 至 {MAX_FRAME_EVENTS} 项,现有 {len(submission.events)} 项",
                problem_en=f"1 to {MAX_FRAME_EVENTS} entries are expected, and it has {len(submission.events)}",
            )
        self._room.receive(self._peer, len(submission.events), submission.ByteSize())
        self._connection.received += len(submission.events)
        # A frame of one slice need not be copied to be looked at whole.
        sound = len(submission.events) <= SLICE and holds(submission)
        async with contextlib.aclosing(self._core.checker.slices(self._peer, submission.events, sound=sound)) as slices:
            async for part in slices:
                await self._hand_on(part)

    async def _hand_on(self, part: Slice) -> None:
        admitter = self._core.admitter
        coming: Awaitable[Answers] | None = None
        if part.good:
            submission = Submission.of(part.good, self._lane)
            await admitter.room(submission)
            coming = admitter.offer(submission)
        frame = _Frame(part)
        self._frames.append(frame)
        task = asyncio.create_task(self._admit(frame, coming))
        self._admitting.add(task)
        task.add_done_callback(self._admitting.discard)

    async def _admit(self, frame: _Frame, coming: Awaitable[Answers] | None) -> None:
        try:
            frame.answers = frame.part.answered(await coming if coming is not None else Answers((), ()))
            # A frame of which nothing had to be committed is answered behind those that came before it.
            while self._frames and (answers := self._frames[0].answers) is not None:
                self._frames.popleft()
                self._answered.outcomes.extend(answers.outcomes)
                self._admissions.update((signed.header, signed) for signed in answers.admissions)
            credit = self._room.restore(frame.part.events, frame.part.size)
            await self._answer()
            if credit is not None:
                await self._send(federation_pb2.ExchangeResponse(credit=credit))
        except BaseException as error:
            # No answer can be given, so the session ends; the node sends again what was not answered.
            self._lane.broken = True
            if not isinstance(error, Exception):
                raise
            if not self._failure.done():
                self._failure.set_exception(error)

    async def _answer(self) -> None:
        """Send what was answered; submissions that were committed together are answered by few frames, not one each."""
        async with self._sending:
            outcomes, self._answered = self._answered, federation_pb2.Outcomes()
            admissions, self._admissions = self._admissions, {}
            if outcomes.outcomes:
                outcomes.admissions.extend(admissions.values())
                await self._link.send(federation_pb2.ExchangeResponse(outcomes=outcomes))

    async def _drained(self, told: asyncio.Event) -> None:
        await told.wait()
        if self._admitting:
            await asyncio.wait(self._admitting)
        drain = federation_pb2.Drain(message="gateway stops", retry_seconds=1.0)
        await self._send(federation_pb2.ExchangeResponse(drain=drain))

    async def _give_later(self) -> None:
        """The credit that the welcome did not give, once there is space."""
        await self._core.admitter.storage.space()
        await self._send(federation_pb2.ExchangeResponse(credit=_full_credit()))
        await asyncio.Event().wait()

    async def _failed(self) -> None:
        await asyncio.shield(self._failure)

    async def _acknowledge(self, acknowledgement: federation_pb2.Acknowledgement) -> None:
        check(acknowledgement, where="acknowledgement")
        for cursor in acknowledgement.cursors:
            if cursor.position > self._cursors[cursor.channel]:
                raise errors.PeerAhead(
                    field=f"acknowledgement.cursors[{cursor.channel}]",
                    peer=self._peer,
                    theirs=cursor.position,
                    ours=self._cursors[cursor.channel],
                )
            self._connection.cursors[cursor.channel] = cursor.position
        self._core.note_cursors(self._peer, self._connection.cursors)

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            sent = False
            for channel in self._cursors:
                if self._window.open and self._head(channel) > self._cursors[channel]:
                    await self._deliver_page(channel)
                    sent = True
            if not sent:
                await self._wake.wait()

    async def _deliver_page(self, channel: str) -> None:
        page = await self._core.page_for(
            self._peer,
            self._core.channel_of(self._peer, channel),
            self._cursors[channel],
            min(PAGE, self._window.events),
            without_own=self._without_own,
        )
        if not page.deliveries:
            return
        page.channel = channel
        self._window.take(len(page.deliveries), page.ByteSize())
        self._cursors[channel] = page.deliveries[-1].position
        self._connection.delivered += len(page.deliveries)
        await self._send(federation_pb2.ExchangeResponse(deliveries=page))

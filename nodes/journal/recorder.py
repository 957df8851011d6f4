"""Recording: from a desk's wish to signed events on disk, many desks in one commit."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nodes.journal.drafts import Actor, Draft, Recorded
from nodes.journal.sealer import Sealer
from nodes.journal.streams import Stream, StreamCache, Streams
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.directory import Directory, check_retirements
from tongban.exchange.credit import MAX_GROUP
from tongban.ids import UuidSequence
from tongban.journal.envelopes import MAX_EVENT_BYTES, Opened, attach, sign_events
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.lifecycle.table import RULES, SUPPORTED_LIFECYCLE_VERSIONS, opening_version
from tongban.retirement import Signing, retirement_of
from tongban.signing import Signer
from tongban.storage.base import Database, Transaction
from tongban.storage.batcher import GroupCommit
from tongban.storage.queries import Query
from tongban.v1 import envelope_pb2, event_pb2, types_pb2

logger = logging.getLogger(__name__)

STEPS_A_TURN = 16
"""Steps of one member of staff in a commit, while others work too."""

MAX_AFTER = 32
"""The contract's limit on what an event may name as before it."""


class View:
    """What a desk sees while it decides: predicted states, and writes that happen only if everything succeeds."""

    def __init__(
        self, tx: Transaction, streams: Streams, now: dt.datetime, incarnation: int, made: Mapping[str, tuple[str, str]]
    ) -> None:
        """`made`: what earlier steps of the same commit have made, by their request ids."""
        self.tx = tx
        self.now = now
        self.incarnation = incarnation
        self._streams = streams
        self._made = made
        self.writes: list[tuple[Query, Mapping[str, object]]] = []
        self.makes: dict[str, tuple[str, str]] = {}

    def state(self, name: str) -> Any:
        """The predicted state of a stream, or None."""
        return self._streams.get(name).predicted

    def write(self, query: Query, params: Mapping[str, object]) -> None:
        """Write this too, in the same commit, if the desk's step is allowed."""
        self.writes.append((query, params))

    def made(self, request_id: str, method: str) -> str | None:
        """What this request has made before, so that it makes nothing again; AlreadyExists where another call did."""
        found = self._made.get(request_id)
        if found is None:
            row = self.tx.fetch_one(QUERIES.get_request, {"request_id": request_id})
            found = (row["method"], row["name"]) if row is not None else None
        if found is None:
            return None
        if found[0] != method:
            raise request_id_reused(request_id)
        return found[1]

    def make(self, request_id: str, method: str, name: str) -> None:
        """Remember that this request makes `name`."""
        self.makes[request_id] = (method, name)
        self.write(QUERIES.insert_request, {"request_id": request_id, "method": method, "name": name})

    def count(self, name: str) -> int:
        """The next value of a counter, from 1.  A refused step leaves a gap; numbers need not be dense."""
        self.tx.execute(QUERIES.next_counter, {"name": name})
        row = self.tx.fetch_one(QUERIES.get_counter, {"name": name})
        assert row is not None
        return int(row["value"])


Build = Callable[[View], tuple[Sequence[Draft], Any]]
"""A desk's decision: raises a named error, or gives drafts (one atomic group) and something to return."""


@dataclass(frozen=True, slots=True)
class _Request:
    actor: Actor
    build: Build
    urgent: bool


def request_id_reused(request_id: str) -> errors.AlreadyExists:
    """The refusal of a request id that stands for something else."""
    return errors.AlreadyExists.quoted(
        errors.AlreadyExists.reason(),
        f"请求编号 {request_id} 已用于另一请求,此次未受理。请重新打开表单提交;程序请换用新的请求编号。",
        f"Request id {request_id} was used for another request; nothing was stored. Open the form anew or take another",
        field="request_id",
    )


@dataclass(slots=True)
class _Staged:
    events: list[event_pb2.Event]
    sealed: list[envelope_pb2.SignedEvent]
    extra: Any
    writes: list[tuple[Query, Mapping[str, object]]]
    makes: dict[str, tuple[str, str]]
    states: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Position:
    """What this node's incarnation has used up, and the last admission it has seen."""

    incarnation: int
    sequence: int
    seen: envelope_pb2.SeenAdmission | None = None


class Recorder:
    """Records into one database.  `recorded` is told the streams that changed, after each commit."""

    def __init__(
        self,
        database: Database,
        *,
        author: str,
        signer: Signer,
        sealer: Sealer,
        lifecycles: Lifecycles,
        cache: StreamCache,
        clock: Clock,
        entropy: Entropy,
        position: Position,
        recorded: Callable[[list[str]], None],
        directory: Directory,
    ) -> None:
        self._database = database
        self._directory = directory
        self._author = author
        self._signer = signer
        self._sealer = sealer
        self._lifecycles = lifecycles
        self._cache = cache
        self._clock = clock
        self._ids = UuidSequence(entropy)
        self.position = position
        self._recorded = recorded
        self._unsure = False
        self._rotated: event_pb2.Event | None = None
        """This process's last rotation of the own keys: the directory hears of it once it is admitted."""
        self._commits: GroupCommit[_Request, Recorded] = GroupCommit(
            self._commit,
            name="journal",
            max_items=64,
            owner=lambda request: request.actor.staff_id,
            urgent=lambda request: request.urgent,
            quantum=STEPS_A_TURN,
        )

    async def record(self, actor: Actor, build: Build, *, urgent: bool = True) -> Recorded:
        """Decide, sign and store.  Returns when it is on disk; raises the named error when it is not allowed.

        Whoever is signed in gets turns, so a program that files for a whole region holds up no window; a new filing
        gives way to what has begun.  Sequences are assigned afterwards, so this order is the one that is sent.
        """
        return await self._commits.submit(_Request(actor, build, urgent))

    async def close(self) -> None:
        """Finish what was handed in."""
        await self._commits.close()

    async def _commit(self, requests: list[_Request]) -> list[Recorded | Exception]:
        try:
            return await self._commit_together(requests)
        except (errors.TongbanError, asyncio.CancelledError):
            raise
        except Exception:
            # A fault of ours that one desk's step brings out must not stop those that came with it.
            logger.exception("a batch of %d steps failed; trying each alone", len(requests))
        answers: list[Recorded | Exception] = []
        for request in requests:
            try:
                answers.extend(await self._commit_together([request]))
            except Exception as error:
                answers.append(error)
        return answers

    async def _commit_together(self, requests: list[_Request]) -> list[Recorded | Exception]:
        now = self._clock.now()
        sequence = self.position.sequence
        try:
            answers, staged, used, changed = await self._database.run(
                lambda tx: self._work(tx, requests, now, sequence)
            )
        except BaseException:
            # The commit may have happened all the same, and its sequences with it.
            self._unsure = True
            raise
        self._unsure = False
        self.position.sequence = used
        rotations = [event for group in staged for event in group.events if event.HasField("node_keys_rotated")]
        self._rotated = rotations[-1] if rotations else self._rotated
        if changed:
            self._recorded(changed)
        return answers

    def _work(
        self, tx: Transaction, requests: Sequence[_Request], now: dt.datetime, sequence: int
    ) -> tuple[list[Recorded | Exception], list[_Staged], int, list[str]]:
        if self._unsure:
            stored = {row["key"]: row["value"] for row in tx.fetch_all(QUERIES.list_settings)}
            sequence = max(sequence, int(stored.get("sequence", "0")))
        streams = Streams(tx, self._lifecycles, self._cache, _micros(now))
        answers: list[Recorded | Exception] = []
        staged: list[_Staged] = []
        made: dict[str, tuple[str, str]] = {}
        for request in requests:
            view = View(tx, streams, now, self.position.incarnation, made)
            try:
                group = self._stage(tx, streams, request, view, sequence)
            except errors.TongbanError as error:
                answers.append(error)
                continue
            made |= group.makes
            sequence += len(group.events)
            staged.append(group)
            answers.append(Recorded(group.states, [event.event_id for event in group.events], group.extra))
        self._store(tx, staged, sequence)
        return answers, staged, sequence, streams.write()

    def _stage(self, tx: Transaction, streams: Streams, request: _Request, view: View, sequence: int) -> _Staged:
        drafts, extra = request.build(view)
        if len(drafts) > MAX_GROUP:
            raise _too_many(len(drafts), MAX_GROUP)
        before = {draft.stream: _copy(streams.get(draft.stream)) for draft in drafts}
        staged = _Staged([], [], extra, view.writes, view.makes)
        group_id = self._ids.next(view.now) if len(drafts) > 1 else ""
        granted: list[dict[str, object]] = []
        try:
            for index, draft in enumerate(drafts):
                sequence += 1
                stream = streams.get(draft.stream)
                _check_parked(stream, draft)
                event = self._event(streams, draft, request.actor, view.now, sequence)
                self._check_key(event, view.now)
                if group_id:
                    event.group.group_id, event.group.index, event.group.size = group_id, index, len(drafts)
                sealed = self._sealer.seal(tx, draft, event)
                granted.extend({"stream": draft.stream, "audience": grant.audience} for grant in sealed.grants)
                attach(event, sealed.parts, sealed.grants)
                if len(event.after) > MAX_AFTER:
                    raise _too_many(len(event.after), MAX_AFTER)
                if stream.predicted is None and draft.witnessed:
                    stream.changed = True  # its row is empty until the rest has come
                else:
                    streams.predict(stream, Step(event, _digested(event), stream.predicted_version + 1))
                staged.events.append(event)
                staged.sealed.append(sealed)
                staged.states[draft.stream] = stream.predicted
        except errors.TongbanError:
            for name, old in before.items():
                _restore(streams.get(name), old)
            # A key whose grants never leave here must not seal what comes after.
            tx.execute_many(QUERIES.drop_grant, granted)
            raise
        return staged

    def _event(self, streams: Streams, draft: Draft, actor: Actor, now: dt.datetime, sequence: int) -> event_pb2.Event:
        stream = streams.get(draft.stream)
        event = event_pb2.Event(
            event_id=self._ids.next(now),
            stream=draft.stream,
            lifecycle_version=self._version(stream),
            expected_version=stream.predicted_version,
            expected_head=stream.predicted_head,
            author=self._author,
            incarnation=self.position.incarnation,
            sequence=sequence,
            actor=actor.staff_id,
        )
        event.claim_time.FromDatetime(draft.claim_time or now)
        seen = self.position.seen
        # What happened before it was seen (a scan made offline, a clock that lags) cannot rest on it.
        if seen is not None and seen.admit_time.ToNanoseconds() <= event.claim_time.ToNanoseconds():
            event.seen.CopyFrom(seen)
        for name in draft.after:
            other = streams.get(name)
            if other.predicted_version:
                event.after.append(
                    types_pb2.StreamPosition(stream=name, version=other.predicted_version, head=other.predicted_head)
                )
        getattr(event, draft.body).CopyFrom(draft.content)
        return event

    def _check_key(self, event: event_pb2.Event, now: dt.datetime) -> None:
        """Nothing is signed with a key that went out of use: it would be accepted here, and refused by the gateway."""
        key_id, signing = self._signer.key_id, Signing.of(event, now)
        check_retirements(self._directory.retirements(key_id), signing)
        rotated = self._rotated
        if rotated is not None and key_id not in {key.key_id for key in rotated.node_keys_rotated.keys}:
            check_retirements([retirement_of(key_id, rotated)], signing)

    def _version(self, stream: Stream) -> int:
        """The lifecycle version that a stream was opened with, and for a new one what everybody speaks."""
        if stream.predicted is not None:
            return int(stream.predicted.lifecycle_version)
        ours = SUPPORTED_LIFECYCLE_VERSIONS
        if len(ours) == 1:
            return ours[0]
        return opening_version(ours, (node.profile.lifecycle_versions for node in self._directory.participants()))

    def _store(self, tx: Transaction, staged: Sequence[_Staged], sequence: int) -> None:
        events = [event for group in staged for event in group.events]
        sealed = [content for group in staged for content in group.sealed]
        for group in staged:
            for query, params in group.writes:
                tx.execute(query, params)
        if not events:
            return
        signed = sign_events(self._signer, events)
        tx.execute_many(QUERIES.insert_event, [_row(opened) for opened in signed])
        rows = [
            {"event_id": event.event_id, "stream": event.stream, "content": content.SerializeToString()}
            for event, content in zip(events, sealed, strict=True)
            if content.parts or content.grants
        ]
        if rows:
            tx.execute_many(QUERIES.insert_sealed, rows)
        tx.execute(QUERIES.put_setting, {"key": "sequence", "value": str(sequence)})


def _digested(event: event_pb2.Event) -> bytes:
    payload = event.SerializeToString()
    if len(payload) > MAX_EVENT_BYTES:
        raise errors.MessageTooLarge(field="message", size=len(payload), limit=MAX_EVENT_BYTES)
    return hashlib.sha256(payload).digest()


def _too_many(found: int, allowed: int) -> errors.FieldInvalid:
    return errors.FieldInvalid(
        field="items",
        problem=f"一次涉及 {found} 步,最多 {allowed} 步,请分次办理",
        problem_en=f"{found} steps at once, at most {allowed}; split it",
    )


def _check_parked(stream: Stream, draft: Draft) -> None:
    """Nobody decides on a stream of which a part could not be read; what physically happens is recorded still."""
    if stream.parked and RULES[draft.body].guarded:
        raise errors.StreamParked(stream=stream.name, problem=stream.parked, owner="主管 (supervisor)")


def _copy(stream: Stream) -> tuple[int, bytes, Any, bool]:
    return stream.predicted_version, stream.predicted_head, stream.predicted, stream.changed


def _restore(stream: Stream, old: tuple[int, bytes, Any, bool]) -> None:
    stream.predicted_version, stream.predicted_head, stream.predicted, stream.changed = old


def _row(opened: Opened) -> dict[str, object]:
    event = opened.event
    return {
        "event_id": event.event_id,
        "stream": event.stream,
        "version": None,
        "sequence": event.sequence,
        "author": event.author,
        "digest": opened.digest,
        "standing": 0,
        "claim_time": event.claim_time.ToMicroseconds(),
        "envelope": opened.wire.envelope.SerializeToString(),
        "receipt": None,
    }


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)

"""Checking what a node sent, before it meets the database: in slices, and in turns.

A frame may hold 512 events, each under a signature of its own, and checking them all takes a tenth of a second in
which the loop would serve nobody else.  So a frame is checked and handed on in slices of sixteen events or a few more:
an atomic group is never cut.  A node that uses more than the others has slices of four.  Between two slices everybody
else has a turn, and a node has one turn at a time, however many streams it holds (`gateway.pace`).

What is not well formed is answered here, event by event.  What trips a fault of ours is answered too (`InternalFault`),
noted for the operator (`gateway.faults`), and holds nobody up: an event that ended its session without an answer
would come again with the next one, for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from gateway.answers import Answers
from gateway.faults import Faults
from gateway.pace import Pace
from tongban import errors
from tongban.clock import Clock
from tongban.directory import Directory
from tongban.exchange.credit import MAX_GROUP
from tongban.journal import envelopes
from tongban.journal.envelopes import Opened
from tongban.rejections import to_rejection
from tongban.retirement import Signing
from tongban.signing import Verifier
from tongban.v1 import directory_pb2, envelope_pb2, federation_pb2
from tongban.validation import MAX_EVENT_UNKNOWN, bounded_unknown, check, holds

SLICE, SHORT_SLICE = 16, 4
_COMING = 32
"""New keys of a node that are remembered until the directory has them."""


@dataclass(slots=True)
class Slice:
    """A part of what was sent: the events that may go on, and the answers of the others by their place in it."""

    good: list[Opened] = field(default_factory=list)
    refused: dict[int, envelope_pb2.Outcome] = field(default_factory=dict)
    events: int = 0
    size: int = 0

    def answered(self, found: Answers) -> Answers:
        """One answer for each event, in the order they came: one that could not even be read has no other name."""
        answers = iter(found.outcomes)
        outcomes = [self.refused.get(place) or next(answers) for place in range(self.events)]
        return Answers(found.admissions, tuple(outcomes))


class Checker:
    """Checks for one gateway; `directory` says who may sign, as of now."""

    def __init__(self, directory: Callable[[], Directory], clock: Clock, pace: Pace, faults: Faults) -> None:
        self._directory = directory
        self._clock = clock
        self._pace = pace
        self._faults = faults
        self._coming: dict[str, dict[str, bytes]] = {}
        self._verifier = Verifier(self._public_key)

    async def slices(
        self, peer: str, wires: Sequence[envelope_pb2.SignedEvent], *, sound: bool = False
    ) -> AsyncGenerator[Slice, None]:
        """What `peer` sent, checked, in order; each slice is the peer's turn.

        `sound`: all of it was found to keep the field rules, so only what lies in envelopes is left to check.  Else
        each block is looked at whole first, and only where something is wrong is each event looked at alone.
        """
        part = Slice()
        start = 0
        while start < len(wires):
            if start:
                await asyncio.sleep(0)
            async with self._pace.turn(peer):
                length = SHORT_SLICE if self._pace.is_near_its_due(peer) else SLICE
                block = wires[start : start + length]
                is_sound = sound or holds(federation_pb2.Submission(events=block))
                ready, part = self._check_block(peer, block, start, is_sound, part, length)
            start += length
            await self._faults.write_soon()
            for each in ready:
                yield each
        if part.events:
            yield part

    def _check_block(
        self, peer: str, wires: Sequence[envelope_pb2.SignedEvent], start: int, sound: bool, part: Slice, length: int
    ) -> tuple[list[Slice], Slice]:
        """Go on with `part`; the slices that are complete, and the one that goes on."""
        ready = []
        keys: set[str] = set()
        group = part.good[-1].event.group.group_id if part.good else ""
        for index, wire in enumerate(wires, start):
            checked = self._check_one(peer, wire, f"events[{index}]", sound, keys)
            goes_on = bool(group) and isinstance(checked, Opened) and checked.event.group.group_id == group
            if part.events >= (length + MAX_GROUP if goes_on else length):
                ready.append(part)
                part = Slice()
            if isinstance(checked, Opened):
                group = checked.event.group.group_id
                part.good.append(checked)
            else:
                part.refused[part.events] = checked
            part.events += 1
            part.size += _framed(wire.ByteSize())
        return ready, part

    def _check_one(
        self, peer: str, wire: envelope_pb2.SignedEvent, where: str, sound: bool, keys: set[str]
    ) -> Opened | envelope_pb2.Outcome:
        opened: Opened | None = None
        try:
            opened = envelopes.parse(wire, field=where)
            if not sound:
                check(wire, where=where)
            self._check(peer, opened, keys, where)
        except errors.TongbanError as error:
            refusal = error
        except Exception as error:
            refusal = self._faults.meet(error, peer, opened)
        else:
            return opened
        event_id = opened.event.event_id if opened is not None else ""
        return envelope_pb2.Outcome(event_id=event_id, rejection=to_rejection(refusal))

    def _check(self, peer: str, opened: Opened, keys: set[str], where: str) -> None:
        """`keys`: those that were found to be the peer's own and in force in this same frame."""
        event = opened.event
        check(event, where=f"{where}.event")
        if event.ByteSize() > MAX_EVENT_UNKNOWN:
            bounded_unknown(event, where=f"{where}.event")
        if event.author != peer:
            raise errors.KeyOfAnotherNode(field=f"{where}.event.author", author=event.author, peer=peer)
        key_id = opened.wire.envelope.signature.key_id
        directory = self._directory()
        is_coming = directory.public_key(key_id) is None and key_id in self._coming.get(peer, ())
        if key_id not in keys and not is_coming:
            directory.check_may_sign(key_id, peer, Signing.of(event, self._clock.now()))
            if not directory.signing_key(key_id).retired:
                keys.add(key_id)
        envelopes.verify(opened, self._verifier, field=where)
        if event.HasField("node_keys_rotated"):
            self._expect(peer, event.node_keys_rotated)

    def _expect(self, peer: str, rotated: directory_pb2.NodeKeysRotated) -> None:
        """What comes behind a rotation may be signed with a new key already, before the rotation is admitted.

        Whether it was is decided in order, where it counts (`gateway.domain.batch`).  A key id is that of its key, so
        nothing is believed here but that the signature is good.
        """
        keys = self._coming.pop(peer, {})
        keys |= {key.key_id: key.public_key for key in rotated.keys if key.purpose == directory_pb2.KEY_PURPOSE_SIGN}
        self._coming[peer] = dict(list(keys.items())[-_COMING:])

    def _public_key(self, key_id: str) -> bytes | None:
        known = self._directory().public_key(key_id)
        if known is not None:
            return known
        return next((keys[key_id] for keys in self._coming.values() if key_id in keys), None)


def _framed(size: int) -> int:
    """What an event of this size takes of a Submission: its tag and its length come before it."""
    return 1 + max(1, -(-size.bit_length() // 7)) + size

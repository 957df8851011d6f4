"""What may go next of the events that wait: whole groups, in order, each as it was signed.

A record that this node's own disk has spoiled must not hold up those behind it, nor must a group that has lost a member
so: both are named, to be set aside with an owner, and the rest goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from tongban.storage.base import Row
from tongban.v1 import envelope_pb2, event_pb2


@dataclass(slots=True)
class Outgoing:
    """Events to send, with their sequences, and ids of those that cannot be."""

    ready: list[tuple[int, envelope_pb2.SignedEvent]] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)


def gather(rows: Iterable[Row], *, room: int, frame_bytes: int, is_last: bool) -> Outgoing:
    """As many whole groups as there is room for; the first even where there is not.  `is_last`: no rows lie behind."""
    found = Outgoing()
    begun: list[tuple[int, str, envelope_pb2.SignedEvent]] = []
    group_id, total = "", 0
    for row in rows:
        wire = _read(row)
        if wire is None:
            found.spoiled.append(row["event_id"])
            continue
        group = event_pb2.Event.FromString(wire.envelope.payload).group
        if begun and (group.group_id, group.index) != (group_id, len(begun)):
            found.spoiled += [event_id for _, event_id, _ in begun]
            begun = []
        if group.size > 1 and group.index != len(begun):
            found.spoiled.append(row["event_id"])
            continue
        total += wire.ByteSize()
        if found.ready and (total > frame_bytes or len(found.ready) + len(begun) >= room):
            return found
        begun.append((row["sequence"], row["event_id"], wire))
        group_id = group.group_id
        if group.size == 0 or group.index == group.size - 1:
            found.ready += [(sequence, each) for sequence, _, each in begun]
            begun = []
    if is_last:
        found.spoiled += [event_id for _, event_id, _ in begun]
    return found


def _read(row: Row) -> envelope_pb2.SignedEvent | None:
    """The event as it travels; None where the bytes are not those that were signed."""
    wire = envelope_pb2.SignedEvent()
    try:
        if row["content"] is not None:
            wire.ParseFromString(row["content"])
        wire.envelope.ParseFromString(row["envelope"])
    except DecodeError:
        return None
    return wire if hashlib.sha256(wire.envelope.payload).digest() == row["digest"] else None

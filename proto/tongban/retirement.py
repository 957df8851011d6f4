"""Keys that went out of use: what they signed before counts, for a while, and how that is told from a thief's work.

A key goes out of use by a rotation that does not name it any more.  From then on it is *retired*, and never named
again.  What its node had recorded under it may still be on the way: a line that was cut, a process that was not yet
started with the new key.  A retired key therefore *drains*.  An event under it is admitted when

    it was signed before the rotation itself     its (incarnation, sequence) is the smaller one, or
    it was recorded before the retirement        claimed time <= `retire_time` of the rotation, and
    it is admitted soon enough                   admission <= `retire_time` + `DRAIN`.

A *revoked* key is one that somebody else may have: only the first of these lines is left to it, and the event that
revokes it is the last one that it may have signed.  A key whose own dates have passed drains likewise.

Who judges has the same facts everywhere: the event, the time of its admission (the gateway's clock when it admits, the
receipt's batch for everybody later), and the retirement as the node's stream folds to it.  Nobody looks at a clock of
the own.  The first line needs no time at all: a gateway admits an author's sequences in rising order only, so what is
smaller was admitted earlier, and a thief cannot make it.

What a thief of a retired key can still do: claim an old time, for as long as it drains.  It cannot speak of the keys
themselves, and its node ends it at once by revoking.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongban.v1 import directory_pb2, event_pb2

DRAIN = dt.timedelta(days=31)
"""How long after its retirement a key drains: a node that is cut off for thirty days loses nothing."""

MAX_HANDOVER = dt.timedelta(days=7)
"""For how long after a rotation the keys before it may go on signing, at most."""

_DRAIN = DRAIN // dt.timedelta(microseconds=1)
_EARLY = 300 * 1_000_000
_LAST = 1 << 63


@dataclass(frozen=True, slots=True)
class Signing:
    """What a verdict on a key rests on; times in microseconds since 1970."""

    claimed: int
    admitted: int
    place: tuple[int, int]
    """The author's incarnation and sequence."""
    of_keys: bool = False
    """Whether it says which keys its author has, or asks for a certificate: no key that went out of use does that."""

    @classmethod
    def of(cls, event: event_pb2.Event, admitted: dt.datetime) -> Signing:
        """An event that is admitted, or was, at this time."""
        place = event.incarnation, event.sequence
        of_keys = event.HasField("node_keys_rotated")
        return cls(event.claim_time.ToMicroseconds(), micros(admitted), place, of_keys)

    @classmethod
    def at(cls, moment: dt.datetime, *, of_keys: bool = False) -> Signing:
        """Something new, made and judged at this moment."""
        return cls(micros(moment), micros(moment), (_LAST, _LAST), of_keys)


def micros(moment: dt.datetime) -> int:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)


def in_dates(key: directory_pb2.NodeKey, signing: Signing) -> bool:
    """Whether the root certified the key for this time: recorded within its dates, admitted before it has drained."""
    until = key.valid_until_time.seconds * 1_000_000
    is_begun = signing.admitted >= key.valid_from_time.seconds * 1_000_000 - _EARLY
    return is_begun and signing.claimed <= until and signing.admitted <= until + _DRAIN


def still_signs(retirement: directory_pb2.KeyRetirement, signing: Signing) -> bool:
    """Whether a key that went out of use may have signed this."""
    if signing.place <= (retirement.incarnation, retirement.sequence):
        return True
    if retirement.revoked or signing.of_keys:
        return False
    retired = retirement.retire_time.ToMicroseconds()
    return signing.claimed <= retired and signing.admitted <= retired + _DRAIN


def retirement_of(key_id: str, event: event_pb2.Event) -> directory_pb2.KeyRetirement:
    """How a key goes out of use by this rotation."""
    rotated = event.node_keys_rotated
    made = directory_pb2.KeyRetirement(
        key_id=key_id,
        revoked=key_id in rotated.revoked_key_ids,
        incarnation=event.incarnation,
        sequence=event.sequence,
    )
    made.retire_time.CopyFrom(rotated.retire_time if rotated.HasField("retire_time") else event.claim_time)
    return made

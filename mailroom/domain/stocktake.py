"""The ledger against the shelf: what a post should have, and what lies there.

The ledger is what signed scans add up to; the shelf is what somebody has scanned, thing by thing, until everything was.
They differ when a step was done and not scanned, or when something was mislaid.  Neither corrects the other: each
difference becomes somebody's work.

    matched      on both
    missing      in the ledger, and nobody scanned it
    misplaced    scanned here, and the ledger has it elsewhere: at another post, on its way, inside a closed parcel
    unknown      scanned here, and this node has never heard of it

A parcel that is closed counts as one thing: what is in it cannot be scanned, so its contents are neither missing nor
here.  Scanning a thing twice counts once.

Promised: a function of the two lists alone, whatever their order; everything that is in either is in exactly one of
the four.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailroom.domain.custody import describe
from tongban.v1 import lifecycle_pb2, parcel_pb2

_S = lifecycle_pb2


class ShelfKind(enum.StrEnum):
    """Why something lies on a shelf."""

    TO_SEND = "to-send"  # 待交寄
    UNOPENED = "unopened"  # 待拆封
    OPENED = "opened"  # 已拆封,待核对
    SINGLE = "single"  # 单件原件
    FOR_PICKUP = "for-pickup"  # 待申请人领取


SHELVED: Mapping[int, ShelfKind] = {
    _S.PARCEL_STATE_PACKED: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_SEALED: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_OFFERED: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_REDIRECTED: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_RETURNING: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_WRONG_POST: ShelfKind.TO_SEND,
    _S.PARCEL_STATE_TAKEN_IN: ShelfKind.UNOPENED,
    _S.PARCEL_STATE_DAMAGED: ShelfKind.UNOPENED,
    _S.PARCEL_STATE_SEAL_BROKEN: ShelfKind.UNOPENED,
    _S.PARCEL_STATE_OPENED: ShelfKind.OPENED,
}
"""The states in which a parcel lies on the shelf of whoever holds it; in any other its contents do, or nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that lies at a post by the ledger."""

    name: str
    kind: ShelfKind
    since: float
    """Seconds of UTC."""


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Something that lies here, and where the ledger has it."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What taking stock found."""

    matched: tuple[str, ...]
    missing: tuple[Entry, ...]
    misplaced: tuple[Misplaced, ...]
    unknown: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether shelf and ledger are the same."""
        return not (self.missing or self.misplaced or self.unknown)


def shelf_kind(parcel: parcel_pb2.Parcel, node: str, post: str) -> ShelfKind | None:
    """Why a parcel lies at this post, or None where it does not."""
    held = parcel.custody
    if held.kind != parcel_pb2.HOLDER_KIND_POST or (held.post.node, held.post.post) != (node, post):
        return None
    return SHELVED.get(parcel.state)


def compare(
    ledger: Iterable[Entry],
    scanned: Iterable[str],
    places: Mapping[str, parcel_pb2.Custody],
    inside: Mapping[str, str],
) -> Finding:
    """The ledger against the shelf.

    `places`: where the ledger has what was scanned and does not belong here; `inside`: by item, the closed parcel of
    this post that has it.
    """
    entries = {entry.name: entry for entry in ledger}
    seen = dict.fromkeys(scanned)
    strange = [name for name in seen if name not in entries]
    misplaced = [
        Misplaced(name, inside[name] if name in inside else _place(places[name]))
        for name in strange
        if name in inside or name in places
    ]
    known = {each.name for each in misplaced}
    missing = sorted((e for e in entries.values() if e.name not in seen), key=lambda entry: (entry.since, entry.name))
    return Finding(
        matched=tuple(name for name in seen if name in entries),
        missing=tuple(missing),
        misplaced=tuple(misplaced),
        unknown=tuple(name for name in strange if name not in known),
    )


def _place(custody: parcel_pb2.Custody) -> str:
    return describe(custody)

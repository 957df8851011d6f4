"""What a post has by the ledger: its closed parcels, and the originals that it holds singly.

Read off the stays that are laid out beside the journal, and corrected by own steps that wait for their receipts.  What
lies in a parcel was brought here by that parcel's own scan, so the parcels of a shelf are those that its originals
name: however many parcels a node has seen, only what lies here is read.  A parcel that was scanned before its sender's
events came lies here too: its scan waits on this node's disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mailroom.domain.custody import concerned
from mailroom.domain.parcels import originals
from mailroom.domain.stocktake import Entry, ShelfKind, shelf_kind
from nodes.core import NodeCore
from nodes.journal import custody
from nodes.store import QUERIES, SHELF
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2

_FOREVER: Final = 1 << 62
_READY: Final = lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
_MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a post has by the ledger."""

    entries: Sequence[Entry]
    inside: Mapping[str, str]
    """By original, the closed parcel here that it lies in."""


def shelf_of(tx: Transaction, core: NodeCore, post: str) -> Shelf:
    """What a post of this node has by the ledger."""
    held: dict[str, parcel_pb2.Custody] = {}
    rows = tx.fetch_all(SHELF.list_held, {"node": core.name, "post": post, "forever": _FOREVER})
    for row in rows:
        held[row["original"]] = parcel_pb2.Custody(stream=row["stream"])
        held[row["original"]].since_time.FromMicroseconds(row["begin_time"])
    touched, parcels = _waiting(tx, core)
    for name in touched:
        chain = custody.chain(tx, core.lifecycles, name)
        last = chain[-1] if chain else parcel_pb2.Custody()
        held.pop(name, None)
        if (last.kind, last.post.node, last.post.post) == (parcel_pb2.HOLDER_KIND_POST, core.name, post):
            held[name] = last
    entries: list[Entry] = []
    inside: dict[str, str] = {}
    # Whatever lies in a parcel was brought here by that parcel's own scan.
    for name in sorted(parcels | {last.stream for last in held.values() if last.stream.startswith("parcels/")}):
        parcel = _state(tx, core, name)
        kind = shelf_kind(parcel, core.name, post) if isinstance(parcel, parcel_pb2.Parcel) else None
        if kind is not None:
            entries.append(Entry(name, kind, parcel.custody.since_time.ToMicroseconds() / _MICROS))
            inside |= dict.fromkeys(originals(parcel), name)
    listed = {entry.name for entry in entries}
    for row in tx.fetch_all(QUERIES.list_early_intakes):
        if row["post"] == post and row["parcel"] not in listed:
            entries.append(Entry(row["parcel"], ShelfKind.UNOPENED, row["scan_time"] / _MICROS))
    for name, last in held.items():
        if name not in inside:
            entries.append(Entry(name, _single(tx, core, name), last.since_time.ToMicroseconds() / _MICROS))
    return Shelf(sorted(entries, key=lambda entry: (entry.since, entry.name)), inside)


def _waiting(tx: Transaction, core: NodeCore) -> tuple[set[str], set[str]]:
    """The originals that own waiting steps may have moved, and the parcels on which there are such steps."""
    touched: set[str] = set()
    parcels: set[str] = set()
    for row in tx.fetch_all(SHELF.list_waiting_streams):
        name = row["stream"]
        if name.startswith("parcels/"):
            parcels.add(name)
        if name.startswith(custody.MOVING_COLLECTIONS) and (state := _state(tx, core, name)) is not None:
            touched.update(concerned(state))
    return touched, parcels


def _state(tx: Transaction, core: NodeCore, name: str) -> Any:
    row = tx.fetch_one(QUERIES.read_stream, {"name": name})
    blob = (row["predicted"] or row["state"]) if row is not None else b""
    return core.lifecycles.load(name, blob) if blob else None


def _single(tx: Transaction, core: NodeCore, name: str) -> ShelfKind:
    state = _state(tx, core, name.partition("/originals/")[0])
    if not isinstance(state, application_pb2.Application):
        return ShelfKind.SINGLE
    result = name.rpartition("/")[2] in {document.original for document in state.results}
    return ShelfKind.FOR_PICKUP if state.state == _READY and result else ShelfKind.SINGLE

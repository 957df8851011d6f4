"""Custody rows beside the journal: appended with each confirmed event, overlaid with own waiting steps when read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mailroom.domain.custody import Move, application_moves, concerned, may_move, parcel_moves
from nodes.journal import ledger
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.storage.base import Transaction
from tongban.v1 import event_pb2, parcel_pb2

MOVING_COLLECTIONS = ("applications", "parcels")


def last_rows(tx: Transaction, originals: Iterable[str]) -> dict[str, parcel_pb2.Custody]:
    """The present confirmed holder of each original that is known."""
    held = {}
    for original in originals:
        row = tx.fetch_one(QUERIES.get_holder, {"original": original})
        if row is not None:
            held[original] = parcel_pb2.Custody.FromString(row["custody"])
    return held


def moves_of(before: Any, after: Any, event: event_pb2.Event, held: dict[str, parcel_pb2.Custody]) -> list[Move]:
    """What an event on an application's or a parcel's stream moves."""
    if isinstance(after, parcel_pb2.Parcel):
        return parcel_moves(before, after, event, held)
    return application_moves(after, event, held)


def moves(tx: Transaction, before: Any, after: Any, event: event_pb2.Event) -> list[Move]:
    """What a confirmed event moves; nothing is written."""
    if event.stream.partition("/")[0] not in MOVING_COLLECTIONS or not may_move(before, after, event):
        return []
    names = concerned(after)
    return moves_of(before, after, event, last_rows(tx, names)) if names else []


def append(tx: Transaction, moved: Iterable[Move]) -> None:
    """Append the rows of what a confirmed event has moved."""
    for move in moved:
        tx.execute(
            QUERIES.append_custody,
            {"original": move.original, "custody": move.custody.SerializeToString(deterministic=True)},
        )
        ledger.append(tx, move)


def chain(tx: Transaction, lifecycles: Lifecycles, original: str) -> list[parcel_pb2.Custody]:
    """An original's holders, oldest first, this node's waiting steps included."""
    rows = confirmed(tx, original)
    rows.extend(waiting(tx, lifecycles, original, rows[-1] if rows else None))
    return rows


def confirmed(tx: Transaction, original: str) -> list[parcel_pb2.Custody]:
    """An original's holders as receipted events have made them, oldest first."""
    rows = tx.fetch_all(QUERIES.list_custody, {"original": original})
    return [parcel_pb2.Custody.FromString(row["custody"]) for row in rows]


def waiting(
    tx: Transaction, lifecycles: Lifecycles, original: str, last: parcel_pb2.Custody | None
) -> list[parcel_pb2.Custody]:
    """What this node's waiting steps will add after the last confirmed row; those that no longer fit add nothing."""
    rows: list[parcel_pb2.Custody] = []
    states = _states(tx, lifecycles, original)
    for name, event, digest in _waiting(tx, states):
        before, version = states[name]
        try:
            after = lifecycles.fold(before, Step(event, digest, version + 1))
        except errors.TongbanError:
            continue
        states[name] = (after, version + 1)
        held = {original: last} if last is not None else {}
        for move in moves_of(before, after, event, held):
            if move.original == original:
                rows.append(move.custody)
                last = move.custody
    return rows


def _states(tx: Transaction, lifecycles: Lifecycles, original: str) -> dict[str, tuple[Any, int]]:
    """The confirmed states of the original's application and of the parcels that may carry it."""
    application = original.partition("/originals/")[0]
    row = tx.fetch_one(QUERIES.read_stream, {"name": application})
    if row is None:
        return {}
    predicted = lifecycles.load(application, row["predicted"] or row["state"])
    states: dict[str, tuple[Any, int]] = {}
    for name in (application, *predicted.parcels):
        found = tx.fetch_one(QUERIES.read_stream, {"name": name})
        if found is not None:
            state = lifecycles.load(name, found["state"]) if found["state"] else None
            states[name] = (state, found["version"])
    return states


def _waiting(tx: Transaction, names: Iterable[str]) -> list[tuple[str, event_pb2.Event, bytes]]:
    """Own waiting steps on these streams, in the order they were made."""
    waiting = []
    for name in names:
        for row in tx.fetch_all(QUERIES.list_waiting_of, {"stream": name}):
            waiting.append((name, event_of(row["envelope"]), row["digest"]))
    return sorted(waiting, key=lambda entry: entry[1].sequence)

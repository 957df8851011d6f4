"""What came back to a restored gateway, put at the places that its receipts say.

What was put aside (`gateway.returns`) is gone through again and again, in the order of the times at which it was first
admitted, until nothing more can be placed.  Times alone do not give the order: a gateway's clock may have been set back
between two batches, and two replicas have two clocks.  So an event waits for what it names in `after`, and for all that
its author made before it.  With that every channel has again the order of cause and effect, and a reader meets an
author's events in the order in which they were made.  Each is written as admission wrote it: at the same version, under
the same receipt, into the parties' channels.

What can go wrong: an event does not follow on what is here: it stays, marked, as the proof of a fork, and holds nobody
up.  An event waits for what nobody brought: once nothing else can be placed, it is placed without.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.batch import Placed, StreamHead
from gateway.domain.replay import Replay
from gateway.epochs import RECOVERY
from gateway.store import QUERIES, rows
from tongban.journal import envelopes
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2

PAGE = 64


class Heed(enum.IntEnum):
    """What an event that came back waits for; less of it once nothing can be placed otherwise."""

    NOTHING = 0
    AUTHOR = 1
    """What its author made before it."""
    ALL = 2
    """That, and what it names in `after`."""


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """What became of one page of what was put aside.

    `settled`: of how many it is known now what becomes of them, those that were placed included.
    """

    read: int
    placed: int
    settled: int
    heads: dict[str, int]
    last: tuple[int, str, int]


def place_page(
    tx: Transaction, lifecycles: Lifecycles, after: tuple[int, str, int], now: dt.datetime, heed: Heed
) -> PlacedPage:
    """Place the next page of what was put aside, as far as it follows on what is here."""
    key = {"admit_time": after[0], "batch_id": after[1], "leaf_index": after[2], "size": PAGE}
    aside = tx.fetch_all(RECOVERY.list_returned, key)
    if not aside:
        return PlacedPage(0, 0, 0, {}, after)
    names = json.dumps(sorted({row["stream"] for row in aside}))
    tx.fetch_all(QUERIES.lock_streams, {"names": names})
    ids = json.dumps([row["event_id"] for row in aside])
    known = {row["event_id"] for row in tx.fetch_all(QUERIES.find_events, {"ids": ids})}
    replay = Replay(lifecycles, lambda name: _load(tx, lifecycles, name))
    placed: list[tuple[Row, Placed]] = []
    settled = 0
    for row in aside:
        if row["event_id"] in known:
            settled += tx.execute(RECOVERY.drop_returned if _is_here(tx, row) else RECOVERY.mark_fork, _key(row))
            continue
        opened = envelopes.parse(envelope_pb2.SignedEvent.FromString(row["content"]))
        leaf = envelope_pb2.AdmissionLeaf.FromString(envelope_pb2.Receipt.FromString(row["receipt"]).leaf)
        if _waits(tx, replay, opened, heed):
            continue
        if (found := replay.place(opened, leaf)) is not None:
            placed.append((row, found))
            settled += tx.execute(RECOVERY.drop_returned, _key(row))
        elif _is_fork(tx, replay, leaf):
            settled += tx.execute(RECOVERY.mark_fork, _key(row))
    heads = _write(tx, placed, replay, now) if placed else {}
    last = aside[-1]
    key_of_last = last["admit_time"], last["batch_id"], last["leaf_index"]
    return PlacedPage(len(aside), len(placed), settled, heads, key_of_last)


def _waits(tx: Transaction, replay: Replay, opened: Opened, heed: Heed) -> bool:
    if heed is Heed.ALL and replay.waits(opened):
        return True
    event = opened.event
    made = {"author": event.author, "incarnation": event.incarnation, "sequence": event.sequence}
    return heed >= Heed.AUTHOR and tx.fetch_one(RECOVERY.find_earlier, made) is not None


def _is_here(tx: Transaction, row: Row) -> bool:
    """Whether the journal has the event where its receipt says, and not at another place."""
    found = tx.fetch_one(QUERIES.get_digest, {"stream": row["stream"], "version": row["version"]})
    return found is not None and found["digest"] == row["digest"]


def _is_fork(tx: Transaction, replay: Replay, leaf: envelope_pb2.AdmissionLeaf) -> bool:
    """Of an event that cannot be placed: whether the one before it cannot come any more either."""
    if leaf.version <= replay.head(leaf.stream).version + 1:
        return True
    before = {"stream": leaf.stream, "version": leaf.version - 1, "digest": leaf.predecessor}
    return tx.fetch_one(RECOVERY.find_returned, before) is None


def _load(tx: Transaction, lifecycles: Lifecycles, name: str) -> StreamHead:
    row = tx.fetch_one(QUERIES.get_state, {"name": name})
    if row is None or not row["version"]:
        return StreamHead()
    return StreamHead(row["version"], row["head"], lifecycles.load(name, row["state"]))


def _key(row: Row) -> dict[str, object]:
    return {name: row[name] for name in ("stream", "version", "digest")}


def _write(tx: Transaction, placed: Sequence[tuple[Row, Placed]], replay: Replay, now: dt.datetime) -> dict[str, int]:
    """Write what admission wrote once, under the receipts of then; the channels' new heads."""
    batches = {}
    for row, _ in placed:
        signed = envelope_pb2.SignedAdmission.FromString(row["signed"])
        header = envelope_pb2.AdmissionHeader.FromString(signed.header)
        batches[row["batch_id"]] = {
            "batch_id": row["batch_id"],
            "signed": row["signed"],
            "admit_time": row["admit_time"],
            "size": header.size,
        }
    tx.execute_many(RECOVERY.keep_admission, list(batches.values()))
    tx.execute_many(
        QUERIES.insert_event,
        [rows.event_row(p, envelope_pb2.Receipt.FromString(row["receipt"]), row["batch_id"]) for row, p in placed],
    )
    sealed = [rows.sealed_row(p.opened) for _, p in placed if p.opened.event.attachments]
    if sealed:
        tx.execute_many(QUERIES.insert_sealed, sealed)
    tx.execute_many(QUERIES.put_stream, [rows.stream_row(n, h, now) for n, h in sorted(replay.changed.items())])
    recalled = [p.opened.event for _, p in placed]
    tx.execute_many(
        RECOVERY.put_recalled,
        [{"author": e.author, "incarnation": e.incarnation, "sequence": e.sequence} for e in recalled],
    )
    return rows.fill_channels(tx, [p for _, p in placed]).heads

"""What an admitting transaction writes: refusals, marks, the admission, its events and their sealed parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from gateway.domain.batch import Batch, Placed
from gateway.store import QUERIES, rows
from gateway.tail import Entry
from tongban.journal.admissions import Admission
from tongban.storage.base import Transaction


def write_refusals(tx: Transaction, batch: Batch, now: dt.datetime, prune: Callable[..., None]) -> None:
    """The refusals of a batch; `prune` forgets the oldest of an author that has too many."""
    rejected = batch.decided.rejected
    if rejected:
        tx.execute_many(QUERIES.insert_rejection, [rows.rejection_row(d, now) for d in rejected])
        prune(tx, [d.opened.event.author for d in rejected], now)


def write_marks(tx: Transaction, batch: Batch) -> None:
    """How far each author has come."""
    decided, marks = batch.decided, batch.marks
    authors = {d.opened.event.author for d in decided.rejected} | {p.opened.event.author for p in decided.placed}
    tx.execute_many(
        QUERIES.put_author,
        [{"author": a, "incarnation": marks[a].incarnation, "sequence": marks[a].sequence} for a in sorted(authors)],
    )


def write_admission(tx: Transaction, batch: Batch, admission: Admission, now: dt.datetime, batch_id: str) -> None:
    """The admission, its events, their sealed parts, and the streams as they are now."""
    decided = batch.decided
    tx.execute(
        QUERIES.insert_admission,
        {
            "batch_id": batch_id,
            "signed": admission.signed.SerializeToString(),
            "admit_time": rows.micros(now),
            "size": len(decided.placed),
        },
    )
    tx.execute_many(
        QUERIES.insert_event,
        [rows.event_row(p, r, batch_id) for p, r in zip(decided.placed, admission.receipts, strict=True)],
    )
    sealed = [rows.sealed_row(p.opened) for p in decided.placed if p.opened.event.attachments]
    if sealed:
        tx.execute_many(QUERIES.insert_sealed, sealed)
    tx.execute_many(QUERIES.put_stream, [rows.stream_row(n, h, now) for n, h in sorted(decided.changed.items())])


def entries_of(places: Sequence[tuple[str, int, int]], placed: Sequence[Placed], admission: Admission) -> list[Entry]:
    """What the tail keeps of an admission: each event at each place of each channel."""
    entries = []
    for channel, position, index in places:
        opened = placed[index].opened
        author, receipt = opened.event.author, admission.receipts[index]
        entries.append(Entry(channel, position, author, opened.wire, opened.size, receipt, admission.signed))
    return entries

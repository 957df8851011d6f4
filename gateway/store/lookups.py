"""What deciding a batch asks of the database, and the bound on what is remembered of refusals."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from gateway.domain.checks import AuthorMark
from gateway.store import QUERIES, rows
from tongban.storage.base import Transaction

KEPT_REFUSALS = 10_000
KEPT_REFUSALS_FOR = dt.timedelta(days=400)
_PRUNE_EVERY = 100


class Refusals:
    """Counts an author's refusals, and forgets the oldest of them now and then."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def prune(self, tx: Transaction, refused: Sequence[str], now: dt.datetime) -> None:
        """These authors have been refused, once for each time that they are named."""
        for author in refused:
            self._since[author] = self._since.get(author, 0) + 1
        for author in sorted(set(refused)):
            if self._since[author] >= _PRUNE_EVERY:
                self._since[author] = 0
                oldest = rows.micros(now - KEPT_REFUSALS_FOR)
                tx.execute(QUERIES.prune_rejections, {"author": author, "oldest": oldest, "keep": KEPT_REFUSALS})


def author_marks(tx: Transaction, authors: set[str]) -> dict[str, AuthorMark]:
    """What each author's highest incarnation has used up."""
    marks: dict[str, AuthorMark] = {}
    for row in tx.fetch_all(QUERIES.list_authors, {"authors": json.dumps(sorted(authors))}):
        mark = AuthorMark(row["incarnation"], row["sequence"])
        old = marks.get(row["author"])
        if old is None or mark.incarnation > old.incarnation:
            marks[row["author"]] = mark
    return marks


def digest_at(tx: Transaction, stream: str, version: int) -> bytes | None:
    """The digest of the event at a place."""
    row = tx.fetch_one(QUERIES.get_digest, {"stream": stream, "version": version})
    return row["digest"] if row else None


def rejected(tx: Transaction, digest: bytes) -> str | None:
    """The refused event whose bytes have this digest."""
    row = tx.fetch_one(QUERIES.find_rejected_digest, {"digest": digest})
    return row["event_id"] if row else None

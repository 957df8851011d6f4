"""A node's streams folded anew, once, after an upgrade; see `tongban.lifecycle.refolding`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from nodes.journal.streams import StreamCache, Streams
from nodes.store import LEDGER, QUERIES
from tongban import errors
from tongban.lifecycle.engine import Lifecycles
from tongban.lifecycle.refolding import COLLECTIONS, UNFOLDED, folded
from tongban.storage.base import Database, Transaction

logger = logging.getLogger(__name__)

_STREAMS = 10
"""Streams in a unit of work."""


async def refold(database: Database, lifecycles: Lifecycles, now_micros: int) -> None:
    """Fold every stream of the collections concerned, with what this node has waiting on it."""
    for collection in COLLECTIONS:
        after = f"{collection}/"
        while last := await database.run(
            lambda tx, after=after, until=f"{collection}0": _page(tx, lifecycles, after, until, now_micros)  # type: ignore[misc]
        ):
            after = last
    await database.run(lambda tx: tx.execute(QUERIES.drop_setting, {"key": UNFOLDED}))


def _page(tx: Transaction, lifecycles: Lifecycles, after: str, until: str, now_micros: int) -> str | None:
    rows = tx.fetch_all(LEDGER.list_stream_names, {"after": after, "until": until, "size": _STREAMS})
    names = [row["name"] for row in rows]
    _refold(tx, lifecycles, names, now_micros)
    return names[-1] if names else None


def _refold(tx: Transaction, lifecycles: Lifecycles, names: Sequence[str], now_micros: int) -> None:
    streams = Streams(tx, lifecycles, StreamCache(), now_micros)
    streams.load(names)
    for name in names:
        stream = streams.get(name)
        try:
            found = folded(lifecycles, _envelopes(tx, name))
        except errors.TongbanError as error:
            logger.error("%s cannot be folded anew: %s", name, error.text("en"))
            continue
        if (found.version, found.head) == (stream.version, stream.head):
            stream.state = found.state
            streams.predict_anew(stream)
    streams.write()


def _envelopes(tx: Transaction, name: str) -> Iterator[bytes]:
    after = 0
    while rows := tx.fetch_all(QUERIES.list_folded, {"stream": name, "after": after}):
        for row in rows:
            yield row["envelope"]
        after = rows[-1]["version"]

"""The gateway's streams folded anew, once, after an upgrade; see `tongban.lifecycle.refolding`.

Replicas that start together do the same work twice and write the same: a state is replaced only where the stream is
still at the version that was folded, under the stream's lock.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from gateway.store import QUERIES
from tongban import errors
from tongban.lifecycle.engine import Lifecycles
from tongban.lifecycle.refolding import COLLECTIONS, UNFOLDED, folded
from tongban.storage.base import Database, Transaction

logger = logging.getLogger(__name__)

_STREAMS = 10
"""Streams in a unit of work: who waits for their locks must not wait for long."""


async def refold(database: Database, lifecycles: Lifecycles) -> None:
    """Fold every stream of the collections concerned, where a migration asks for it."""
    marked = await database.run(lambda tx: tx.fetch_one(QUERIES.get_setting, {"key": UNFOLDED}), read_only=True)
    if marked is None:
        return
    for collection in COLLECTIONS:
        after = f"{collection}/"
        while last := await database.run(
            lambda tx, after=after, until=f"{collection}0": _page(tx, lifecycles, after, until)  # type: ignore[misc]
        ):
            after = last
    await database.run(lambda tx: tx.execute(QUERIES.drop_setting, {"key": UNFOLDED}))


def _page(tx: Transaction, lifecycles: Lifecycles, after: str, until: str) -> str | None:
    rows = tx.fetch_all(QUERIES.list_streams, {"after": after, "until": until, "size": _STREAMS})
    names = [row["name"] for row in rows]
    heads = {row["name"]: row for row in tx.fetch_all(QUERIES.lock_streams, {"names": json.dumps(names)})}
    for name in names:
        try:
            found = folded(lifecycles, _envelopes(tx, name))
        except errors.TongbanError as error:
            logger.error("%s cannot be folded anew: %s", name, error.text("en"))
            continue
        if found.version and (found.version, found.head) == (heads[name]["version"], heads[name]["head"]):
            state = found.state.SerializeToString(deterministic=True)
            tx.execute(QUERIES.put_state, {"name": name, "version": found.version, "state": state})
    return names[-1] if names else None


def _envelopes(tx: Transaction, name: str) -> Iterator[bytes]:
    after = 0
    while rows := tx.fetch_all(QUERIES.list_envelopes, {"stream": name, "after": after}):
        for row in rows:
            yield row["envelope"]
        after = rows[-1]["version"]

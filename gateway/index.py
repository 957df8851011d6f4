"""Directory and coverage in memory, as the database has them.

A batch is judged by them, so while it is, no other replica may change them: `hold` locks the heads of the shared feeds
before it looks, for itself alone where the batch is about to move them.  They are the first rows that a batch locks, so
nobody waits in a circle for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from agreements.domain.shared import SHARED_COLLECTIONS, Shared
from gateway.store import QUERIES
from tongban.lifecycle.engine import Lifecycles
from tongban.storage.base import Transaction

_FEEDS = tuple(sorted(f"feeds/{collection}" for collection in SHARED_COLLECTIONS))
_NAMES = json.dumps(_FEEDS)


class SharedIndex:
    """Directory and coverage as the database has them, for this process."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.stale = True
        self._heads: dict[str, int] = {}

    def hold(self, tx: Transaction, lifecycles: Lifecycles, streams: Iterable[str]) -> None:
        """As `refresh`; until commit it stays true.  `streams`: what the batch may write."""
        moves = any(stream.partition("/")[0] in SHARED_COLLECTIONS for stream in streams)
        tx.fetch_all(QUERIES.lock_channels if moves else QUERIES.share_channels, {"names": _NAMES})
        self.refresh(tx, lifecycles)

    def is_behind(self, heads: Mapping[str, int]) -> bool:
        """Whether a refresh has anything to take in, where the channels have come this far."""
        return self.stale or any(heads.get(feed, 0) > self._heads.get(feed, 0) for feed in _FEEDS)

    def refresh(self, tx: Transaction, lifecycles: Lifecycles) -> None:
        """Take in what another replica has admitted since, or everything after a failed unit of work."""
        if self.stale:
            self.rebuild(tx, lifecycles)
            return
        for name, position in _feed_heads(tx).items():
            if position > self._heads.get(name, 0):
                for row in tx.fetch_all(
                    QUERIES.read_feed_streams, {"channel": name, "after": self._heads.get(name, 0)}
                ):
                    found = tx.fetch_one(QUERIES.get_state, {"name": row["stream"]})
                    if found:
                        self.shared.learn(row["stream"], lifecycles.load(row["stream"], found["state"]))
                self._heads[name] = position

    def rebuild(self, tx: Transaction, lifecycles: Lifecycles) -> None:
        """Read all shared streams."""
        shared = Shared()
        heads = _feed_heads(tx)
        for collection in SHARED_COLLECTIONS:
            after = f"{collection}/"
            while rows := tx.fetch_all(QUERIES.list_streams, {"after": after, "until": f"{collection}0", "size": 500}):
                for row in rows:
                    shared.learn(row["name"], lifecycles.load(row["name"], row["state"]))
                after = rows[-1]["name"]
        self.shared, self._heads, self.stale = shared, heads, False


def _feed_heads(tx: Transaction) -> dict[str, int]:
    return {row["name"]: row["position"] for row in tx.fetch_all(QUERIES.read_channels, {"names": _NAMES})}

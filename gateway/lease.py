"""A lease in the database: of several replicas exactly one does a thing, and one that was replaced cannot go on.

A row says who holds the lease, under which *fence* (a number that rises with every change of hands), and how often the
holder has renewed it (*beats*).  A replica that waits watches the row: when fence and beats have stood still for the
lease's time on its own steady counter, it takes over.  No two clocks are compared, so none has to be right.

Promised: whoever writes under the lease renews it first in the same transaction, which locks the row and fails when
the fence has moved on.  So a holder that was stopped, replaced and woken again writes nothing, however it timed out.
A replica never waits for the row's lock (`SKIP LOCKED`): another one's stalled transaction must not hold up the
thread that admits.

What can go wrong: the holder dies: nobody holds the lease for its time, then another does.  It says so when it stops in
good order, and the next one does not wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.store import QUERIES
from tongban.clock import Clock
from tongban.storage.base import Database, Transaction


class LeaseLost(Exception):
    """Somebody else holds the lease, or holds its row just now; what was under way is rolled back."""


@dataclass(frozen=True, slots=True)
class _Seen:
    holder: str
    fence: int
    beats: int


class Lease:
    """One replica's part in a lease."""

    def __init__(self, database: Database, clock: Clock, *, name: str, holder: str, seconds: float) -> None:
        """`holder`: an id that no other process has, nor this one after a restart."""
        self._database = database
        self._clock = clock
        self._name = name
        self._holder = holder
        self.seconds = seconds
        self._seen: _Seen | None = None
        self._since = 0.0
        self._fence: int | None = None

    @property
    def held(self) -> bool:
        """Whether this replica holds it, as far as it knows."""
        return self._fence is not None

    async def take(self) -> bool:
        """Take the lease if it is free or has stood still for its time; whether this replica holds it now."""
        if self._fence is not None:
            return True
        seen = await self._database.run(self._look, read_only=True)
        now = self._clock.monotonic()
        if seen != self._seen:
            self._seen, self._since = seen, now
        if seen.holder and now - self._since < self.seconds:
            return False
        if await self._database.run(lambda tx: self._claim(tx, seen)):
            self._fence = seen.fence + 1
        return self.held

    def renew(self, tx: Transaction) -> None:
        """Show that this replica lives and still holds the lease; `LeaseLost` if it does not.

        MUST be called in every transaction that writes under the lease, before it writes.
        """
        key = {"name": self._name, "holder": self._holder, "fence": self._fence or 0}
        if self._fence is None or not tx.fetch_all(QUERIES.lock_lease, key) or not tx.execute(QUERIES.renew_lease, key):
            raise LeaseLost

    async def beat(self) -> None:
        """Renew it, and nothing else."""
        await self._database.run(self.renew)

    def lost(self) -> None:
        """Forget that it was held; from now on it is watched like anybody else's."""
        self._fence, self._seen = None, None

    async def release(self) -> None:
        """Give it up, so that the next one need not wait."""
        fence, self._fence = self._fence, None
        if fence is not None:
            key = {"name": self._name, "holder": self._holder, "fence": fence}
            await self._database.run(lambda tx: tx.execute(QUERIES.release_lease, key))

    def _look(self, tx: Transaction) -> _Seen:
        row = tx.fetch_one(QUERIES.get_lease, {"name": self._name})
        return _Seen(row["holder"], row["fence"], row["beats"]) if row else _Seen("", 0, 0)

    def _claim(self, tx: Transaction, seen: _Seen) -> bool:
        key = {"name": self._name, "holder": seen.holder, "fence": seen.fence}
        if not tx.fetch_all(QUERIES.lock_lease, key):
            return False
        claimed = {"name": self._name, "me": self._holder, "fence": seen.fence, "beats": seen.beats}
        return tx.execute(QUERIES.claim_lease, claimed) == 1

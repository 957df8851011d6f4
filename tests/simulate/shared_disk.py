"""A disk that several replicas of the gateway use at once, with what PostgreSQL lets them do to each other.

    replica 1 ─► unit ─► statement · statement ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ statement · COMMIT
    replica 2 ─►             unit ─► statement · statement · COMMIT        (in between, where no row is shared)

Below lies one sqlite3 database in memory, as for every simulated disk.  Above it, each writing unit runs in a greenlet
of its own, which may be stopped before any of its statements and before its COMMIT; the loop then goes on with whatever
else there is, the units of the other replica among it.  What a stopped unit has written is taken back, and written
again before it goes on, so nobody sees it before its COMMIT and its statements see what others have committed
meanwhile: READ COMMITTED.

Rows are locked as PostgreSQL locks them: by SELECT ... FOR UPDATE or FOR SHARE, in the order of its rows (SKIP LOCKED
leaves out what is locked), and by every row that is inserted, changed or deleted, under its key and under each unique
index.  Triggers tell which rows these are.  Who needs a locked row waits for the end of the unit that holds it, runs
the statement again and gets of the rows it had found at first those that still fit.  Who waits in a circle is rolled
back and runs again from its beginning, a bounded number of times.  Who waits for five seconds is `Unavailable`.  A
connection may be lost under a unit: before its COMMIT it runs again, in it the outcome is unknown.  When a replica
dies, its units are rolled back and their locks let go.

One writer a replica, whose units keep their order, as the product has it.  Units that only read see one snapshot.

Not covered, because PostgreSQL is not here: locks of whole tables, pages and gaps; that a writer is told of a locked
row by row (here by statement, when many rows are written by one); the snapshot of a read that lasts; the planner and
the texts for PostgreSQL themselves, of which only the locks are read: SQLite's run.  These are for the tests that use
a real one (`tests/gateway/test_replicas.py`, `make chaos`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Literal, TypeVar

from greenlet import greenlet

from tests.simulate.row_keys import Key, RowKeys
from tongban.errors import Unavailable
from tongban.storage.base import NO_PARAMETERS, Parameters, Row, Transaction, TransactionSpoiled
from tongban.storage.inline import ReadingTransaction, SimulatedDisk
from tongban.storage.postgres import ATTEMPTS
from tongban.storage.queries import Query
from tongban.storage.sqlite import SqliteTransaction, translated

T = TypeVar("T")

STOPPED = 0.1
"""How often a unit is stopped before a statement."""
LATE = 0.1
"""How often the answer of a unit takes its time."""
MEETS = 0.5
"""How often a unit that is stopped with locks, or just before its first, goes on when the other replica locks too."""
_PAUSES: Final = (0.0, 0.0, 0.01, 0.2, 1.0)
_MEETING_SECONDS: Final = 4.0
_LOCK_SECONDS: Final = 5.0
_LOCKS: Final = re.compile(r"\bFOR\s+(UPDATE|SHARE)\b")


class _RunAgain(Exception):
    """Nothing was written; the unit starts over."""


class SharedDisk(SimulatedDisk):
    """What outlives the replicas that use it at once."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.connection = self._connection
        self.chance = chance
        self.locks: dict[Key, dict[_Unit, bool]] = {}
        """Who has locked a row, and whether for itself alone."""
        self.meeting: list[_Unit] = []
        """Units that are stopped until another replica locks something."""
        self.tasks: set[asyncio.Task[Any]] = set()
        self._mounts: dict[Replica, None] = {}
        self.keys = RowKeys(self.connection)

    def share(
        self, *, before_commit: Callable[[], None] | None = None, after_commit: Callable[[], None] | None = None
    ) -> Replica:
        """A handle for one more replica."""
        replica = Replica(self, before_commit, after_commit)
        self._mounts[replica] = None
        return replica

    def is_shared_by(self, replica: Replica) -> bool:
        """Whether this replica's process is alive."""
        return replica in self._mounts

    def cut_off(self, replica: Replica) -> None:
        """The replica's process is gone: what it had not committed is rolled back."""
        if self._mounts.pop(replica, replica) is None and replica.unit is not None:
            replica.unit.wake.set()

    def unmount(self) -> None:
        """Cut all of them off."""
        super().unmount()
        for replica in list(self._mounts):
            self.cut_off(replica)

    def restore(self, image: bytes) -> None:
        """Put a backup in the place of everything, and watch its tables."""
        super().restore(image)
        self.keys.watch_all()


class Replica:
    """One replica's `Database` on a shared disk."""

    def __init__(
        self, disk: SharedDisk, before_commit: Callable[[], None] | None, after_commit: Callable[[], None] | None
    ) -> None:
        self.disk = disk
        self.before_commit = before_commit
        self.after_commit = after_commit
        self.before_statement: Callable[[], None] | None = None
        self.latency: Callable[[], Awaitable[None]] | None = None
        self.stopped = STOPPED
        self.loses_connection = False
        self.unit: _Unit | None = None
        """The one that is under way."""
        self._order = asyncio.Lock()

    @property
    def dialect(self) -> Literal["sqlite", "postgres"]:
        """What it behaves like."""
        return "postgres"

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run one unit of work; see `Database.run`."""
        if read_only:
            if self.latency is not None:
                await self.latency()
            result = self._read(work)
        else:
            # In a task of its own: a caller that is cancelled does not stop it.
            task = asyncio.get_running_loop().create_task(self._write(work))
            self.disk.tasks.add(task)
            task.add_done_callback(self._ended)
            result = await asyncio.shield(task)
        if self.disk.chance.random() < LATE:
            await asyncio.sleep(self.disk.chance.choice(_PAUSES))
            self.check()
        return result

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Read a few rows."""
        return self._read(work)

    async def close(self) -> None:
        """Finish what was handed in, then let go."""
        async with self._order:
            self.disk.cut_off(self)

    def check(self) -> None:
        """Raise where this replica's process is dead."""
        if not self.disk.is_shared_by(self):
            raise Unavailable(what="database", cause="not mounted")

    def _read(self, work: Callable[[Transaction], T]) -> T:
        self.check()
        connection = self.disk.connection
        with translated():
            # Without BEGIN and ROLLBACK: a unit that stops has taken back what it wrote until it goes on.
            transaction = ReadingTransaction(connection)
            changes = connection.total_changes
            try:
                result = work(transaction)
                if connection.total_changes != changes:
                    raise Unavailable(what="database", cause="a reading unit wrote")
                return result
            finally:
                transaction.end()

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        async with self._order:
            if self.latency is not None:
                await self.latency()
            for attempt in range(1, ATTEMPTS + 1):
                self.check()
                self.unit = _Unit(self, work)
                try:
                    result: T = await self.unit.driven()
                except _RunAgain as again:
                    if attempt == ATTEMPTS:
                        raise Unavailable(what="database", cause=again) from again
                    await asyncio.sleep(self.disk.chance.uniform(0.0, 0.005 * 2**attempt))
                else:
                    return result
                finally:
                    self.unit = None
        raise AssertionError("unreachable")

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.disk.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # heard, also where nobody waits for it any more


class _Unit:
    """A writing unit under way: a `Transaction` that may be stopped, and what it has locked and written."""

    def __init__(self, replica: Replica, work: Callable[[Transaction], Any]) -> None:
        self._replica = replica
        self._disk = replica.disk
        self._work = work
        self._tx = SqliteTransaction(replica.disk.connection)
        self._written: list[Callable[[], object]] = []
        self._held: list[Key] = []
        self._waits_for: _Unit | None = None
        self._waiting: list[_Unit] = []
        self.wake = asyncio.Event()
        self._green = greenlet(self._body)

    async def driven(self) -> Any:
        """Run it to its end, with the stops that it makes."""
        found = self._green.switch()
        while not self._green.dead:
            problem = await self._rested(found)
            found = self._green.switch() if problem is None else self._green.throw(problem)
        return found

    async def _rested(self, seconds: float) -> BaseException | None:
        """Let others go on; why this one cannot, if so."""
        self.wake.clear()
        over = True
        try:
            if self._waits_for is None and not seconds:
                await asyncio.sleep(0)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self.wake.wait()
                    over = False
        except asyncio.CancelledError as error:
            return error
        if not self._disk.is_shared_by(self._replica):
            return Unavailable(what="database", cause="not mounted")
        if over and self._waits_for is not None:
            return Unavailable(what="database", cause="lock timeout")
        return None

    # Everything below runs within the greenlet.

    def _body(self) -> Any:
        connection = self._disk.connection
        try:
            with translated():
                connection.execute("BEGIN IMMEDIATE")
                result = self._work(self)
                if self._tx.spoiled:
                    raise TransactionSpoiled("a statement failed and the unit of work went on")
                self._maybe_stop(bool(self._held))
                lost = self._loses_connection()
                if self._replica.before_commit is not None:
                    self._replica.before_commit()
                connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._end()
        if self._replica.after_commit is not None:
            self._replica.after_commit()
        if lost:
            raise Unavailable(what="database", outcome="unknown", cause="connection lost")
        return result

    def _loses_connection(self) -> bool:
        if not self._replica.loses_connection:
            return False
        self._replica.loses_connection = False
        if self._disk.chance.random() < 0.5:
            raise _RunAgain("connection lost")
        return True

    def _end(self) -> None:
        self._tx.end()
        for key in self._held:
            self._disk.locks.get(key, {}).pop(self, None)
        for unit in self._waiting:
            unit.wake.set()

    def _stop(self, seconds: float) -> None:
        """Let others go on; then everything is as it was, and what they have committed is there."""
        connection = self._disk.connection
        connection.execute("ROLLBACK")
        try:
            self._green.parent.switch(seconds)
        except BaseException:
            self._tx.spoiled = True  # nothing runs in it any more, whoever swallows this
            raise
        connection.execute("BEGIN IMMEDIATE")
        for write in self._written:
            write()

    def _maybe_stop(self, locks: bool) -> None:
        """Let others go on, at times; `locks`: whether this unit has locked something or is about to."""
        chance = self._disk.chance
        if chance.random() >= self._replica.stopped:
            return
        if not locks or chance.random() >= MEETS:
            self._stop(chance.choice(_PAUSES))
            return
        self._disk.meeting.append(self)
        try:
            self._stop(_MEETING_SECONDS)
        finally:
            self._disk.meeting.remove(self)

    def _wait_for(self, holder: _Unit) -> None:
        other: _Unit | None = holder
        while other is not None:
            if other is self:
                raise _RunAgain("deadlock")
            other = other._waits_for
        self._waits_for = holder
        holder._waiting.append(self)
        try:
            self._stop(_LOCK_SECONDS)
        finally:
            self._waits_for = None

    def _lock(self, keys: Sequence[Key], alone: bool = True) -> _Unit | None:
        """Lock these rows in their order, up to one that somebody else holds: who that is."""
        for unit in self._disk.meeting:
            unit.wake.set()
        for key in keys:
            if (holder := self._holder(key, alone)) is not None:
                return holder
            holders = self._disk.locks.setdefault(key, {})
            holders[self] = alone or holders.get(self, False)
            self._held.append(key)
        return None

    def _holder(self, key: Key, alone: bool) -> _Unit | None:
        """Whose lock of a row this unit would have to wait for."""
        holders = self._disk.locks.get(key, {})
        return next((unit for unit, only in holders.items() if unit is not self and (alone or only)), None)

    def _before(self, locks: bool) -> None:
        if self._tx.spoiled:
            raise Unavailable(what="database", cause="the transaction is aborted")
        if self._replica.before_statement is not None:
            self._replica.before_statement()
        self._maybe_stop(locks or bool(self._held))

    def _write(self, statement: Callable[[], T]) -> T:
        self._before(True)
        while True:
            self._disk.keys.touched.clear()
            result = statement()
            keys = [key for key in self._disk.keys.touched if None not in key]
            holder = next((u for u in (self._holder(key, True) for key in keys) if u is not None), None)
            if holder is None:
                break
            self._wait_for(holder)
        self._lock(keys)
        self._written.append(statement)
        return result

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """See `Transaction`."""
        return self._write(lambda: self._tx.execute(query, params))

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """See `Transaction`."""
        self._write(lambda: self._tx.execute_many(query, rows))

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        """See `Transaction`."""
        if not query.sqlite.lstrip().upper().startswith(("SELECT", "WITH")):
            return self._write(lambda: self._tx.fetch_all(query, params))
        locks = _LOCKS.search(query.postgres) is not None
        self._before(locks)
        rows = self._tx.fetch_all(query, params)
        return self._lock_found(query, params, rows) if locks else rows

    def _lock_found(self, query: Query, params: Parameters, rows: list[Row]) -> list[Row]:
        keys = self._disk.keys.of(query, rows, params)
        if "SKIP LOCKED" in query.postgres:
            return [row for key, row in zip(keys, rows, strict=True) if self._lock([key]) is None]
        first, alone = set(keys), "FOR SHARE" not in query.postgres
        while (holder := self._lock(keys, alone)) is not None:
            self._wait_for(holder)
            rows = self._tx.fetch_all(query, params)
            found = zip(self._disk.keys.of(query, rows, params), rows, strict=True)
            fitting = [(key, row) for key, row in found if key in first]
            keys, rows = [key for key, _ in fitting], [row for _, row in fitting]
        return rows

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        """See `Transaction`."""
        rows = self.fetch_all(query, params)
        return rows[0] if rows else None

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        """See `Transaction`."""
        return iter(self.fetch_all(query, params))

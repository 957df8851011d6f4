"""The same database for the simulation: run inline on a virtual clock, and able to die at a chosen point.

A `SimulatedDisk` is what survives: a sqlite3 database, in memory by default.  A process of the simulation
mounts it and gets an `InlineDatabase`; when the process is killed, the next one mounts the same disk and
finds what had been committed, while the dead one's handle answers `Unavailable`.  `image` and `restore` are
the operator who puts an old backup back; `fill` leaves no page free, until `free`.

Faults come in through four hooks of the mount.  `before_statement` is asked before each statement of a writing
unit and may raise: the unit is rolled back, as by a power cut half way through.  `before_commit` may raise with
the same effect, before the fsync.  `after_commit` may raise: the unit is durable and its caller never hears of
it.  `latency` is awaited before the unit starts, for a slow disk; units keep their order behind it.  Without it
a run does not yield to the loop at all, so a simulation's schedule depends on nothing but its seed.  The first
and the last may be set and taken away while the process runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Literal, TypeVar

from tongban.errors import Unavailable
from tongban.storage.base import NO_PARAMETERS, Parameters, Row, Transaction, TransactionSpoiled
from tongban.storage.queries import Query
from tongban.storage.sqlite import SqliteTransaction, connect, run_unit, translated

T = TypeVar("T")

# The disk is only ever cut off between statements, so fsync would prove nothing here and cost most of the time.  In
# memory each page that a unit touches is copied, so pages are smaller than the product's.
_SETTINGS: Final = (
    "PRAGMA page_size=4096",
    "PRAGMA synchronous=OFF",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)
_NO_LIMIT: Final = 0xFFFFFFFE


class SimulatedDisk:
    """What outlives a simulated process."""

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = connect(path, settings=_SETTINGS)
        self._mounted: InlineDatabase | None = None

    def mount(
        self,
        *,
        before_commit: Callable[[], None] | None = None,
        after_commit: Callable[[], None] | None = None,
        latency: Callable[[], Awaitable[None]] | None = None,
    ) -> InlineDatabase:
        """A handle for a process that starts now; the handle of the one before it goes dead."""
        self.unmount()
        self._mounted = InlineDatabase(self, before_commit, after_commit, latency)
        return self._mounted

    def unmount(self) -> None:
        """Cut the running process off; only what it had committed remains."""
        self._mounted = None

    def image(self) -> bytes:
        """A backup of everything that is committed."""
        return self._connection.serialize()

    def restore(self, image: bytes) -> None:
        """Put a backup in the place of everything; the running process is cut off."""
        self.unmount()
        # Copied in page by page: a connection with prepared statements that is itself deserialized may crash.
        with contextlib.closing(sqlite3.connect(":memory:")) as backup:
            backup.deserialize(image)
            backup.backup(self._connection)

    def fill(self) -> None:
        """Something else has taken the rest of the disk: SQLite itself refuses what needs a page more."""
        pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
        self._connection.execute(f"PRAGMA max_page_count={pages}")

    def free(self) -> None:
        """There is space again."""
        self._connection.execute(f"PRAGMA max_page_count={_NO_LIMIT}")

    def discard(self) -> None:
        """Close the disk for good."""
        self.unmount()
        self._connection.close()

    def is_mounted_by(self, database: InlineDatabase) -> bool:
        """Whether `database` is the handle that may write now."""
        return self._mounted is database

    def run_as(self, database: InlineDatabase, work: Callable[[Transaction], T], read_only: bool) -> T:
        """Run a unit for `database`, if it is the one that is mounted."""
        if not self.is_mounted_by(database):
            raise Unavailable(what="database", cause="not mounted")
        if read_only:
            return self._read(work)
        hook = database.before_statement
        if hook is None:
            return run_unit(self._connection, work, False, database.before_commit)
        return run_unit(self._connection, lambda tx: work(_Watched(tx, hook)), False, database.before_commit)

    def _read(self, work: Callable[[Transaction], T]) -> T:
        # Without BEGIN and COMMIT: nothing runs beside an inline unit, so whatever it reads is one state.  Whether
        # it wrote is looked at afterwards: to set query_only and unset it would cost as much as most reads do.
        with translated():
            transaction = ReadingTransaction(self._connection)
            changes = self._connection.total_changes
            try:
                result = work(transaction)
                if transaction.spoiled:
                    raise TransactionSpoiled("a statement failed and the unit of work went on")
                if self._connection.total_changes != changes:
                    raise Unavailable(what="database", cause="a reading unit wrote")
                return result
            finally:
                transaction.end()


class ReadingTransaction(SqliteTransaction):
    """A reading unit's: it refuses to write before anything is written, because there is nothing to roll back."""

    __slots__ = ()

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """Refuse."""
        raise Unavailable(what="database", cause="a reading unit wrote")

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """Refuse."""
        raise Unavailable(what="database", cause="a reading unit wrote")


class InlineDatabase:
    """A `Database` that runs its units on the caller's own thread."""

    def __init__(
        self,
        disk: SimulatedDisk,
        before_commit: Callable[[], None] | None,
        after_commit: Callable[[], None] | None,
        latency: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._disk = disk
        self.before_commit = before_commit
        self._after_commit = after_commit
        self.before_statement: Callable[[], None] | None = None
        self.latency = latency
        self._order = asyncio.Lock()

    @property
    def dialect(self) -> Literal["sqlite", "postgres"]:
        """Always `sqlite`."""
        return "sqlite"

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run one unit of work; see `Database.run`."""
        if read_only:
            if self.latency is not None:
                await self.latency()
            return self._run(work, True)
        if self.latency is None and not self._order.locked():
            return self._run(work, False)
        async with self._order:
            if self.latency is not None:
                await self.latency()
            return self._run(work, False)

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Read a few rows; see `Database.look_up`.  The system's cache has them, however slow the disk is."""
        return self._run(work, True)

    async def close(self) -> None:
        """Let go of the disk, which stays as it is."""
        if self._disk.is_mounted_by(self):
            self._disk.unmount()

    def _run(self, work: Callable[[Transaction], T], read_only: bool) -> T:
        result = self._disk.run_as(self, work, read_only)
        if not read_only and self._after_commit is not None:
            self._after_commit()
        return result


class _Watched:
    """A transaction that asks before each of its statements."""

    __slots__ = ("_ask", "_tx")

    def __init__(self, tx: Transaction, ask: Callable[[], None]) -> None:
        self._tx = tx
        self._ask = ask

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """See `Transaction`."""
        self._ask()
        return self._tx.execute(query, params)

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """See `Transaction`."""
        self._ask()
        self._tx.execute_many(query, rows)

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        """See `Transaction`."""
        self._ask()
        return self._tx.fetch_all(query, params)

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        """See `Transaction`."""
        self._ask()
        return self._tx.fetch_one(query, params)

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        """See `Transaction`."""
        self._ask()
        return self._tx.stream(query, params)

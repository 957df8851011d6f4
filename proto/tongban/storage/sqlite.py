"""SQLite, the embedded default: one writing thread, a few reading ones, a write-ahead log between them.

aiosqlite gives each connection a thread and a queue.  A unit of work is put into that queue whole, BEGIN to
COMMIT, so it costs one hop; writers are served in the order they came, and a reader sees the last commit
before it began and never waits for a writer.  `BEGIN IMMEDIATE` takes the write lock before the first read,
so what a unit has read cannot change under it, also when another process (a command of the operator) has the
same file open.

Durable means: `synchronous=FULL`, so COMMIT returns after the fsync of the log.  The log is folded into the
main file every 16 MiB by the commit that passes that mark; a reader that never ends would keep it from
shrinking, so reads are short.  Locks are waited for five seconds, then the unit fails as `Unavailable`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, TypeVar

import aiosqlite

from tongban.errors import ConfigurationInvalid, Damaged, StorageFull, Unavailable
from tongban.storage.base import (
    NO_PARAMETERS,
    THE_DATABASE,
    ConstraintFailed,
    Parameters,
    Row,
    Transaction,
    TransactionSpoiled,
)
from tongban.storage.queries import Query

T = TypeVar("T")

LOCK_WAIT_SECONDS: Final = 5.0
_CACHED_STATEMENTS: Final = 512
_SETTINGS: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=2048",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA trusted_schema=OFF",
)

# The primary result codes that are the world's fault; any other error is a bug and passes as it is.
_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
    }
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class SqliteTransaction:
    """A `Transaction` on a plain sqlite3 connection, for the driver's thread and for the simulation alike."""

    __slots__ = ("_connection", "spoiled")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self.spoiled = False

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """Run one statement; the number of rows it changed."""
        return max(self._run(query, params).rowcount, 0)

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """Run one statement for each of the rows."""
        try:
            self._live().executemany(query.sqlite, rows)
        except sqlite3.Error:
            self.spoiled = True
            raise

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        """Every row of the result."""
        try:
            return self._run(query, params).fetchall()
        except sqlite3.Error:
            self.spoiled = True
            raise

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        """The first row of the result, or None."""
        # All rows are fetched: a statement with RETURNING takes full effect only when it is stepped to its
        # end.
        rows = self.fetch_all(query, params)
        return rows[0] if rows else None

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        """The rows one after the other."""
        cursor = self._run(query, params)
        try:
            yield from cursor
        except sqlite3.Error:
            self.spoiled = True
            raise
        finally:
            cursor.close()

    def end(self) -> None:
        """Make the transaction void."""
        self._connection = None

    def _run(self, query: Query, params: Parameters) -> sqlite3.Cursor:
        try:
            return self._live().execute(query.sqlite, params)
        except sqlite3.Error:
            self.spoiled = True
            raise

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("this unit of work has ended; its transaction cannot be used any more")
        return self._connection


class translated:  # noqa: N801
    """Turn what sqlite3 raises into the words of `tongban.errors`; bugs (bad SQL) pass as they are."""

    # A class: every unit of work passes through here, and a generator would cost several times as much.
    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, sqlite3.DatabaseError):
            return
        if isinstance(error, sqlite3.IntegrityError):
            raise ConstraintFailed(str(error)) from error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise StorageFull(what=THE_DATABASE) from error
        if code in _DAMAGED:
            raise Damaged(what="database") from error
        if code in _AWAY:
            raise Unavailable(what="database", cause=error) from error


def run_unit(
    connection: sqlite3.Connection,
    work: Callable[[Transaction], T],
    read_only: bool,
    before_commit: Callable[[], None] | None = None,
) -> T:
    """One unit of work, BEGIN to COMMIT, on the connection's own thread."""
    with translated():
        transaction = SqliteTransaction(connection)
        if connection.in_transaction:
            # The ROLLBACK of the unit before failed too, on a disk that was broken then and may be back now.
            connection.execute("ROLLBACK")
        connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
        try:
            result = work(transaction)
            if transaction.spoiled:
                raise TransactionSpoiled("a statement failed and the unit of work went on")
            if before_commit is not None and not read_only:
                before_commit()
            connection.execute("COMMIT")
        except BaseException as error:
            # A full disk makes SQLite roll back by itself, and a ROLLBACK after that would be an error of its
            # own.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, StopIteration):
                # A future cannot carry StopIteration: the caller would wait for ever.
                raise RuntimeError("the unit of work raised StopIteration") from error
            raise
        finally:
            transaction.end()
        return result


def connect(path: str, settings: Sequence[str] = _SETTINGS) -> sqlite3.Connection:
    """A connection whose transactions are ours alone to begin and end."""
    connection = sqlite3.connect(
        path,
        timeout=LOCK_WAIT_SECONDS,
        isolation_level=None,
        cached_statements=_CACHED_STATEMENTS,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    try:
        for setting in settings:
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


class SqliteDatabase:
    """A `Database` in one file."""

    def __init__(
        self, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection], near: sqlite3.Connection
    ) -> None:
        self._writer = writer
        self._near = near
        self._readers = list(readers)
        self._reading = [0] * len(self._readers)
        self._closed = False

    @classmethod
    async def open(cls, path: Path | str, *, readers: int = 2) -> SqliteDatabase:
        """Open or create the file, and the directory it lies in."""
        if not str(path) or str(path) == ":memory:":
            raise ConfigurationInvalid(field="database", problem="SQLite needs a file; memory is for the simulation")
        opened: list[aiosqlite.Connection] = []
        try:
            with translated():
                try:
                    Path(path).parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise ConfigurationInvalid(field="database", problem=str(error)) from error
                for connector in [_writing(str(path))] + [_reading(str(path))] * readers:
                    opened.append(await _start(connector))
                near = _reading(str(path))()
        except BaseException:
            for connection in opened:
                await connection.close()
            raise
        return cls(opened[0], opened[1:], near)

    @property
    def dialect(self) -> Literal["sqlite", "postgres"]:
        """Always `sqlite`."""
        return "sqlite"

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run one unit of work; see `Database.run`."""
        if self._closed:
            raise Unavailable(what="database", cause="closed")
        if not read_only or not self._readers:
            return await _hop(self._writer, work, read_only)
        chosen = self._reading.index(min(self._reading))
        self._reading[chosen] += 1
        try:
            return await _hop(self._readers[chosen], work, True)
        finally:
            self._reading[chosen] -= 1

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Read a few rows on this thread; see `Database.look_up`."""
        if self._closed:
            raise Unavailable(what="database", cause="closed")
        return run_unit(self._near, work, True)

    async def close(self) -> None:
        """Finish what was handed in, fold the log into the file, and close it."""
        if self._closed:
            return
        self._closed = True
        self._near.close()
        # The writer goes last, because SQLite folds the log in when the last connection closes.
        for connection in (*self._readers, self._writer):
            await connection.close()


async def _start(connector: Callable[[], sqlite3.Connection]) -> aiosqlite.Connection:
    connection = aiosqlite.Connection(connector, iter_chunk_size=64)
    # A process that ends by an error, without closing, must end: what was confirmed is on disk, and a thread
    # that waits for more work would keep it alive for ever.
    connection._thread.daemon = True
    try:
        return await connection
    except BaseException:
        # The thread has been told to stop; it reports that to this loop, so it must be gone before the loop is.
        connection._thread.join()
        raise


async def _hop(connection: aiosqlite.Connection, work: Callable[[Transaction], T], read_only: bool) -> T:
    # `_execute` queues one function for the connection's thread.  Every public call of aiosqlite is a
    # statement, and a hop for each statement would cost more than the statements do.
    hop: Callable[..., Awaitable[T]] = connection._execute
    return await hop(run_unit, connection._conn, work, read_only)


def _writing(path: str) -> Callable[[], sqlite3.Connection]:
    def connector() -> sqlite3.Connection:
        connection = connect(path, settings=())
        try:
            # Only a new file takes a page size.  An event is about 2 KB: a page of 8 KB holds three, one of 4 KB only
            # one.  Interleaved medians, 8 KB to 4 KB: 128 rows a commit 1.7, 32 rows 1.1 to 1.2, one row 0.9.
            connection.execute("PRAGMA page_size=8192")
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                problem = f"{path} cannot keep a write-ahead log (mode {mode}); is it on a network file system?"
                raise ConfigurationInvalid(field="database", problem=problem)
            for setting in _SETTINGS:
                connection.execute(setting)
        except BaseException:
            connection.close()
            raise
        return connection

    return connector


def _reading(path: str) -> Callable[[], sqlite3.Connection]:
    return lambda: connect(path, settings=(*_SETTINGS, "PRAGMA query_only=ON"))

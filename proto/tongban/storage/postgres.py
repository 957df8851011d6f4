"""PostgreSQL, for a gateway with several replicas and for large nodes.

psycopg's synchronous connections, each with a thread of its own: `writers` for units that write (one by
default, so units of one process are served in order and batch well), `readers` for the others.  A unit runs
whole on its thread, BEGIN to COMMIT.

What other replicas may do meanwhile: a writing unit is READ COMMITTED, so it MUST lock the rows that its
decision rests on (`FOR UPDATE`, in name order) before it reads what depends on them; a reading unit sees one
snapshot (REPEATABLE READ, READ ONLY), like a reader of SQLite.

What can go wrong, and who hears of it:
- deadlock or serialization failure: the whole unit runs again from the start, a bounded number of times;
- the connection is lost before COMMIT was sent: nothing was written, so the unit runs again on a new
  connection, and is `Unavailable` if there is none to be had;
- the connection is lost while COMMIT was on its way: nobody here can know, so it is `Unavailable` with the
  fact `outcome=unknown`, and the caller looks before it repeats (event ids make repeating safe);
- the disk is full: `StorageFull`; pages fail their checksum: `Damaged`; anything else of the server:
  `Unavailable`.

Durable means that `synchronous_commit` is on in our sessions, and a server with `fsync=off` is refused.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, TypeVar

import psycopg
import tenacity
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

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
from tongban.storage.pgtypes import adapt, row_factory
from tongban.storage.queries import Query

T = TypeVar("T")
_Connection = psycopg.Connection[Row]

ATTEMPTS: Final = 6
_PAGE: Final = 1000
_SESSION: Final = "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
_BEGIN_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _RunAgain(Exception):
    """Nothing was written and the reason may pass: the unit starts over.  The cause is the driver's."""


class PostgresTransaction:
    """A `Transaction` on one psycopg connection."""

    __slots__ = ("_cursor", "_streams", "spoiled")

    def __init__(self, cursor: psycopg.Cursor[Row]) -> None:
        self._cursor: psycopg.Cursor[Row] | None = cursor
        self._streams = 0
        self.spoiled = False

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """Run one statement; the number of rows it changed."""
        cursor = self._run(query, params)
        # For a SELECT the server counts the rows it found; a row that was found was not changed.
        changed = cursor.statusmessage is not None and not cursor.statusmessage.startswith("SELECT")
        return max(cursor.rowcount, 0) if changed else 0

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """Run one statement for each of the rows, in one round trip."""
        if not rows:
            return
        try:
            self._live().executemany(query.postgres, rows)
        except psycopg.Error:
            self.spoiled = True
            raise

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        """Every row of the result."""
        return self._run(query, params).fetchall()

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        """The first row of the result, or None."""
        return self._run(query, params).fetchone()

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        """The rows one after the other, fetched in pages from a cursor that the server keeps."""
        self._streams += 1
        with self._live().connection.cursor(name=f"stream_{self._streams}") as cursor:
            cursor.itersize = _PAGE
            try:
                yield from cursor.execute(query.postgres, params, binary=True)
            except psycopg.Error:
                self.spoiled = True
                raise

    def end(self) -> None:
        """Make the transaction void."""
        self._cursor = None

    def _run(self, query: Query, params: Parameters) -> psycopg.Cursor[Row]:
        try:
            return self._live().execute(query.postgres, params)
        except psycopg.Error:
            self.spoiled = True
            raise

    def _live(self) -> psycopg.Cursor[Row]:
        if self._cursor is None:
            raise RuntimeError("this unit of work has ended; its transaction cannot be used any more")
        return self._cursor


class PostgresDatabase:
    """A `Database` on a PostgreSQL server."""

    def __init__(self, url: str, *, writers: int = 1, readers: int = 2, require_fsync: bool = True) -> None:
        self._url = url
        self._require_fsync = require_fsync
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="postgres-writer")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="postgres-reader")
        self._own = threading.local()
        self._connections: set[_Connection] = set()
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, *, writers: int = 1, readers: int = 2, require_fsync: bool = True
    ) -> PostgresDatabase:
        """Connect once, to find out now whether the server is there and durable."""
        database = cls(url, writers=writers, readers=readers, require_fsync=require_fsync)
        try:
            await asyncio.get_running_loop().run_in_executor(database._writers, database._connection)
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def dialect(self) -> Literal["sqlite", "postgres"]:
        """Always `postgres`."""
        return "postgres"

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run one unit of work; see `Database.run`."""
        if self._closed:
            raise Unavailable(what="database", cause="closed")
        executor = self._readers if read_only else self._writers
        return await asyncio.get_running_loop().run_in_executor(executor, self._run, work, read_only)

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Read a few rows; see `Database.look_up`."""
        return await self.run(work, read_only=True)

    async def close(self) -> None:
        """Finish what was handed in, then disconnect."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        while self._connections:
            self._connections.pop().close()

    def _run(self, work: Callable[[Transaction], T], read_only: bool) -> T:
        try:
            for attempt in tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(_RunAgain),
                stop=tenacity.stop_after_attempt(ATTEMPTS),
                wait=tenacity.wait_random_exponential(multiplier=0.005, max=0.25),
                reraise=True,
            ):
                with attempt:
                    return self._attempt(work, read_only)
        except _RunAgain as again:
            raise Unavailable(what="database", cause=again.__cause__) from again.__cause__
        except StopIteration as error:
            # A future cannot carry StopIteration: the caller would wait for ever.
            raise RuntimeError("the unit of work raised StopIteration") from error
        raise AssertionError("unreachable")

    def _attempt(self, work: Callable[[Transaction], T], read_only: bool) -> T:
        connection = self._connection()
        committing = False
        transaction = None
        try:
            connection.execute(_BEGIN_READ if read_only else _BEGIN_WRITE)
            transaction = PostgresTransaction(connection.cursor(binary=True))
            result = work(transaction)
            if transaction.spoiled:
                raise TransactionSpoiled("a statement failed and the unit of work went on")
            committing = not read_only
            connection.execute("COMMIT")
        except BaseException as error:
            self._roll_back(connection)
            if isinstance(error, psycopg.Error):
                raise _translate(error, lost=connection.closed, committing=committing) from error
            raise
        finally:
            if transaction is not None:
                transaction.end()
        return result

    def _connection(self) -> _Connection:
        """This thread's connection, made anew if the last one is gone."""
        connection: _Connection | None = getattr(self._own, "connection", None)
        if connection is None or connection.closed:
            if connection is not None:
                self._connections.discard(connection)
            connection = self._connect()
            self._own.connection = connection
            self._connections.add(connection)
        return connection

    def _connect(self) -> _Connection:
        try:
            given = conninfo_to_dict(self._url)
            connection: _Connection = psycopg.connect(
                make_conninfo(
                    self._url,
                    options=f"{_SESSION} {given.get('options') or ''}",
                    connect_timeout=given.get("connect_timeout") or 10,
                    fallback_application_name="tongban",
                ),
                autocommit=True,
                row_factory=row_factory,
                prepare_threshold=2,
            )
        except psycopg.ProgrammingError as error:
            raise ConfigurationInvalid(field="database", problem="the PostgreSQL address is malformed") from error
        except psycopg.OperationalError as error:
            raise Unavailable(what="database", cause=error) from error
        try:
            adapt(connection)
            self._make_durable(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_durable(self, connection: _Connection) -> None:
        settings = connection.execute(
            "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits"
        ).fetchone()
        assert settings is not None
        if self._require_fsync and settings["fsync"] != "on":
            problem = "the PostgreSQL server runs with fsync=off and would lose what it confirmed"
            raise ConfigurationInvalid(field="database", problem=problem)
        if settings["commits"] in ("off", "local"):
            connection.execute("SET synchronous_commit = on")

    def _roll_back(self, connection: _Connection) -> None:
        try:
            idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if not connection.closed and not idle:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()


def _translate(error: psycopg.Error, *, lost: bool, committing: bool) -> Exception:
    """What to raise for what the driver raised; bugs (bad SQL) stay what they are."""
    found: Exception = error
    if isinstance(error, (pg.SerializationFailure, pg.DeadlockDetected)):
        found = _RunAgain()
    elif isinstance(error, psycopg.IntegrityError):
        found = ConstraintFailed(str(error))
    elif isinstance(error, pg.DiskFull):
        found = StorageFull(what=THE_DATABASE)
    elif isinstance(error, (pg.DataCorrupted, pg.IndexCorrupted)):
        found = Damaged(what="database")
    elif lost:
        found = Unavailable(what="database", outcome="unknown", cause=error) if committing else _RunAgain()
    elif isinstance(error, (psycopg.OperationalError, pg.ReadOnlySqlTransaction)):
        found = Unavailable(what="database", cause=error)
    found.__cause__ = error if found is not error else error.__cause__
    return found

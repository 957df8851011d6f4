"""The seam itself: what a database of Tongban is to the code above it.

`Database.run(work)` hands a synchronous function to the driver's thread, gives it a `Transaction`, commits
with fsync, and returns what the function returned.  There is no other way in, so nothing can be half done:
there is no open cursor to forget, no `await` between two statements, and no commit that a caller could leave
out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeVar

from tongban.storage.queries import Query

T = TypeVar("T")
Dialect = Literal["sqlite", "postgres"]
Parameters = Mapping[str, object]
NO_PARAMETERS: Final[Parameters] = {}
THE_DATABASE: Final = "数据库 (the database)"
"""What is full, as this floor says it; whoever knows whose database it is says that."""


class Row(Protocol):
    """One row of a result: `row["name"]`, `row[0]`, `tuple(row)`, `len(row)`, `row.keys()`.

    The values are exactly `int`, `str`, `bytes`, `float` or None on both databases.  A column that is not
    there is an IndexError.
    """

    def __getitem__(self, key: int | str, /) -> Any: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def keys(self) -> Sequence[str]:
        """The names of the columns, in order."""
        ...


class Transaction(Protocol):
    """What a unit of work may do; it is void as soon as the unit has returned.

    When a statement fails the unit MUST NOT go on: PostgreSQL has already given the transaction up.  So a
    unit that swallows such an error is rolled back all the same, with `TransactionSpoiled`, on both
    databases.
    """

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        """Run one statement and return how many rows it changed (0 for those that change none)."""
        ...

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        """Run one statement for each of the rows: the fast way to insert a batch."""
        ...

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        """Every row of the result; the query must bound itself with LIMIT."""
        ...

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        """The first row of the result, or None."""
        ...

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        """The rows one after the other, never all in memory: for reading a whole table in a unit that only reads."""
        ...


class Database(Protocol):
    """A durable store behind one call."""

    @property
    def dialect(self) -> Dialect:
        """Which of the two texts of a query it runs."""
        ...

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run `work` in one transaction, in one hop, and return its result.

        When this returns, everything `work` wrote is on disk (fsync) and every later `run` sees it.  When it
        raises, nothing was written, with one exception: `Unavailable` with the fact `outcome=unknown` says
        that the connection broke during COMMIT itself, so look before you repeat.  A caller that is cancelled
        while it waits does not stop the unit: it may or may not happen.

        `work` MUST be free of side effects other than through its transaction: PostgreSQL may run it again
        from the start after a deadlock.  It MUST NOT block on anything but the database.
        """
        ...

    async def look_up(self, work: Callable[[Transaction], T]) -> T:
        """Like `run` read-only, for a few rows found by their keys.

        SQLite answers on the caller's own thread: such a read takes 20 µs, and the hop to another thread and back
        twenty times that.  So it MUST NOT be used where the data decide how many rows are read.
        """
        ...

    async def close(self) -> None:
        """Let what was already handed in finish, then release the files or connections.  Idempotent."""
        ...


class ConstraintFailed(Exception):
    """A statement broke a UNIQUE, NOT NULL, CHECK or FOREIGN KEY constraint; everything was rolled back.

    Expected clashes are written as ON CONFLICT and read from the row count, so this is a bug of the caller.
    """


class TransactionSpoiled(Exception):
    """The unit of work went on after a statement of it had failed; everything was rolled back."""

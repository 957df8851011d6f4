"""Where things are kept: one call, one transaction, one fsync.

    request ─► GroupCommit ─► Database.run(work) ─► thread: BEGIN · work(tx) · COMMIT + fsync ─► answers

**The queue.**  Requests gather in a `GroupCommit` while the batch before them commits, and each batch becomes
one `Database.run`.  The queue is bounded: when it is full the caller hears `Overloaded` and nothing was
taken.

**The unit of work** is a plain synchronous function over a `Transaction`.  A hop to a thread and back costs
some 300 µs, an insert a few, an fsync about a millisecond; so a unit hops once and syncs once, however many
rows it writes.  It holds no cursor and no lock across an `await`, because there is no `await` in it.  In the
simulation the same unit runs inline, on a disk that can die at a chosen point.

**Durable** means: `run` returns after COMMIT has been fsynced, to SQLite's write-ahead log
(`synchronous=FULL`) or PostgreSQL's (`synchronous_commit=on`).  Any acknowledgement, receipt or cursor MUST
leave the process only after that return.  A kill at any instruction leaves each unit whole or absent.

**Order.**  Units that write run one after another on SQLite; on PostgreSQL those of other replicas run beside
them, so a unit first locks, FOR UPDATE and in name order, the rows its decision rests on.  Units that only
read see one snapshot and never wait for writers.

**What can go wrong**, and what the caller sees.  In each case nothing of the unit was written:
- the disk is full: `StorageFull`, to be tried again when there is space;
- the file is locked by another process, read-only or failing, or the server is away: `Unavailable`;
- the connection was lost during COMMIT: `Unavailable` with the fact `outcome=unknown`, the one case in which
  the unit may have been written; every unit is therefore written so that repeating it is harmless;
- stored pages are not what was written: `Damaged`, and writing has to stop;
- a constraint broke: `ConstraintFailed`, a bug, for what can be expected is written as ON CONFLICT.

One schema (`migrations`) and one set of named queries (`queries`) serve SQLite and PostgreSQL; the tests run
on both.
"""

from tongban.storage.base import (
    NO_PARAMETERS,
    ConstraintFailed,
    Database,
    Dialect,
    Parameters,
    Row,
    Transaction,
    TransactionSpoiled,
)
from tongban.storage.batcher import GroupCommit
from tongban.storage.inline import InlineDatabase, SimulatedDisk
from tongban.storage.migrations import Migration, load_migrations, migrate, schema_drift
from tongban.storage.open import open_database
from tongban.storage.queries import Queries, Query
from tongban.storage.sqltext import SqlError

__all__ = [
    "NO_PARAMETERS",
    "ConstraintFailed",
    "Database",
    "Dialect",
    "GroupCommit",
    "InlineDatabase",
    "Migration",
    "Parameters",
    "Queries",
    "Query",
    "Row",
    "SimulatedDisk",
    "SqlError",
    "Transaction",
    "TransactionSpoiled",
    "load_migrations",
    "migrate",
    "open_database",
    "schema_drift",
]

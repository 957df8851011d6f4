"""The gateway's tables and named queries.

Everything that admission writes goes in one transaction: the events with their receipts, the streams' new heads and
states, the mailbox entries, the refusals.  Streams are locked first and channels after them, each in name order, so
two replicas never wait for each other in a circle.
"""

from __future__ import annotations

from tongban.storage.migrations import load_migrations
from tongban.storage.queries import Queries

QUERIES = Queries.load("gateway.store")
FSCK = Queries.load("gateway.store", "queries_fsck.sql")
MIGRATIONS = load_migrations("gateway.store")

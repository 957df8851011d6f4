"""A node's tables and named queries."""

from __future__ import annotations

from tongban.storage.migrations import load_migrations
from tongban.storage.queries import Queries

QUERIES = Queries.load("nodes.store")
FSCK = Queries.load("nodes.store", "queries_fsck.sql")
ITEMS = Queries.load("nodes.store", "queries_items.sql")
LEDGER = Queries.load("nodes.store", "queries_ledger.sql")
ROUNDS = Queries.load("nodes.store", "queries_rounds.sql")
SHELF = Queries.load("nodes.store", "queries_shelf.sql")
CASES = Queries.load("nodes.store", "queries_cases.sql")
MIGRATIONS = load_migrations("nodes.store")

"""The feeds' own small database: what the relay asks carriers about, what it heard, and what it has yet to tell.

It lies apart from the relay's journal, so that a push is stored and answered however busy the journal is.  Nothing in
it is needed for ever: lost or put back, it is set right by the journal (`nodes.relay.settling`), by telling the feeds
every leg again, and by asking carriers again.
"""

from __future__ import annotations

from tongban.storage.migrations import load_migrations
from tongban.storage.queries import Queries

QUERIES = Queries.load("nodes.relay.store")
MIGRATIONS = load_migrations("nodes.relay.store")

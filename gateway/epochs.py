"""Epochs: since when a gateway's word is one history.

A gateway that was put back from a backup begins a new epoch, so that nobody takes its present for the past that it has
forgotten.  Its number is the second in which it began, if that is higher than every number before: two restores from
one backup never share an epoch.  Where each channel ended at that moment is kept, for good: what lay beyond it in older
epochs is void, and a node that comes back after years sets its cursors to the lowest such end since.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from gateway.store import QUERIES
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.storage.base import Transaction
from tongban.storage.queries import Queries

RECOVERY = Queries.load("gateway.store", "queries_recovery.sql")
FIRST_EPOCH = 1


def read_epoch(tx: Transaction) -> int:
    """The present epoch."""
    row = tx.fetch_one(QUERIES.get_setting, {"key": "epoch"})
    return int(row["value"]) if row else FIRST_EPOCH


def is_recovering(tx: Transaction) -> bool:
    """Whether the gateway has still to hear from its nodes."""
    row = tx.fetch_one(QUERIES.get_setting, {"key": "recovering"})
    return row is not None and row["value"] == "1"


def not_reported(tx: Transaction) -> list[str]:
    """Nodes of the directory that have not said, in the present epoch, what they hold."""
    reported = {row["node"] for row in tx.fetch_all(RECOVERY.list_reports, {"epoch": read_epoch(tx)})}
    rows = tx.fetch_all(QUERIES.list_streams, {"after": "nodes/", "until": "nodes0", "size": 100_000})
    return [row["name"] for row in rows if row["name"] not in reported and row["name"] != GATEWAY_AUTHOR]


def begin_epoch(tx: Transaction, now: dt.datetime, *, above: int = 0) -> int:
    """Mark this database as put back from a backup: a new epoch, higher than `above` too, that begins by recovering."""
    epoch = max(read_epoch(tx) + 1, above + 1, int(now.timestamp()))
    tx.execute(QUERIES.put_setting, {"key": "epoch", "value": str(epoch)})
    tx.execute(QUERIES.put_setting, {"key": "recovering", "value": "1"})
    tx.execute(RECOVERY.mark_epoch, {"epoch": epoch})
    tx.execute(RECOVERY.begin_epoch, {"epoch": epoch})
    return epoch


def common_ends(tx: Transaction, epoch: int, channels: Sequence[str]) -> dict[str, int]:
    """How far each channel is what it was in `epoch`; empty where no epoch has begun since."""
    rows = tx.fetch_all(RECOVERY.list_epochs, {"after": epoch, "channels": json.dumps(["", *channels])})
    begun = {row["epoch"] for row in rows}
    ends = {(row["epoch"], row["channel"]): row["position"] for row in rows}
    return {channel: min(ends.get((each, channel), 0) for each in begun) for channel in channels if begun}

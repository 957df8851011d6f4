"""What home regions have changed in their items, from the streams that this node already holds.

Every item's stream is a shared feed, so each node has every version of every item.  A change is in force from the
moment the gateway admitted it, and that is the date shown: a revision that waited three days on a home's own disk is
news to the clerk today.  Own steps that still wait for their receipt are in force nowhere, and are not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from agreements import data
from agreements.domain.elements import differences
from nodes.core import NodeCore
from nodes.journal.streams import event_of
from nodes.store import ITEMS
from tongban.ids import uuid7_time
from tongban.storage.base import Transaction
from tongban.v1 import directory_pb2, envelope_pb2

MAX_CHANGES = 500
_PAGE = 500
# How far this machine's clock may be from the gateway's; what is found too early is dropped by its own date.
_SKEW = dt.timedelta(days=1)


def since_yesterday(core: NodeCore) -> dt.datetime:
    """The beginning of yesterday in this node's zone."""
    node = core.shared.directory.find(core.name)
    zone = ZoneInfo(node.profile.time_zone if node else "Asia/Shanghai")
    today = core.clock.now().astimezone(zone).date()
    return dt.datetime.combine(today - dt.timedelta(days=1), dt.time(), zone)


def changes_of(tx: Transaction, item: str, since: dt.datetime) -> list[directory_pb2.ItemChange]:
    """What changed in one item since a moment, the latest first."""
    found: list[directory_pb2.ItemChange] = []
    document: directory_pb2.ItemDocument | None = None
    for row in tx.fetch_all(ITEMS.list_item_versions, {"stream": item}):
        event = event_of(row["envelope"])
        body = event.WhichOneof("body") or ""
        after = getattr(event, body).document if body in ("item_published", "item_revised") else None
        admitted = uuid7_time(envelope_pb2.Receipt.FromString(row["receipt"]).batch_id)
        if admitted >= since:
            title = after.title if after is not None else document.title if document is not None else ""
            made = directory_pb2.ItemChange(item=item, title=title, version=row["version"], event_type=body)
            made.admit_time.FromDatetime(admitted)
            found[:0] = elements_changed(made, document, after)
        document = after if after is not None else document
    return found


def elements_changed(
    like: directory_pb2.ItemChange,
    before: directory_pb2.ItemDocument | None,
    after: directory_pb2.ItemDocument | None,
) -> list[directory_pb2.ItemChange]:
    """A change for each element; one without an element where the whole item came or went."""
    if before is None or after is None:
        return [like]
    found = []
    for each in differences(before, after, data.elements()):
        made = directory_pb2.ItemChange()
        made.CopyFrom(like)
        made.element, made.element_zh, made.element_en = each.element.name, each.element.zh, each.element.en
        made.before.extend(each.before)
        made.after.extend(each.after)
        found.append(made)
    # A revision that says the same in other spaces, or that brings a withdrawn item back.
    return found or [like]


def all_changes(tx: Transaction, since: dt.datetime) -> list[directory_pb2.ItemChange]:
    """What changed in any item since a moment, the latest first, at most `MAX_CHANGES`."""
    found = [change for item in _touched(tx, since) for change in changes_of(tx, item, since)]
    found.sort(key=lambda each: (-each.admit_time.ToNanoseconds(), each.item))
    return found[:MAX_CHANGES]


def _touched(tx: Transaction, since: dt.datetime) -> Iterator[str]:
    after = "items/"
    first = round((since - _SKEW).timestamp() * 1_000_000)
    while rows := tx.fetch_all(ITEMS.list_touched_items, {"after": after, "since": first, "size": _PAGE}):
        yield from (row["name"] for row in rows)
        after = rows[-1]["name"]

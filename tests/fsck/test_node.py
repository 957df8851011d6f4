"""A node's database: sound as it was left, and the first bad record named whatever one thing is spoiled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.federation.stage import ACCEPTING, HOME
from tests.fsck.conftest import Copy
from tests.fsck.spoil import Spoiled, Swapped, flip, flip_last, plus, to

APPLICATION = "stream LIKE 'applications/%'"
SECOND = f"{APPLICATION} AND version = 2"
LAST = (
    f"{APPLICATION} AND version > 2 AND version = (SELECT max(o.version) FROM events o WHERE o.stream = events.stream)"
)
WAITING = "standing = 0"
NOWHERE = to("0193547a-0000-7000-8000-000000000000")


def _own(row: Any) -> dict[str, object]:
    return {"author": f"nodes/{ACCEPTING}", "sequence": row["sequence"]}


def _by_id(row: Any) -> dict[str, object]:
    return {"event_id": row["event_id"]}


SPOILED = (
    Spoiled("a receipt key", "settings", "key LIKE 'receipt_key/%'", {"value": to("00" * 32)}, kind="differs"),
    Spoiled("the incarnation is no number", "settings", "key = 'sequence'", {"value": to("x")}, kind="differs"),
    Spoiled("the used sequence is behind", "settings", "key = 'sequence'", {"value": to("3")}, kind="behind"),
    Spoiled("the used sequence is ahead", "settings", "key = 'sequence'", {"value": to("99999")}, kind="ahead"),
    Spoiled("a batch's signature", "admissions", change={"signed": flip_last}, kind="signature"),
    Spoiled("a batch is cut short", "admissions", change={"signed": lambda s: s[:40]}, kind="unreadable"),
    Spoiled("a batch is gone", "admissions", kind="missing"),
    Swapped(
        "two batches change places",
        "admissions",
        ("1 = 1", "batch_id > (SELECT min(batch_id) FROM admissions)"),
        ("signed",),
        kind="differs",
    ),
    Spoiled("an event's bytes", "events", SECOND, {"envelope": flip}),
    Spoiled("an event is cut short", "events", SECOND, {"envelope": lambda e: e[:100]}, kind="unreadable"),
    Spoiled("an event's digest", "events", SECOND, {"digest": flip}, kind="digest"),
    Spoiled("an event's author", "events", SECOND, {"author": to("nodes/350128")}, kind="differs"),
    Spoiled("an event's id", "events", SECOND, {"event_id": NOWHERE}),
    Spoiled("an event's claimed time", "events", SECOND, {"claim_time": plus(1)}, kind="differs"),
    Spoiled("an own event's sequence", "events", f"{SECOND} AND sequence > 0", {"sequence": plus(100_000)}),
    Spoiled("an event's receipt", "events", SECOND, {"receipt": flip}),
    Spoiled("an event's receipt is gone", "events", SECOND, {"receipt": to(None)}, kind="differs"),
    Spoiled("an event is said to be parked", "events", SECOND, {"standing": to(3)}),
    Spoiled("an event in the middle is gone", "events", SECOND, kind="missing"),
    Spoiled("the last event of a stream is gone", "events", LAST, kind="missing"),
    Spoiled("a directory's event", "events", "stream LIKE 'nodes/%'", {"envelope": flip}),
    Spoiled("a waiting event's bytes", "events", WAITING, {"envelope": flip}, by=_by_id),
    Spoiled("a waiting event is gone", "events", WAITING, by=_own, kind="missing"),
    Spoiled(
        "the last waiting event is gone",
        "events",
        "sequence = (SELECT max(o.sequence) FROM events o)",
        by=_own,
        kind="missing",
    ),
    Spoiled("what is sealed beside an event", "sealed", change={"content": flip}, kind="digest"),
    Spoiled("what is sealed is gone", "sealed", kind="missing"),
    Spoiled("a stream's state", "streams", "name LIKE 'applications/%' AND version > 1", {"state": flip}, kind="state"),
    Spoiled("a stream's version", "streams", "name LIKE 'applications/%'", {"version": plus(1)}, kind="state"),
    Spoiled("a predicted state", "streams", "predicted_version > version", {"predicted": flip}, kind="state"),
    Spoiled("a predicted version", "streams", "predicted_version > version", {"predicted_version": plus(-1)}),
    Spoiled("a stream's phase", "streams", "name LIKE 'applications/%'", {"phase": plus(1)}, kind="state"),
    Spoiled("a stream is said to be parked", "streams", "name LIKE 'parcels/%'", {"parked": to("why")}, kind="state"),
    Spoiled("a stream's row is gone", "streams", "name LIKE 'agreements/%'", kind="missing"),
    Spoiled("a noted role is gone", "roles", f"{APPLICATION}", kind="missing"),
    Spoiled("a grant", "grants", change={"ciphertext": flip}, kind="differs"),
    Spoiled("a grant is gone", "grants", kind="missing"),
    Spoiled("the mailbox's cursor is ahead", "cursors", "channel = 'mailbox'", {"position": plus(1)}, kind="ahead"),
    Spoiled("a feed's cursor is behind", "cursors", "channel = 'feeds/nodes'", {"position": plus(-1)}, kind="behind"),
    Spoiled("a feed's cursor is gone", "cursors", "channel = 'feeds/items'", kind="behind"),
    Spoiled("a holder", "custody", "place = 2", {"custody": flip}),
    Spoiled("a holder in the middle is gone", "custody", "place = 2", kind="missing"),
    Spoiled("the present holder is gone", "custody", "original LIKE '%/licence' AND place = 5", kind="missing"),
    Spoiled("the first holder is gone", "custody", "place = 1", kind="missing"),
    Spoiled(
        "a holder of another original",
        "custody",
        "place = 3",
        {"original": to("applications/X/originals/deed")},
        kind="missing",
    ),
    Swapped(
        "two holders change places",
        "custody",
        ("original LIKE '%/licence' AND place = 2", "original LIKE '%/licence' AND place = 3"),
        ("custody",),
    ),
    Spoiled("a stay's end", "stays", "place = 1", {"end_time": plus(1)}, kind="differs"),
    Spoiled("a stay's holder", "stays", "place = 2", {"node": to("nodes/350128")}, kind="differs"),
    Spoiled("a stay is gone", "stays", "place = 2", kind="missing"),
    Spoiled("a case's owner", "cases", change={"owner": to("nodes/350128")}, kind="differs"),
    Spoiled("a case's deadline", "cases", change={"deadline": plus(1)}, kind="differs"),
    Spoiled("a case is gone", "cases", kind="missing"),
    Spoiled("a case of nothing", "cases", change={"subject": to("x")}, kind="missing"),
    Spoiled("a request made nothing", "requests", change={"name": to("applications/X")}, kind="differs"),
    Spoiled(
        "a pickup code of nothing",
        "pickups",
        change={"application": to("applications/X")},
        by=lambda _: {"application": "applications/X"},
        kind="differs",
    ),
    Spoiled("a counter is behind", "counters", change={"value": to(0)}, kind="behind"),
)
AT_HOME = (
    Spoiled("a refusal's answer", "events", "standing = 2", {"rejection": lambda r: r[:20]}, by=_by_id),
    Spoiled("a refused event is said to wait", "events", "standing = 2", {"standing": to(0)}, by=_by_id),
    Spoiled("the task of a refusal is gone", "tasks", kind="missing"),
    Spoiled("another's event is cut short", "events", f"{APPLICATION} AND version = 1", {"envelope": lambda e: e[:80]}),
)


@pytest.mark.parametrize("region", [HOME, ACCEPTING])
async def test_what_a_federation_leaves_is_sound(copy: Copy, region: str) -> None:
    with copy(region) as kept:
        report = await kept.check(region)
    assert report.sound, report.as_json()
    assert not report.counts
    assert report.rows["events"] >= 40
    for table in ("admissions", "cases", "counters", "cursors", "custody", "grants", "roles", "settings", "streams"):
        assert report.rows[table] > 0, table


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: spoiled.title)
async def test_the_record_that_was_spoiled_is_named(copy: Copy, spoiled: Spoiled | Swapped) -> None:
    await _named(copy, ACCEPTING, spoiled)


@pytest.mark.parametrize("spoiled", AT_HOME, ids=lambda spoiled: spoiled.title)
async def test_what_was_refused_is_named(copy: Copy, spoiled: Spoiled) -> None:
    await _named(copy, HOME, spoiled)


async def _named(copy: Copy, region: str, spoiled: Spoiled | Swapped) -> None:
    with copy(region) as kept:
        table, key = await spoiled.spoil(kept.urls[region])
        report = await kept.check(region)
    found = report.first
    assert found is not None, "nothing was found"
    assert (found.table, dict(found.key)) == (table, key), report.as_json()
    assert not spoiled.kind or found.kind == spoiled.kind
    assert found.expected
    assert found.found

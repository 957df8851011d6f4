"""The gateway's database: sound as it was left, and the first bad record named whatever one thing is spoiled."""

from __future__ import annotations

import pytest

from tests.fsck.conftest import Copy
from tests.fsck.spoil import Spoiled, Swapped, flip, flip_last, plus, to

APPLICATION = "stream LIKE 'applications/%'"
CURSOR = ("node", "channel")
SECOND = f"{APPLICATION} AND version = 2"
LAST = (
    f"{APPLICATION} AND version = (SELECT max(o.version) FROM events o WHERE o.stream = events.stream) AND version > 2"
)


def other_letter(note: bytes) -> bytes:
    """A note with another letter of its signature, whichever stood there."""
    return note[:-9] + (b"B" if note[-9:-8] == b"A" else b"A") + note[-8:]


SPOILED = (
    Spoiled("the epoch is no number", "settings", change={"value": to("one")}),
    Spoiled("a batch's signature", "admissions", change={"signed": flip_last}, kind="signature"),
    Spoiled("a batch's header", "admissions", change={"signed": flip}),
    Spoiled("a batch is cut short", "admissions", change={"signed": lambda signed: signed[:40]}, kind="unreadable"),
    Spoiled("a batch is gone", "admissions", "size > 1", kind="missing"),
    Spoiled("a batch's size", "admissions", change={"size": plus(1)}, kind="differs"),
    Spoiled("a batch's time", "admissions", change={"admit_time": plus(1_000_000)}, kind="differs"),
    Spoiled("an event's bytes", "events", SECOND, {"envelope": flip}),
    Spoiled("an event's signature", "events", SECOND, {"envelope": lambda e: e[:-2] + bytes([e[-2] ^ 1]) + e[-1:]}),
    Spoiled("an event is cut short", "events", SECOND, {"envelope": lambda e: e[:100]}, kind="unreadable"),
    Spoiled("an event's digest", "events", SECOND, {"digest": flip}, kind="digest"),
    Spoiled("an event's author", "events", SECOND, {"author": to("nodes/350128")}, kind="differs"),
    Spoiled("an event's id", "events", SECOND, {"event_id": to("0193547a-0000-7000-8000-000000000000")}),
    Spoiled("an event's batch", "events", SECOND, {"batch_id": to("0193547a-0000-7000-8000-000000000000")}),
    Spoiled("an event's receipt", "events", SECOND, {"receipt": flip}),
    Spoiled("a receipt's path", "events", "length(receipt) > 220", {"receipt": flip_last}, kind="receipt"),
    Spoiled("an event in the middle is gone", "events", SECOND, kind="missing"),
    Spoiled("the last event of a stream is gone", "events", LAST, kind="missing"),
    Spoiled("a directory's event", "events", "stream LIKE 'nodes/%'", {"envelope": flip}),
    Spoiled("a feed's event is gone", "events", "stream LIKE 'items/%'", kind="missing"),
    Spoiled("what is sealed beside an event", "sealed", change={"content": flip}, kind="digest"),
    Spoiled("what is sealed is cut short", "sealed", change={"content": lambda c: c[: len(c) // 2]}),
    Spoiled("what is sealed is gone", "sealed", kind="missing"),
    Spoiled("what is sealed stands under another stream", "sealed", change={"stream": to("applications/X")}),
    Spoiled("a stream's state", "streams", "name LIKE 'applications/%'", {"state": flip}, kind="state"),
    Spoiled("a stream's version", "streams", "name LIKE 'applications/%'", {"version": plus(1)}, kind="state"),
    Spoiled("a stream's version is an old one", "streams", "name LIKE 'parcels/%'", {"version": plus(-1)}),
    Spoiled("a stream's head", "streams", "name LIKE 'applications/%'", {"head": flip}, kind="state"),
    Spoiled("a stream's row is gone", "streams", "name LIKE 'agreements/%'", kind="missing"),
    Spoiled("an entry of a mailbox is gone", "entries", "channel LIKE 'nodes/%' AND version = 2", kind="missing"),
    Spoiled(
        "the last entry of a feed is gone",
        "entries",
        "channel = 'feeds/nodes' AND position = (SELECT max(position) FROM entries WHERE channel = 'feeds/nodes')",
        by=lambda row: {"channel": row["channel"], "stream": row["stream"], "version": row["version"]},
        kind="missing",
    ),
    Spoiled("an entry names another event", "entries", "channel LIKE 'nodes/%' AND version = 2", {"version": plus(1)}),
    Spoiled("a mailbox's head is ahead", "channels", "name LIKE 'nodes/%'", {"position": plus(1)}, kind="ahead"),
    Spoiled("a feed's head is behind", "channels", "name = 'feeds/nodes'", {"position": plus(-1)}, kind="behind"),
    Spoiled("a channel's row is gone", "channels", "name LIKE 'nodes/%'", kind="missing"),
    Spoiled("a cursor is ahead", "cursors", "channel = 'mailbox'", {"position": plus(1000)}, key=CURSOR, kind="ahead"),
    Spoiled(
        "a cursor of nobody",
        "cursors",
        key=CURSOR,
        change={"node": to("nodes/none")},
        by=lambda row: {"node": "nodes/none", "channel": row["channel"]},
        kind="extra",
    ),
    Spoiled("an author's mark is behind", "authors", "author = 'nodes/445100'", {"sequence": plus(-1)}, kind="behind"),
    Spoiled("an author's mark is ahead", "authors", "author = 'nodes/445100'", {"sequence": plus(7)}, kind="ahead"),
    Spoiled("an author's mark is gone", "authors", kind="missing"),
    Spoiled("a refusal's reason", "rejections", change={"rejection": lambda r: r[:2] + b"X" + r[3:]}),
    Spoiled("a refusal is cut short", "rejections", change={"rejection": lambda r: r[:30]}, kind="unreadable"),
    Spoiled("a refusal's author", "rejections", change={"author": to("nodes/none")}, kind="differs"),
    Spoiled("an invitation's answer", "invitations", change={"response": lambda r: r[:60]}, kind="differs"),
    Spoiled("an invitation's registration", "invitations", change={"registration_digest": flip}, kind="differs"),
    Spoiled(
        "a batch has another leaf",
        "admissions",
        "leaf_index = 2",
        {"leaf_index": plus(1000)},
        by=lambda _: {"leaf_index": 2},
        kind="missing",
    ),
    Spoiled("a whole node of the log", "log_nodes", "level = 1", {"hash": flip}, kind="state"),
    Spoiled("a whole node of the log is gone", "log_nodes", "level = 2", kind="missing"),
    Spoiled("a checkpoint", "log_checkpoints", change={"note": flip}),
    Spoiled("a checkpoint's signature", "log_checkpoints", change={"note": other_letter}),
    Spoiled(
        "a checkpoint of a log that is longer",
        "log_checkpoints",
        "size > 7",
        {"size": plus(500)},
        by=lambda row: {"epoch": row["epoch"], "size": row["size"] + 500},
        kind="ahead",
    ),
    Swapped(
        "two events change places",
        "events",
        (SECOND, f"{APPLICATION} AND version = 3"),
        ("version",),
        identity=("event_id",),
    ),
    Swapped(
        "two entries change places",
        "entries",
        ("channel = 'feeds/agreements' AND version = 1", "channel = 'feeds/agreements' AND version = 2"),
        ("stream", "version"),
        kind="order",
    ),
    Swapped("two batches change places", "admissions", ("1 = 1", "size > 1"), ("signed",), kind="differs"),
)


async def test_what_a_federation_leaves_is_sound(copy: Copy) -> None:
    with copy("gateway") as kept:
        report = await kept.check("gateway")
    assert report.sound, report.as_json()
    assert not report.counts
    assert report.rows["events"] >= 40
    for table in ("admissions", "authors", "channels", "cursors", "entries", "invitations", "rejections", "streams"):
        assert report.rows[table] > 0, table
    assert report.rows["log leaves"] == 18
    assert report.rows["log_checkpoints"] == 2


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: spoiled.title)
async def test_the_record_that_was_spoiled_is_named(copy: Copy, spoiled: Spoiled | Swapped) -> None:
    with copy("gateway") as kept:
        table, key = await spoiled.spoil(kept.urls["gateway"])
        report = await kept.check("gateway")
    found = report.first
    assert found is not None, "nothing was found"
    assert (found.table, dict(found.key)) == (table, key), report.as_json()
    assert not spoiled.kind or found.kind == spoiled.kind
    assert found.expected
    assert found.found

"""The newest entries in memory: what a page from there is, and where it ends."""

from __future__ import annotations

import hashlib

from gateway.tail import Entry, Tail
from tongban.v1 import envelope_pb2, federation_pb2

ROOM = 1 << 20


def entry(position: int, *, channel: str = "nodes/a", author: str = "nodes/b", batch: int = 1, size: int = 10) -> Entry:
    payload = hashlib.sha256(f"{channel} {position}".encode()).digest()
    return Entry(
        channel,
        position,
        author,
        envelope_pb2.SignedEvent(envelope=envelope_pb2.Envelope(payload=payload)),
        size,
        envelope_pb2.Receipt(batch_id=str(batch), leaf=payload),
        envelope_pb2.SignedAdmission(header=str(batch).encode()),
    )


def positions(page: federation_pb2.Deliveries | None) -> list[int]:
    return [delivery.position for delivery in page.deliveries] if page is not None else []


def test_a_page_ends_where_the_next_position_is_missing() -> None:
    tail = Tail()
    tail.keep([entry(3), entry(4), entry(6), entry(5, channel="nodes/c")])
    page = tail.page("nodes/a", 2, 10, ROOM, "")
    assert positions(page) == [3, 4]
    assert tail.page("nodes/a", 1, 10, ROOM, "") is None
    assert tail.page("nodes/a", 4, 10, ROOM, "") is None
    assert positions(tail.page("nodes/a", 5, 10, ROOM, "")) == [6]


def test_a_page_is_no_longer_than_asked_for() -> None:
    tail = Tail()
    tail.keep(entry(position, size=40) for position in range(1, 10))
    assert positions(tail.page("nodes/a", 0, 3, ROOM, "")) == [1, 2, 3]
    assert positions(tail.page("nodes/a", 0, 9, 100, "")) == [1, 2]
    assert positions(tail.page("nodes/a", 0, 9, 1, "")) == [1], "one at least, or nothing would ever move"


def test_own_events_come_as_their_receipt_and_each_admission_once() -> None:
    tail = Tail()
    tail.keep([entry(1, author="nodes/a"), entry(2), entry(3, batch=2)])
    page = tail.page("nodes/a", 0, 10, ROOM, "nodes/a")
    assert page is not None
    assert [d.HasField("event") for d in page.deliveries] == [False, True, True]
    assert [d.receipt.batch_id for d in page.deliveries] == ["1", "1", "2"]
    assert [signed.header for signed in page.admissions] == [b"1", b"2"]


def test_the_oldest_make_room() -> None:
    tail = Tail(max_entries=3)
    tail.keep(entry(position) for position in range(1, 6))
    assert tail.page("nodes/a", 1, 10, ROOM, "") is None
    assert positions(tail.page("nodes/a", 2, 10, ROOM, "")) == [3, 4, 5]
    tail = Tail(max_bytes=25)
    tail.keep(entry(position) for position in range(1, 6))
    assert positions(tail.page("nodes/a", 3, 10, ROOM, "")) == [4, 5]

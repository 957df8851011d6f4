"""The ledger against the shelf: whatever is in either is in exactly one of four lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.stocktake import SHELVED, Entry, ShelfKind, compare, shelf_kind
from tests.mailroom.events import CHAOZHOU, DEED, PARCEL, ZHANGZHOU, Stream
from tongban.v1 import lifecycle_pb2, parcel_pb2

names = st.sampled_from([f"parcels/P{n}" for n in range(6)] + [f"applications/A/originals/o{n}" for n in range(6)])


@given(st.sets(names), st.lists(names), st.sets(names), st.sets(names))
def test_everything_is_in_exactly_one_list(
    ledger: set[str], scanned: list[str], known: set[str], closed: set[str]
) -> None:
    entries = [Entry(name, ShelfKind.SINGLE, 1.0) for name in sorted(ledger)]
    places = {name: parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_APPLICANT) for name in known}
    found = compare(entries, scanned, places, dict.fromkeys(closed - ledger, PARCEL))
    listed = [
        *found.matched,
        *(entry.name for entry in found.missing),
        *(each.name for each in found.misplaced),
        *found.unknown,
    ]
    assert sorted(listed) == sorted(ledger | set(scanned))
    assert found.good == (set(scanned) == ledger)
    assert set(found.matched) == ledger & set(scanned)
    assert compare(list(reversed(entries)), scanned, places, {}).matched == found.matched


def test_an_item_out_of_its_closed_parcel_is_in_the_wrong_place() -> None:
    found = compare([Entry(PARCEL, ShelfKind.UNOPENED, 1.0)], [PARCEL, DEED], {}, {DEED: PARCEL})
    assert [(each.name, each.place) for each in found.misplaced] == [(DEED, PARCEL)]


def test_why_a_parcel_lies_here() -> None:
    stream = Stream()
    stream.pack()
    assert shelf_kind(stream.now, CHAOZHOU, "w1") is ShelfKind.TO_SEND
    assert shelf_kind(stream.now, CHAOZHOU, "w2") is None
    stream.seal()
    stream.offer()
    assert shelf_kind(stream.now, CHAOZHOU, "w1") is ShelfKind.TO_SEND
    stream.dispatch()
    assert shelf_kind(stream.now, CHAOZHOU, "w1") is None
    stream.take_in()
    assert shelf_kind(stream.now, ZHANGZHOU, "mailroom") is ShelfKind.UNOPENED
    stream.open()
    assert shelf_kind(stream.now, ZHANGZHOU, "mailroom") is ShelfKind.OPENED
    stream.check()
    stream.reconcile()
    assert shelf_kind(stream.now, ZHANGZHOU, "mailroom") is None


def test_a_state_lies_on_a_shelf_or_it_does_not() -> None:
    gone = {
        lifecycle_pb2.ParcelState.Value(f"PARCEL_STATE_{name}")
        for name in (
            "UNSPECIFIED", "WITH_CARRIER", "CARRIER_SAYS_DELIVERED", "RECONCILED", "HELD_FOR_PICKUP", "COLLECTED",
            "REFUSED", "CUSTOMS_HOLD", "OVERDUE", "SUSPECTED_LOST", "LOST", "UNCLAIMED",
        )
    }  # fmt: skip
    assert set(SHELVED) | gone == set(lifecycle_pb2.ParcelState.values())
    assert not set(SHELVED) & gone

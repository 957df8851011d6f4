"""What a scanner types is told apart, whatever the keyboard does to it; loose numbers get their meaning."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.labels import Command
from mailroom.domain.scanning import Kind, Mode, meanings, natural_mode, read_scan
from tests.mailroom.events import CHAOZHOU, DEED, SEALS, WAYBILL, ZHANGZHOU
from tests.mailroom.scanned import DEED_LABEL, NUMBER, PARCEL, PARCEL_CODE, stream
from tongban.errors import CheckCharacterWrong, FieldInvalid, InvalidInput


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        (PARCEL_CODE, Kind.PARCEL, PARCEL),
        (PARCEL_CODE.lower(), Kind.PARCEL, PARCEL),
        (f"  {PARCEL_CODE}\t", Kind.PARCEL, PARCEL),
        (NUMBER, Kind.PARCEL_NUMBER, PARCEL),
        (f"P-445100-20261122-0001-00000007-{NUMBER[-1]}", Kind.PARCEL_NUMBER, PARCEL),
        (DEED_LABEL, Kind.ITEM, DEED),
        (DEED_LABEL.lower(), Kind.ITEM, DEED),
        ("TBC:DONE", Kind.COMMAND, ""),
        ("ｔｂｃ：ｄｏｎｅ", Kind.COMMAND, ""),
        ("CZ-0001", Kind.LOOSE, ""),
        ("cz-0001", Kind.LOOSE, ""),
        ("s:1234567890", Kind.SEAL, ""),
        ("W:A-1", Kind.WAYBILL, ""),
        (WAYBILL, Kind.LOOSE, ""),
        ("王小明", Kind.LOOSE, ""),
    ],
)
def test_a_text_says_what_it_is(text: str, kind: Kind, name: str) -> None:
    scan = read_scan(text)
    assert (scan.kind, scan.name) == (kind, name)


def test_a_command_is_read() -> None:
    assert read_scan("tbc:pages-short").command is Command.PAGES_SHORT


@pytest.mark.parametrize("text", ["", "   ", "TBC:DANCE", "TBI1:x/y/z", "S:", "W:a b c!", "x" * 3000])
def test_what_is_nothing_of_ours_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_scan(text)


def test_a_mistyped_parcel_number_is_found_out() -> None:
    with pytest.raises(CheckCharacterWrong):
        read_scan(NUMBER[:-1] + ("D" if NUMBER[-1] != "D" else "E"))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert read_scan(text).text


@pytest.mark.parametrize("order", list(itertools.permutations([*SEALS, WAYBILL])))
def test_seals_and_waybill_in_any_order(order: tuple[str, ...]) -> None:
    found = meanings(tuple(map(read_scan, order)), SEALS, WAYBILL)
    assert set(found.seals) == set(SEALS)
    assert found.waybill == WAYBILL
    assert found.sure
    assert not found.spare


def test_a_seal_that_looks_like_a_waybill_is_known_by_the_parcel() -> None:
    found = meanings(tuple(map(read_scan, ("7712345678901", "SF1234567890123"))), ("7712345678901",), "")
    assert (found.seals, found.waybill, found.sure) == (("7712345678901",), "SF1234567890123", True)


def test_a_strange_seal_is_taken_and_not_sure() -> None:
    found = meanings(tuple(map(read_scan, ("CZ-0001", "XX-9", WAYBILL))), SEALS, "")
    assert (set(found.seals), found.waybill, found.sure) == ({"CZ-0001", "XX-9"}, WAYBILL, False)


def test_another_waybill_than_booked_is_not_sure() -> None:
    found = meanings(tuple(map(read_scan, (*SEALS, "EB000000005CN"))), SEALS, WAYBILL)
    assert (found.waybill, found.sure) == ("EB000000005CN", False)


def test_two_waybills_are_one_too_many() -> None:
    found = meanings(tuple(map(read_scan, (*SEALS, WAYBILL, "SF1234567890123"))), SEALS, "")
    assert found.spare == ("SF1234567890123",)
    assert not found.sure


def test_what_a_parcel_needs_next() -> None:
    way = stream()
    way.pack()
    way.seal()
    assert natural_mode(way.now, CHAOZHOU) is Mode.OUT
    assert natural_mode(way.now, ZHANGZHOU) is Mode.IN
    way.offer()
    way.dispatch()
    assert natural_mode(way.now, ZHANGZHOU) is Mode.IN
    way.take_in()
    assert natural_mode(way.now, ZHANGZHOU) is Mode.OPEN
    assert natural_mode(way.now, CHAOZHOU) is Mode.IN
    assert natural_mode(None, ZHANGZHOU) is Mode.IN


def test_a_number_alone_is_refused_where_nothing_can_be_read() -> None:
    with pytest.raises(FieldInvalid):
        read_scan("S:!!")

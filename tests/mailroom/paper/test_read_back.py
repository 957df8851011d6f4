"""Every printed code is read back as a scanner reads it: the shortest and the longest, coarse and fine."""

from __future__ import annotations

import dataclasses
import functools

import pytest

from mailroom.domain.labels import Command, read_item_label
from mailroom.domain.numbers import parcel_name
from mailroom.domain.stub import open_stub
from mailroom.paper import gathering, to_pdf
from mailroom.paper.prints import (
    CommandSheet,
    HandoverList,
    ItemLabels,
    Manifest,
    ParcelLabel,
    Print,
    StocktakeSheet,
    WaybillLabel,
)
from tests.mailroom.paper.samples import DAY, LONG, PRINTS, PUBLIC, SHORT, SIGNER, codes_on, naming, stub_of
from tongban.errors import CheckCharacterWrong, InvalidInput
from tongban.local_numbers import parse_number
from tongban.signing import Verifier
from tongban.v1 import parcel_pb2

DPI = (150, 203, 300)
PARCELS = {"short": SHORT, "long": LONG}


@functools.cache
def read(size: str, kind: str, dpi: int, *, grey: bool = False) -> list[tuple[str, str]]:
    return codes_on(to_pdf(PRINTS[size][kind]), dpi, grey=grey)


def expected(given: Print) -> set[tuple[str, str]]:
    match given:
        case ParcelLabel():
            return {("QRCode", given.stub), ("Code128", given.number)}
        case ItemLabels():
            return {("QRCode", item.code) for item in given.items}
        case WaybillLabel():
            return {("QRCode", given.waybill)} | ({("Code128", given.waybill)} if given.codes()["bars"] else set())
        case HandoverList():
            return {("QRCode", line.number) for line in given.lines}
        case CommandSheet():
            return {(form, command.text) for form in ("QRCode", "Code128") for command in Command}
        case StocktakeSheet():
            return {("QRCode", Command.SHELF.text), ("QRCode", Command.DONE.text)}
        case Manifest():
            return {("QRCode", given.number)}


@pytest.mark.parametrize(("dpi", "grey"), [*((dpi, False) for dpi in DPI), (150, True)])
@pytest.mark.parametrize("kind", list(PRINTS["short"]))
@pytest.mark.parametrize("size", list(PRINTS))
def test_every_code_is_read_and_nothing_else(size: str, kind: str, dpi: int, grey: bool) -> None:
    found = read(size, kind, dpi, grey=grey)
    assert set(found) == expected(PRINTS[size][kind])


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("size", list(PRINTS))
def test_the_stub_that_was_read_proves_its_sender(size: str, dpi: int) -> None:
    [text] = [text for form, text in read(size, "label", dpi) if form == "QRCode"]
    assert text == stub_of(PARCELS[size])
    verifier = Verifier(lambda key: PUBLIC if key == SIGNER.key_id else None)
    stub = open_stub(text, verifier.verify, lambda _: PARCELS[size].origin.node)
    assert stub.parcel == PARCELS[size].name
    assert stub.seals == tuple(PARCELS[size].seals)


@pytest.mark.parametrize("size", list(PRINTS))
def test_the_labels_that_were_read_name_their_originals(size: str) -> None:
    names = {read_item_label(text).name for _, text in read(size, "items", 150)}
    assert names == {entry.item for entry in PARCELS[size].manifest[:2]}


@pytest.mark.parametrize("code", ["1", "AB", "350600", "DZTAIPEI", "DZPINGTAN", "ABCDEFGHIJKL"])
def test_the_number_of_any_node_is_read_off_its_label(code: str) -> None:
    parcel = parcel_pb2.Parcel()
    parcel.CopyFrom(SHORT)
    for incarnation in (1, 32**4 - 1):
        parcel.name = parcel_name(f"nodes/{code}", DAY, incarnation, 90_909_090)
        label = gathering.parcel_label(parcel, stub_of(parcel), naming({}))
        assert set(codes_on(to_pdf(label), 150)) == expected(label)


@pytest.mark.parametrize(
    "number", ["1", "EB123456785CN", "SF1234567890123", "JDVB12345678901234567", "9" * 34, "aZ-" * 8]
)
def test_any_waybill_is_read_off_its_label(number: str) -> None:
    given = PRINTS["short"]["waybill"]
    assert isinstance(given, WaybillLabel)
    label = dataclasses.replace(given, waybill=number)
    for dpi in (150, 203):
        assert set(codes_on(to_pdf(label), dpi)) == expected(label)


def test_lines_that_were_misread_are_no_number_of_ours() -> None:
    with pytest.raises(InvalidInput):
        parse_number(";ZHANGZHOUSH=20911137ZZZZ99999999G")
    with pytest.raises(CheckCharacterWrong):
        parse_number("PZHANGZHOUSHI20911137ZZZZ99999999G")


def test_a_waybill_too_long_for_lines_is_a_square() -> None:
    assert {form for form, _ in read("long", "waybill", 150)} == {"QRCode"}
    assert {form for form, _ in read("short", "waybill", 150)} == {"QRCode", "Code128"}

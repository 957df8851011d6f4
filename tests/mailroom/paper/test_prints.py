"""The prints: what they say, how large they are, the same bytes each time, and what they refuse."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import logging
import re
import subprocess
import sys

import pypdf
import pytest
import zxingcpp
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.domain.labels import COMMANDS
from mailroom.paper import gathering, to_pdf
from mailroom.paper.codes import code128, modules
from mailroom.paper.prints import Address, ParcelLabel, Place, Print, WaybillLabel
from tests.mailroom.paper.samples import (
    LONG,
    LONG_ITEM,
    LONGEST_TITLE,
    NOW,
    PRINTS,
    SHORT,
    TITLES,
    naming,
    stub_of,
    words_on,
)
from tongban import errors
from tongban.local_numbers import parse_number
from tongban.v1 import mailroom_pb2, parcel_pb2

LABEL_SIZES = {"label": (100, 150), "items": (50, 30), "waybill": (100, 150)}
A4 = (210, 297)
KINDS = list(PRINTS["short"])
SHEETS = [(size, kind) for size in PRINTS for kind in KINDS]


def pages(pdf: bytes) -> list[pypdf.PageObject]:
    return list(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def label(**changes: object) -> ParcelLabel:
    plain = gathering.parcel_label(SHORT, stub_of(SHORT), naming(TITLES))
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def waybill(name: str) -> WaybillLabel:
    there = Address(name, "0596-1234567", ("福建省 漳州市", "南昌中路 1 号"))
    return WaybillLabel("邮政特快 EMS", "EB123456785CN", "P-1", there, there, 1, NOW.seconds)


@pytest.mark.parametrize(("size", "kind"), SHEETS)
def test_each_is_as_large_as_its_paper(size: str, kind: str) -> None:
    made = pages(to_pdf(PRINTS[size][kind]))
    for page in made:
        millimetres = (float(page.mediabox.width) / 72 * 25.4, float(page.mediabox.height) / 72 * 25.4)
        assert millimetres == pytest.approx(LABEL_SIZES.get(kind, A4), abs=0.1)
    one_page = {"label": 1, "waybill": 1, "commands": 1, "items": len(PRINTS[size]["items"].codes()["items"])}
    if kind in one_page:
        assert len(made) == one_page[kind]


@pytest.mark.parametrize(("size", "parcel"), [("short", SHORT), ("long", LONG)])
def test_a_label_says_in_clear_what_its_codes_say(size: str, parcel: parcel_pb2.Parcel) -> None:
    said = words_on(to_pdf(PRINTS[size]["label"]))
    assert parse_number(parcel.name.partition("/")[2]).grouped in said
    assert f"{len(parcel.manifest)}件ITEMS{sum(entry.pages for entry in parcel.manifest)}页PAGES" in said
    for seal in parcel.seals:
        assert seal in said
    title = {"short": "漳", "long": LONGEST_TITLE}[size]
    assert said.count(title) == (2 if size == "short" else 4)
    assert {"short": "证照Result", "long": "申报材料Materials"}[size] in said


def test_labels_of_originals_are_to_be_read_and_typed() -> None:
    said = words_on(to_pdf(PRINTS["long"]["items"]))
    for line in dataclasses.asdict(PRINTS["long"]["items"])["items"]:
        for text in (line["code"], line["title"], line["application"], line["original"], f"{line['pages']}页"):
            assert text in said


def test_the_command_sheet_has_every_command_in_both_languages() -> None:
    said = words_on(to_pdf(PRINTS["short"]["commands"]))
    for command, (zh, en) in COMMANDS.items():
        assert command.text in said
        assert zh in said
        assert en.replace(" ", "") in said


@pytest.mark.parametrize(("size", "parcel"), [("short", SHORT), ("long", LONG)])
def test_a_manifest_has_every_entry_and_the_digest(size: str, parcel: parcel_pb2.Parcel) -> None:
    said = words_on(to_pdf(PRINTS[size]["manifest"]))
    assert parcel.manifest_digest.hex().upper() in said
    for entry in parcel.manifest:
        assert entry.item.removeprefix("applications/") in said
        assert entry.serial_digest[:8].hex().upper() in said
        assert entry.photo_digest[:8].hex().upper() in said
    assert entry.photo_digest.hex().upper() not in said or not entry.photo_digest
    assert f"共{len(parcel.manifest)}件" in said
    assert stub_of(parcel)[:40] not in said


def test_a_list_goes_over_many_pages_with_its_head_and_its_number_on_each() -> None:
    for kind, head in {"manifest": "内件", "handover": "邮包编号", "stocktake": "存放自"}.items():
        made = pages(to_pdf(PRINTS["long"][kind]))
        assert len(made) > 2
        for number, page in enumerate(made, 1):
            said = "".join(page.extract_text().replace("\u200b", "").split())
            assert f"第{number}页\uff0c共{len(made)}页" in said
            if number < len(made):
                assert head in said


def test_a_handover_list_names_each_parcel_and_has_lines_to_sign() -> None:
    lines = PRINTS["long"]["handover"]
    said = words_on(to_pdf(lines))
    for line in dataclasses.asdict(lines)["lines"]:
        assert line["grouped"] in said
    assert LONG.legs[0].waybill in said
    assert "接收人Receivedby" in said
    with pytest.raises(errors.FieldInvalid):
        gathering.handover_list([], LONG.origin, "ems", NOW, naming({}))


def test_a_stocktake_says_what_the_ledger_has() -> None:
    said = words_on(to_pdf(PRINTS["long"]["stocktake"]))
    assert "未拆封" in said
    assert "单件" in said
    assert said.count(TITLES[LONG_ITEM]) == len(LONG.manifest)
    nothing = gathering.stocktake_sheet([], SHORT.origin, NOW, naming({}))
    assert "账上没有物件" in words_on(to_pdf(nothing))


def test_a_waybill_needs_a_number() -> None:
    with pytest.raises(errors.FieldInvalid) as caught:
        gathering.waybill_label(SHORT, parcel_pb2.Leg(number=1), mailroom_pb2.CarrierOrder(), naming({}))
    assert caught.value.field == "waybill"


@pytest.mark.parametrize(("size", "kind"), SHEETS)
def test_fonts_are_embedded_and_it_is_the_archives_form(size: str, kind: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(to_pdf(PRINTS[size][kind])))
    assert b"<pdfaid:part>3</pdfaid:part>" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "/FontFile3" in font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]


_DIGESTS = """
import hashlib, json
from mailroom.paper import to_pdf
from tests.mailroom.paper.samples import PRINTS
made = {f"{s}-{k}": hashlib.sha256(to_pdf(p)).hexdigest() for s, kinds in PRINTS.items() for k, p in kinds.items()}
print(json.dumps(made))
"""


def test_equal_data_gives_equal_bytes_in_another_process_too() -> None:
    run = subprocess.run([sys.executable, "-c", _DIGESTS], capture_output=True, text=True, check=True, timeout=100)
    there = json.loads(run.stdout)
    here = {f"{s}-{k}": hashlib.sha256(to_pdf(PRINTS[s][k])).hexdigest() for s, k in SHEETS}
    assert there == here
    assert len(set(here.values())) == len(here) - 1  # the command sheet is the same for everybody


# Characters


@pytest.mark.parametrize("name", ["陈喆", "林䶮", "龑㛃喆", "𤧛", "é Müller", "〇"])
def test_rare_characters_that_the_fonts_have_are_drawn(name: str) -> None:
    assert name.replace(" ", "") in words_on(to_pdf(waybill(name)))


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\U00020000", "𠀀(U+20000)"),
        ("\U00020bb7", "𠮷(U+20BB7)"),
        ("\U0003134a", "\U0003134a(U+3134A)"),
        ("\U0001f600", "😀(U+1F600)"),
        ("\ufffd", "\ufffd(U+FFFD)"),
        ("\ue000", "U+E000"),
        ("\U000f0000", "U+F0000"),
        ("\u202e", "U+202E"),
        ("\u0007", "U+0007"),
        ("\U000e0100", "U+E0100"),
        ("\ud842", "U+D842"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(char: str, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(errors.GlyphMissing) as caught:
        to_pdf(waybill(f"欧阳葛{char}"))
    assert caught.value.field == "sender.name"
    assert shown in caught.value.text("zh")
    assert shown in caught.value.text("en")
    assert "欧阳" not in caught.value.text("zh") + caught.value.text("en")
    assert "欧阳" not in caplog.text


def test_the_place_of_what_cannot_be_drawn_is_told() -> None:
    for changed, place in (
        (label(destination=Place("漳州", "𠀀")), "destination.post"),
        (label(sender=Place("𠀀", "收")), "sender.node"),
        (dataclasses.replace(waybill("陈"), receiver=Address("陈", "1", ("福建", "𠀀路"))), "receiver.lines[1]"),
    ):
        with pytest.raises(errors.GlyphMissing) as caught:
            to_pdf(changed)
        assert caught.value.field == place


def test_many_that_cannot_be_drawn_are_told_shortly() -> None:
    with pytest.raises(errors.GlyphMissing) as caught:
        to_pdf(waybill("".join(chr(0x20000 + place) for place in range(60))))
    assert caught.value.facts["characters"].startswith("𠀀(U+20000)、")
    assert caught.value.facts["characters"].endswith("…")
    assert len(caught.value.facts["characters"]) < 100


def test_nothing_in_a_text_is_run_by_the_typesetter() -> None:
    hostile = '#panic("x") \\u{41} $x$ #read("/etc/passwd") ]#pdf.attach("x", bytes(()))['
    said = words_on(to_pdf(waybill(hostile)))
    assert '#panic("x")' in said
    assert '#read("/etc/passwd")' in said


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_name_is_drawn_or_refused(name: str) -> None:
    field = ""
    try:
        assert len(pages(to_pdf(waybill(name)))) == 1
    except errors.GlyphMissing as error:
        field = error.field
    assert field in ("", "sender.name")


@given(st.text(alphabet="0123456789", min_size=1, max_size=22) | st.from_regex(r"[A-Za-z0-9-]{1,22}", fullmatch=True))
@example("9912345678")
def test_lines_say_what_was_given(text: str) -> None:
    """As pixels, four to a module: no paper between the writer and the reader."""
    row = bytearray()
    wide = modules(code128(text))
    bars = {int(at): int(width) for at, width in re.findall(r"M(\d+) 0h(\d+)v1", code128(text))}
    dark = {place for at, width in bars.items() for place in range(at, at + width)}
    for place in range(wide):
        row += bytes([0 if place in dark else 255]) * 4
    picture = memoryview(bytes(row) * 40).cast("B", (40, len(row)))
    assert [read.text for read in zxingcpp.read_barcodes(picture, try_downscale=False)] == [text]


def test_a_print_is_a_print() -> None:
    assert {type(each) for kinds in PRINTS.values() for each in kinds.values()} == set(Print.__args__)

"""Lists of items in files: what goes out comes back to the letter, and what is wrong is told by row and column."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from agreements import data
from agreements.catalogue import csv_file, xlsx_file
from agreements.catalogue.files import FORMATS, read_file, report, write_file
from agreements.catalogue.layout import CODE_HEADING, MAIN, MAIN_SHEET, TABLES
from agreements.catalogue.report import Outcome, Reading
from agreements.items import items_of
from tests.agreements.item_documents import HOME, documents
from tests.agreements.test_catalogue import document
from tongban import errors
from tongban.v1 import catalogue_pb2, directory_pb2, types_pb2


def back(raw: bytes, kind: str) -> Reading:
    return read_file(raw, f"list.{kind}", HOME, {})


@pytest.mark.parametrize(("kind", "encoding"), [("yaml", ""), ("csv", "utf-8"), ("csv", "gb18030"), ("xlsx", "")])
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(listed=st.lists(documents(), max_size=3, unique_by=lambda each: each.name))
def test_what_goes_out_comes_back(kind: str, encoding: str, listed: list[directory_pb2.ItemDocument]) -> None:
    raw = write_file(listed, kind, encoding)
    reading = back(raw, kind)
    assert reading.problems == []
    assert [each.document for each in reading.entries] == sorted(listed, key=lambda each: each.name)
    # And once more, to the byte where the format has one way of writing.
    if kind != "xlsx":
        assert write_file([each.document for each in reading.entries], kind, encoding) == raw


@pytest.mark.parametrize("kind", FORMATS)
def test_every_item_of_the_seed(kind: str) -> None:
    listed = items_of(data.load(), "nodes/350600")
    reading = read_file(write_file(listed, kind), f"x.{kind.upper()}", "nodes/350600", {})
    assert reading.problems == []
    assert [each.document for each in reading.entries] == sorted(listed, key=lambda each: each.name)


def good() -> directory_pb2.ItemDocument:
    made = document()
    made.ClearField("form_schema")
    return made


def sheet_of(raw: bytes, change: Callable[[Any], object]) -> bytes:
    book = load_workbook(io.BytesIO(raw))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, row: int, heading: str, value: object) -> Callable[[Any], object]:
    """Write into a cell, as an official would."""

    def change(book: Any) -> None:
        column = next(cell.column for cell in book[sheet][1] if cell.value == heading)
        cell = book[sheet].cell(row, column)
        cell.number_format = "General"
        cell.value = value

    return change


MATERIALS, RESULTS = TABLES[0].sheet, TABLES[4].sheet
WRONG: list[tuple[Callable[[Any], object], str, str]] = [
    (put(MAIN_SHEET, 3, "事项名称", ""), MAIN_SHEET, "事项名称"),
    (put(MAIN_SHEET, 3, "事项名称", "字" * 201), MAIN_SHEET, "事项名称"),
    (put(MAIN_SHEET, 3, "事项名称", "=1+1"), MAIN_SHEET, "事项名称"),
    (put(MAIN_SHEET, 3, "事项名称", "#REF!"), MAIN_SHEET, "事项名称"),
    (put(MAIN_SHEET, 3, "实施编码", 1.2441500196720244e30), MAIN_SHEET, "实施编码"),
    (put(MAIN_SHEET, 3, "实施编码", "1.2441E+30"), MAIN_SHEET, "实施编码"),
    (put(MAIN_SHEET, 3, "基本编码", 442199806003), MAIN_SHEET, "基本编码"),
    (put(MAIN_SHEET, 3, "基本编码", "4421998060"), MAIN_SHEET, "基本编码"),
    (put(MAIN_SHEET, 3, "事项类型", "行政处罚"), MAIN_SHEET, "事项类型"),
    (put(MAIN_SHEET, 3, "办理方式", ""), MAIN_SHEET, "办理方式"),
    (put(MAIN_SHEET, 3, "办理方式", "全程网办、电话"), MAIN_SHEET, "办理方式"),
    (put(MAIN_SHEET, 3, "承诺时限(工作日)", "很快"), MAIN_SHEET, "承诺时限(工作日)"),
    (put(MAIN_SHEET, 3, "承诺时限(工作日)", 5.5), MAIN_SHEET, "承诺时限(工作日)"),
    (put(MAIN_SHEET, 3, "承诺时限(工作日)", 401), MAIN_SHEET, "承诺时限(工作日)"),
    (put(MAIN_SHEET, 3, "表单结构", "{"), MAIN_SHEET, "表单结构"),
    (put(MATERIALS, 4, "形式", "传真"), MATERIALS, "形式"),
    (put(MATERIALS, 4, "必交", "看情况"), MATERIALS, "必交"),
    (put(MATERIALS, 4, "须交条件", "已婚"), MATERIALS, "须交条件"),
    (put(MATERIALS, 4, "须交条件", "children=1"), MATERIALS, "须交条件"),
    (put(MATERIALS, 5, "编码", "spouse"), MATERIALS, "编码"),
    (put(TABLES[3].sheet, 3, "金额(元)", "十元"), TABLES[3].sheet, "金额(元)"),
    (put(TABLES[3].sheet, 3, "金额(元)", "10.005"), TABLES[3].sheet, "金额(元)"),
    (put(RESULTS, 3, "有效范围", "列明地区"), RESULTS, "认可节点"),
    (put(RESULTS, 3, "认可节点", "漳州"), RESULTS, "认可节点"),
]


@pytest.mark.parametrize(("change", "sheet", "column"), WRONG, ids=[f"{c}-{i}" for i, (_, _, c) in enumerate(WRONG)])
def test_a_bad_row_is_told_and_harms_nothing_else(change: Callable[[Any], object], sheet: str, column: str) -> None:
    first, second = good(), good()
    first.name = "items/a.w"
    reading = back(sheet_of(write_file([first, second], "xlsx"), change), "xlsx")
    assert [each.code for each in reading.entries] == ["w"]
    assert {(each.place.sheet, each.place.column, each.item) for each in reading.problems} == {(sheet, column, "x")}
    told = reading.problems[0]
    assert told.place.row >= 3
    assert not told.zh.isascii()
    assert told.en
    assert told.todo_zh


def test_rows_that_belong_to_nothing() -> None:
    raw = sheet_of(write_file([good()], "xlsx"), put(MATERIALS, 2, CODE_HEADING, "nobody"))
    reading = back(raw, "xlsx")
    assert [(each.place.sheet, each.place.row) for each in reading.problems] == [(MATERIALS, 2)]
    assert len(reading.entries[0].document.materials) == 1


def test_the_same_code_twice_and_codes_that_are_none() -> None:
    head = f"{CODE_HEADING},事项名称,办理方式\r\n"
    codes = ["a1,甲", "a1,乙", ",丙", "a b,丁", "../x,戊", ",", "b1,己"]
    rows = "".join(f"{each},全程网办\r\n" if each != "," else ",,\r\n" for each in codes)
    reading = back((head + rows).encode("gb18030"), "csv")
    assert [each.code for each in reading.entries] == ["a1", "b1"]
    assert [each.place.row for each in reading.problems] == [3, 4, 5, 6]


def test_a_column_that_is_not_there_changes_nothing() -> None:
    current = good()
    raw = f"{CODE_HEADING},事项名称,承诺时限(工作日)\nx,食品经营许可,9\n".encode()
    reading = read_file(raw, "x.csv", HOME, {current.name: current})
    current.promised_working_days = 9
    assert [each.document for each in reading.entries] == [current]
    emptied = f"{CODE_HEADING},事项名称,收费\nx,食品经营许可,\n".encode()
    found = read_file(emptied, "x.csv", HOME, {current.name: current}).entries[0].document
    assert not found.fees
    assert found.materials == current.materials


def test_what_an_official_types() -> None:
    head = f" {CODE_HEADING} ,事项名称,事项类型,办理方式,承诺时限 (工作日),基本编码,收费,申请材料,申请表,约定差异\n"
    row = (
        'x,户口迁移,其他行政权力,"全程网办,异地代收代办", 5个工作日 ,442199806003,项目\uff1d工本费\uff1b金额(元)=10元,'
        '"编码=id;名称=身份证;形式=原件,复印件;必交=√;须交条件=marital=已婚|离异",字段=marital;标题=婚姻,材料名称份数\n'
    )
    reading = back((head + row).encode("utf-8-sig"), "csv")
    assert [each.zh for each in reading.problems] == []
    found = reading.entries[0].document
    assert found.promised_working_days == 5
    assert list(found.modes) == [types_pb2.MODE_ONLINE, types_pb2.MODE_AGENT]
    assert found.base_code == "442199806003"
    assert found.fees[0].amount_fen == 1000
    assert list(found.materials[0].needed_when[0].values) == ["已婚", "离异"]
    assert found.materials[0].required
    assert list(found.agreed_differences) == ["material_details"]


def test_a_spreadsheet_runs_nothing() -> None:
    made = good()
    made.title = '=HYPERLINK("http://x")'
    made.department = "@SUM(1)"
    raw = write_file([made], "csv")
    assert b"'=HYPERLINK" in raw
    assert b"'@SUM" in raw
    book = load_workbook(io.BytesIO(write_file([made], "xlsx")))
    assert all(cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def bomb(parts: int, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in range(parts):
            archive.writestr(f"xl/worksheets/sheet{place}.xml", b"\0" * size)
    return out.getvalue()


def entities() -> bytes:
    """A workbook whose strings unfold."""
    lol = (
        '<!DOCTYPE x [<!ENTITY a "'
        + "x" * 100
        + '">'
        + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(8))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(write_file([good()], "xlsx"))) as old, zipfile.ZipFile(out, "w") as archive:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                content = lol.encode() + b"]>" + content.replace("食品经营许可".encode(), b"&i;")
            archive.writestr(part.filename, content)
    return out.getvalue()


def renamed(old: str, new: str) -> bytes:
    return sheet_of(write_file([good()], "xlsx"), lambda book: setattr(book[old], "title", new))


LAUGHS = "a: &a [x,x]\nb: &b [*a,*a]\nschema: tongban.catalogue/1\nitems: [*b,*b]\n"
FILES: list[tuple[str, bytes | Callable[[], bytes]]] = [
    ("x.csv", b""),
    ("x.csv", b"\xff\xfe\x00a"),
    ("x.csv", b"\x81\x20\xff"),
    ("x.csv", "编号,名称\n1,2\n".encode()),
    ("x.csv", f"{CODE_HEADING},事项名称,颜色\nx,甲,红\n".encode()),
    ("x.csv", f"{CODE_HEADING},事项名称,事项名称\nx,甲,乙\n".encode()),
    ("x.csv", f"{CODE_HEADING}\nx\n".encode()),
    ("x.csv", f'{CODE_HEADING},事项名称\nx,"甲\n'.encode()),
    ("x.xlsx", b""),
    ("x.xlsx", b"PK\x03\x04 no zip"),
    ("x.xlsx", b"\xd0\xcf\x11\xe0 old"),
    ("x.xlsx", lambda: bomb(3, 30 << 20)),
    ("x.xlsx", lambda: bomb(600, 1)),
    ("x.xlsx", lambda: bomb(2, 10)),
    ("x.xlsx", entities),
    ("x.xlsx", lambda: renamed(MAIN_SHEET, "清单")),
    ("x.xlsx", lambda: renamed(MATERIALS, "材料清单")),
    ("x.yaml", b""),
    ("x.yaml", b"[" * 5000),
    ("x.yaml", b"\xff\xfe"),
    ("x.yaml", b"schema: other\nitems: []"),
    ("x.yaml", b"schema: tongban.catalogue/1\nitems: 3"),
    ("x.yaml", LAUGHS.encode()),
    ("x.yaml", b"!!python/object/apply:os.system ['true']"),
    ("x.yaml", b"a: b: c"),
    ("x.doc", b"hello"),
    ("noending", b"hello"),
]


@pytest.mark.parametrize(("name", "raw"), FILES, ids=[f"{name}-{place}" for place, (name, _) in enumerate(FILES)])
def test_a_file_that_cannot_be_taken_is_refused_whole(name: str, raw: bytes | Callable[[], bytes]) -> None:
    reading = read_file(raw if isinstance(raw, bytes) else raw(), name, HOME, {})
    assert reading.entries == []
    assert [each.place.row for each in reading.problems] == [0]
    assert not reading.problems[0].zh.isascii()


def test_yaml_tells_the_line() -> None:
    text = """schema: tongban.catalogue/1
items:
- code: a
  title: 甲
  modes: [online]
- code: b
  title: 12
  modes: [walking]
  base_code: 442199806003
  colour: red
  materials:
  - {code: id, title: 身份证, forms: [copy], required: sometimes}
- code: c
  title: 丙
  modes: [全程网办]
- just text
- code: a
"""
    reading = back(text.encode(), "yml")
    assert [each.code for each in reading.entries] == ["a", "c"]
    assert [(each.place.row, each.place.column) for each in reading.problems] == [
        (7, "title"),
        (8, "modes[0]"),
        (9, "base_code"),
        (10, "colour"),
        (12, "materials[0].required"),
        (16, ""),
        (17, "code"),
    ]


@given(st.binary(max_size=200), st.sampled_from(["x.csv", "x.xlsx", "x.yaml"]))
def test_any_bytes_are_judged_and_never_break(raw: bytes, name: str) -> None:
    assert read_file(raw, name, HOME, {}).entries == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["code", "title", "modes", "materials", "form", "fees"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    )
)
def test_any_yaml_is_judged_and_never_breaks(value: Any) -> None:
    raw = yaml.safe_dump({"schema": "tongban.catalogue/1", "items": value}).encode()
    reading = back(raw, "yaml")
    assert reading.entries or reading.problems or value == []


def test_the_report_is_in_the_order_of_the_file() -> None:
    head = f"{CODE_HEADING},事项名称,办理方式\n"
    reading = back((head + "a,甲,全程网办\nb,,全程网办\nc,丙,全程网办\n").encode(), "csv")
    results = [
        catalogue_pb2.PublishResult(outcome=catalogue_pb2.PUBLISH_OUTCOME_PUBLISHED),
        catalogue_pb2.PublishResult(
            outcome=catalogue_pb2.PUBLISH_OUTCOME_REFUSED,
            field="document.modes[0]",
            message_zh="不行",
            message_en="no",
        ),
    ]
    lines = report(reading, results)
    assert [(line.place.row, line.item, line.outcome) for line in lines] == [
        (2, "a", Outcome.PUBLISHED),
        (3, "b", Outcome.REFUSED),
        (4, "c", Outcome.REFUSED),
    ]
    assert lines[2].place.column == "办理方式"
    assert "第 3 行" in lines[1].text()


def test_every_field_has_its_column() -> None:
    main = {column.field for column in MAIN} | {table.field for table in TABLES}
    assert {field.name for field in directory_pb2.ItemDocument.DESCRIPTOR.fields} - main == {"name", "home"}
    for table in TABLES:
        assert {field.name for field in table.descriptor.fields} == {column.field for column in table.columns}
    known: Mapping[str, object] = xlsx_file._CHOICES
    assert known
    assert csv_file.ENCODINGS == ("utf-8", "gb18030")
    with pytest.raises(errors.FieldInvalid):
        write_file([], "pdf")
    with pytest.raises(errors.FieldInvalid):
        write_file([], "csv", "latin-1")


def test_a_workbook_of_numbers_and_dates() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = MAIN_SHEET
    sheet.append([CODE_HEADING, "事项名称", "办理方式", "承诺时限(工作日)"])
    sheet.append([1001, "甲", "全程网办", 5.0])
    sheet.append([1002, dt.date(2026, 1, 1), "全程网办", 5])
    out = io.BytesIO()
    book.save(out)
    reading = back(out.getvalue(), "xlsx")
    assert [(each.code, each.document.promised_working_days) for each in reading.entries] == [("1001", 5)]
    assert [(each.place.row, each.place.column) for each in reading.problems] == [(3, "事项名称")]

"""Rows under headings, and the documents they make; CSV and Excel differ only in where the rows come from."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agreements.catalogue import cells
from agreements.catalogue.cells import CellProblem
from agreements.catalogue.layout import CODE_HEADING, MAIN, MAIN_SHEET, TABLES, Column, Table
from agreements.catalogue.report import Entry, Place, Problem, Reading
from tongban import errors
from tongban.ids import item_name
from tongban.v1 import directory_pb2

MAX_ITEMS: Final = 5000
MAX_ROWS: Final = 50_000
MAX_COLUMNS: Final = 40
_MAIN_FIELDS: Final = directory_pb2.ItemDocument.DESCRIPTOR.fields_by_name


class CellKind(enum.Enum):
    """What a cell holds, as the file says."""

    TEXT = enum.auto()
    NUMBER = enum.auto()
    FORMULA = enum.auto()
    ERROR = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was read."""

    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """Headings and the rows under them, each with its number."""

    title: str
    headings: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Cell]]]


@dataclass(slots=True)
class _Draft:
    entry: Entry
    broken: bool = False
    taken: set[str] = field(default_factory=set)


def documents_to_rows(documents: Iterable[directory_pb2.ItemDocument]) -> list[list[tuple[Column, Any]]]:
    """The main sheet's rows, without their codes: each column with its value as text."""
    return [
        [(column, cells.show(column, _MAIN_FIELDS[column.field], getattr(each, column.field))) for column in MAIN]
        for each in documents
    ]


def code_of(document: directory_pb2.ItemDocument) -> str:
    """What an official calls the item: the last part of its name."""
    return document.name.removeprefix("items/").partition(".")[2]


def entry_cells(table: Table, entry: Any) -> list[str]:
    """A table's entry, a text a column."""
    found = table.descriptor.fields_by_name
    return [cells.show(column, found[column.field], getattr(entry, column.field)) for column in table.columns]


def inline(table: Table, document: directory_pb2.ItemDocument) -> str:
    """A table in one cell, an entry a line."""
    lines = []
    for entry in getattr(document, table.field):
        shown = zip(table.columns, entry_cells(table, entry), strict=True)
        lines.append(
            ";".join(f"{column.heading}={cells.escape(text, cells.SEMICOLONS)}" for column, text in shown if text)
        )
    return "\n".join(lines)


def headings_ok(sheet: Sheet, known: Iterable[str], needed: Iterable[str], reading: Reading) -> bool:
    """Whether the headings can be understood: what is not recognised would silently be lost, so the file is refused."""
    names = [each for each in sheet.headings if each]
    for place, name in enumerate(names):
        if name not in set(known):
            reading.of_file(
                f"“{sheet.title}”的列名“{name[:40]}”不认识",
                f"the heading {name[:40]} is not known",
                todo_zh="请用导出的表格作模板,不需要的列请删去",
                todo_en="Take an exported table as the pattern; delete columns that are not needed",
            )
            return False
        if name in names[:place]:
            reading.of_file(f"“{sheet.title}”有两列都叫“{name}”", f"the heading {name} stands twice")
            return False
    for name in needed:
        if name not in names:
            reading.of_file(
                f"“{sheet.title}”缺少“{name}”列",
                f"the column {name} is missing",
                todo_zh="请用导出的表格作模板",
                todo_en="Take an exported table as the pattern",
            )
            return False
    return True


def heading(text: str) -> str:
    """A heading as it is compared: without spaces, and with brackets of either width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


_TITLES: Final = {
    heading(text): text
    for text in [CODE_HEADING, *(c.heading for c in MAIN), *(t.sheet for t in TABLES)]
    + [c.heading for t in TABLES for c in t.columns]
}


def known_heading(text: str) -> str:
    """The heading as the layout writes it, or what was written."""
    return _TITLES.get(heading(text), text.strip())


class Assembly:
    """Puts a main sheet and its tables together, row by row."""

    def __init__(self, home: str, reading: Reading) -> None:
        self._home = home
        self._reading = reading
        self._drafts: dict[str, _Draft] = {}

    def main(self, sheet: Sheet, *, inlined: bool) -> None:
        """The items; `inlined` where the tables stand in cells."""
        columns = {column.heading: column for column in MAIN}
        tables = {table.sheet: table for table in TABLES} if inlined else {}
        absent = {c.field for c in MAIN if c.heading not in sheet.headings}
        absent |= {table.field for table in TABLES if table.sheet not in sheet.headings}
        for number, row in sheet.rows:
            found = dict(zip(sheet.headings, row, strict=False))
            draft = self._open(number, sheet, found, frozenset(absent))
            if draft is None:
                continue
            for name, cell in found.items():
                place = Place(number, sheet.title if not inlined else "", name)
                if name in columns:
                    self._fill(draft, draft.entry.document, columns[name], _MAIN_FIELDS, cell, place)
                elif name in tables:
                    self._inlined(draft, tables[name], cell, place)

    def table(self, table: Table, sheet: Sheet) -> None:
        """The entries of one table, each on a row with its item's code."""
        for draft in self._drafts.values():
            draft.entry.absent -= {table.field}
        columns = {column.heading: column for column in table.columns}
        for number, row in sheet.rows:
            found = dict(zip(sheet.headings, row, strict=False))
            place = Place(number, table.sheet)
            code = found.get(CODE_HEADING, Cell("")).text.strip()
            belongs = self._drafts.get(code)
            if belongs is None:
                self._orphan(code, Place(number, table.sheet, CODE_HEADING))
                continue
            entries = getattr(belongs.entry.document, table.field)
            belongs.entry.places[f"{table.field}[{len(entries)}]"] = place
            entry = entries.add()
            for name, cell in found.items():
                if name in columns:
                    fields = table.descriptor.fields_by_name
                    self._fill(belongs, entry, columns[name], fields, cell, Place(number, table.sheet, name))

    def finish(self) -> None:
        """Hand over the items that nothing was wrong with."""
        self._reading.entries.extend(draft.entry for draft in self._drafts.values() if not draft.broken)

    def _open(self, number: int, sheet: Sheet, found: Mapping[str, Cell], absent: frozenset[str]) -> _Draft | None:
        title = sheet.title
        place = Place(number, title, CODE_HEADING)
        cell = found.get(CODE_HEADING, Cell(""))
        code = cell.text.strip()
        try:
            _plain(cell, Column(CODE_HEADING, "name", code=cell.kind is not CellKind.NUMBER))
            name = item_name(self._home.removeprefix("nodes/"), code)
        except (CellProblem, errors.TongbanError) as error:
            zh, en = (
                (error.zh, error.en)
                if isinstance(error, CellProblem)
                else (f"事项编号“{code[:60]}”不能用", f"the code {code[:60]} cannot be used")
                if code
                else ("没有填写事项编号", "the item's code is missing")
            )
            todo = "编号用字母、数字、点、下划线和短横线,首尾为字母或数字"
            todo_en = "A code has letters, digits, dots, underscores and hyphens; letters or digits at its ends"
            self._reading.problems.append(Problem(place, code, zh, en, todo, todo_en))
            return None
        if code in self._drafts:
            first = self._drafts[code].entry.place.row
            self._reading.problems.append(
                Problem(
                    place,
                    code,
                    f"此事项在第 {first} 行已有,本行未取",
                    f"the item stands in row {first} already; this row was not taken",
                    "请删去多余的一行",
                    "Delete one of the rows",
                )
            )
            return None
        if len(self._drafts) >= MAX_ITEMS:
            self._reading.problems.append(Problem(place, code, f"超过 {MAX_ITEMS} 个事项", f"over {MAX_ITEMS} items"))
            return None
        document = directory_pb2.ItemDocument(name=name, home=self._home)
        self._drafts[code] = _Draft(Entry(code, Place(number, title), document, absent))
        return self._drafts[code]

    def _fill(
        self, draft: _Draft, message: Any, column: Column, fields: Mapping[str, Any], cell: Cell, place: Place
    ) -> None:
        try:
            value = cells.read(column, fields[column.field], _plain(cell, column))
        except CellProblem as problem:
            self._wrong(draft, place, problem)
            return
        except errors.TongbanError as error:
            self._wrong(draft, place, CellProblem(*_sentences(error)))
            return
        if isinstance(value, list):
            getattr(message, column.field).extend(value)
        elif value:
            setattr(message, column.field, value)

    def _inlined(self, draft: _Draft, table: Table, cell: Cell, place: Place) -> None:
        headings = [column.heading for column in table.columns]
        for line in filter(str.strip, cells.split(cell.text, "\n")):
            entries = getattr(draft.entry.document, table.field)
            try:
                _plain(cell, Column(table.sheet, table.field))
                found = cells.pairs(line, headings)
            except CellProblem as problem:
                self._wrong(draft, place, problem)
                return
            draft.entry.places[f"{table.field}[{len(entries)}]"] = place
            entry = entries.add()
            for column in table.columns:
                said = Cell(found.get(column.heading, ""))
                self._fill(draft, entry, column, table.descriptor.fields_by_name, said, place)

    def _wrong(self, draft: _Draft, place: Place, problem: CellProblem) -> None:
        draft.broken = True
        self._reading.problems.append(
            Problem(place, draft.entry.code, problem.zh, problem.en, problem.todo_zh, problem.todo_en)
        )

    def _orphan(self, code: str, place: Place) -> None:
        self._reading.problems.append(
            Problem(
                place,
                code,
                f"“{MAIN_SHEET}”表中没有编号为“{code[:60]}”的事项,或该行有误",
                f"the sheet {MAIN_SHEET} has no good row for {code[:60] or '(empty)'}",
                "请核对事项编号;合并的单元格请拆开并逐行填写编号",
                "Check the code; split merged cells and write the code in every row",
            )
        )


def _plain(cell: Cell, column: Column) -> str:
    if cell.kind is CellKind.FORMULA:
        raise CellProblem(
            "单元格是公式,不会被计算",
            "the cell is a formula, which is never worked out",
            "请复制后“选择性粘贴为数值”",
            "Paste it as a value",
        )
    if cell.kind is CellKind.ERROR:
        raise CellProblem(f"单元格是错误值 {cell.text}", f"the cell holds the error {cell.text}")
    if cell.kind is CellKind.OTHER:
        raise CellProblem(
            "单元格是日期等格式,不是文字", "the cell is a date or the like", "请把该列设为“文本”格式", "Make it text"
        )
    if cell.kind is CellKind.NUMBER and column.code:
        raise CellProblem(
            "编码被存成了数字,开头的 0 和末尾几位可能已经丢失",
            "the code was stored as a number: zeros and digits may be lost",
            "请把该列设为“文本”格式,重新输入编码",
            "Set the column to text and type the code again",
        )
    return cell.text


def _sentences(error: errors.TongbanError) -> tuple[str, str]:
    return error.facts.get("problem", error.text("zh")), error.facts.get("problem_en", error.text("en"))

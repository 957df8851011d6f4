"""Tables for other programs: CSV as Excel opens it, and Excel workbooks.

CSV is UTF-8 with a byte order mark, which is how Excel knows it.  Cells hold names that other regions have given
themselves; one that a spreadsheet would take for a formula gets an apostrophe before it in CSV, and is a text by its
type in a workbook.  Numbers are numbers in both.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

Cell = str | int | float | None

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Full-width signs too: a Chinese Excel reads them as formulas."""
_WIDEST: Final = 44


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what stands above it."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    remarks: tuple[str, ...] = ()


def write_csv(table: Table) -> bytes:
    """The table alone: headings, then rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (table.headings, *table.rows):
        writer.writerow([_guarded(cell) for cell in row])
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8")


def write_xlsx(tables: Sequence[Table]) -> bytes:
    """A sheet for each table, headings kept in sight, columns as wide as what they hold."""
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for table in tables:
        _fill(book.create_sheet(table.title[:31]), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, table: Table) -> None:
    top = len(table.remarks) + 1
    for number, remark in enumerate(table.remarks, start=1):
        _put(sheet, number, 1, remark)
    for number, row in enumerate((table.headings, *table.rows), start=top):
        for place, value in enumerate(row, start=1):
            _put(sheet, number, place, value)
    for place, heading in enumerate(table.headings, start=1):
        head = sheet.cell(top, place)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDE8F3")
        head.alignment = Alignment(wrap_text=True, vertical="top")
        longest = max([_width(heading), *(_width(row[place - 1]) for row in table.rows[:500])])
        sheet.column_dimensions[get_column_letter(place)].width = min(longest + 2, _WIDEST)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(table.headings))}{top + len(table.rows)}"


def _put(sheet: Any, row: int, column: int, value: Cell) -> None:
    if value is None:
        return
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value
        cell.number_format = "0.00" if isinstance(value, float) else "0"


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS) else cell


def _width(cell: Cell) -> int:
    """As a spreadsheet shows it: a Chinese character is two letters wide."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in str(cell if cell is not None else ""))

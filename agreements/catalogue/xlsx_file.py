"""A list of items as an Excel workbook: one row an item, a further sheet for each table, and how to fill it in.

What comes in is a stranger's zip.  Its size, the number of its parts and what they unpack to are looked at before
anything is unpacked (a zip that says less than it holds gives no more than it says); XML is read through defusedxml, so
no entity is expanded; links, macros and formulas are not followed, run or worked out; rows and columns are bounded.
The library raises whatever it meets in a broken workbook, so whatever it raises is a broken workbook.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet.datavalidation import DataValidation

from agreements.catalogue import tables
from agreements.catalogue.layout import CODE_HEADING, HELP_SHEET, MAIN, MAIN_SHEET, TABLES, Column, Table
from agreements.catalogue.report import Reading
from agreements.catalogue.tables import MAX_COLUMNS, MAX_ROWS, Assembly, Cell, CellKind, Sheet, known_heading
from agreements.domain.item_words import ITEM_KINDS, TRUST_GRADES, VALIDITY_AREAS
from tongban import errors
from tongban.v1 import directory_pb2

MAX_UNPACKED: Final = 32 << 20
MAX_PARTS: Final = 500
MAX_CELL: Final = 32_767
_TOP, _WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
_OLE: Final = b"\xd0\xcf\x11\xe0"
_KINDS: Final = {"s": CellKind.TEXT, "n": CellKind.NUMBER, "f": CellKind.FORMULA, "e": CellKind.ERROR}
_CHOICES: Final = {
    "kind": tuple(ITEM_KINDS.values()),
    "grade": tuple(TRUST_GRADES.values()),
    "validity": tuple(VALIDITY_AREAS.values()),
    "required": ("是", "否"),
}
# What Excel reads as a character by its number; such a text gets its first mark written so itself.
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN_SO: Final = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(documents: Iterable[directory_pb2.ItemDocument]) -> bytes:
    """The workbook."""
    listed = list(documents)
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    main = _new(book, MAIN_SHEET, MAIN)
    for place, (document, row) in enumerate(zip(listed, tables.documents_to_rows(listed), strict=True), start=2):
        _append(main, place, [tables.code_of(document), *(text for _, text in row)], document)
    for table in TABLES:
        sheet = _new(book, table.sheet, table.columns)
        entries = [(document, entry) for document in listed for entry in getattr(document, table.field)]
        for place, (document, entry) in enumerate(entries, start=2):
            _append(sheet, place, [tables.code_of(document), *tables.entry_cells(table, entry)], document)
    _help(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _new(book: Workbook, title: str, columns: Sequence[Column]) -> Any:
    sheet = book.create_sheet(title)
    sheet.append([CODE_HEADING, *(column.heading for column in columns)])
    sheet.freeze_panes = "B2"
    for place, width in enumerate([18, *(column.width for column in columns)], start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        head = sheet.cell(1, place)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDE8F3")
    for place, column in enumerate(columns, start=2):
        if column.field in _CHOICES and (column.heading != "类型"):
            rule = DataValidation("list", formula1='"' + ",".join(_CHOICES[column.field]) + '"', allow_blank=True)
            letter = get_column_letter(place)
            rule.add(f"{letter}2:{letter}{MAX_ROWS}")
            sheet.add_data_validation(rule)
    return sheet


def _append(sheet: Any, row: int, texts: Sequence[str], document: directory_pb2.ItemDocument) -> None:
    for place, text in enumerate(texts, start=1):
        if not text:
            continue
        text = _ESCAPED.sub("_x005F_", text)
        if len(text) > MAX_CELL or "x005F_" in _WRITTEN_SO.sub("_", text):
            raise errors.FieldInvalid(
                field=document.name,
                problem="内容在 Excel 单元格里放不下,请导出为 YAML 或 CSV",
                problem_en="it does not fit an Excel cell: export YAML or CSV",
            )
        cell = sheet.cell(row, place)
        try:
            cell.value = text
        except IllegalCharacterError:
            raise errors.FieldInvalid(
                field=document.name,
                problem="含有 Excel 不能保存的控制字符,请导出为 YAML 或 CSV",
                problem_en="it holds a control character that Excel cannot keep: export YAML or CSV",
            ) from None
        # A text stays a text: no formula, no error value, and no code turned into a number.
        cell.data_type, cell.number_format = "s", "@"
        cell.alignment = _WRAPPED if "\n" in text else _TOP


def _help(book: Workbook) -> None:
    sheet = book.create_sheet(HELP_SHEET)
    sheet.append(["表", "列", "怎么填"])
    sheet.append(["各表", CODE_HEADING, "本地区内不重复的编号,字母、数字、点和短横线;其他各表用它指明属于哪个事项"])
    for title, columns in ((MAIN_SHEET, MAIN), *((table.sheet, table.columns) for table in TABLES)):
        for column in columns:
            if column.help:
                sheet.append([title, column.heading, column.help])
    for letter, width in (("A", 12), ("B", 22), ("C", 90)):
        sheet.column_dimensions[letter].width = width


def read_xlsx(raw: bytes, home: str) -> Reading:
    """What the workbook holds."""
    reading = Reading()
    if refused := _unfit(raw):
        return reading.of_file(*refused, todo_zh="请另存为 .xlsx 工作簿后重试", todo_en="Save it as an .xlsx workbook")
    sheets: list[Sheet] = []
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False, keep_vba=False)
        known = {MAIN_SHEET, *(table.sheet for table in TABLES)}
        sheets += [_sheet(sheet) for sheet in book.worksheets if sheet.title.strip() in known]
        names = [sheet.title.strip() for sheet in book.worksheets]
    except Exception:
        return reading.of_file("工作簿已损坏或不是 Excel 文件", "the workbook is broken, or no Excel file")
    found = {sheet.title: sheet for sheet in sheets}
    for name in names:
        if name not in {*found, HELP_SHEET}:
            return reading.of_file(
                f"工作表“{name[:40]}”不认识",
                f"the sheet {name[:40]} is not known",
                todo_zh="请用导出的表格作模板,不需要的工作表请删去",
                todo_en="Take an exported table as the pattern; delete sheets that are not needed",
            )
    if MAIN_SHEET not in found:
        return reading.of_file(f"没有名为“{MAIN_SHEET}”的工作表", f"there is no sheet {MAIN_SHEET}")
    return _assembled(found, home, reading)


def _assembled(found: dict[str, Sheet], home: str, reading: Reading) -> Reading:
    here: list[tuple[Table, Sheet]] = [(table, found[table.sheet]) for table in TABLES if table.sheet in found]
    layouts = [(found[MAIN_SHEET], MAIN, ["事项名称"]), *((sheet, table.columns, []) for table, sheet in here)]
    for sheet, columns, needed in layouts:
        if len(sheet.rows) > MAX_ROWS:
            return reading.of_file(f"“{sheet.title}”超过 {MAX_ROWS} 行", f"{sheet.title} has over {MAX_ROWS} rows")
        known = [CODE_HEADING, *(column.heading for column in columns)]
        if not tables.headings_ok(sheet, known, [CODE_HEADING, *needed], reading):
            return reading
    assembly = Assembly(home, reading)
    assembly.main(found[MAIN_SHEET], inlined=False)
    for table, sheet in here:
        assembly.table(table, sheet)
    assembly.finish()
    return reading


def _unfit(raw: bytes) -> tuple[str, str] | None:
    """What is wrong with the file before any of it is unpacked."""
    if raw.startswith(_OLE):
        return "是旧版 .xls,或加了密码", "it is an old .xls, or has a password"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "不是 Excel 工作簿", "it is no Excel workbook"
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        return "解开后过大", "it is too large once unpacked"
    return None


def _sheet(sheet: Any) -> Sheet:
    rows: list[tuple[int, list[Cell]]] = []
    headings: list[str] = []
    for number, row in enumerate(sheet.iter_rows(min_row=1, max_row=MAX_ROWS * 2, max_col=MAX_COLUMNS), start=1):
        cells = [_cell(each) for each in row]
        if not any(cell.text.strip() for cell in cells):
            continue
        if not headings:
            headings = [known_heading(cell.text) for cell in cells]
            while headings and not headings[-1]:
                headings.pop()
            continue
        rows.append((number, cells))
    return Sheet(sheet.title.strip(), headings, rows)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell("是" if value else "否")
    kind = _KINDS.get(cell.data_type, CellKind.OTHER)
    if kind is CellKind.NUMBER:
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        elif not isinstance(value, int | float):
            kind = CellKind.OTHER
    return Cell(_WRITTEN_SO.sub("_", str(value)).replace("\r\n", "\n").replace("\r", "\n"), kind)

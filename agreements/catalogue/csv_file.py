"""A list of items as CSV: one row an item, its tables in cells.

Written as UTF-8 with a byte order mark, which is how Excel knows it, or as GB18030 for programs that know nothing else.
Read in either: the mark decides, else the bytes that are good UTF-8 are UTF-8.  A text that a spreadsheet would take
for a formula gets an apostrophe before it, and loses it again on the way in.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable
from typing import Final

from agreements.catalogue import tables
from agreements.catalogue.layout import CODE_HEADING, MAIN, TABLES
from agreements.catalogue.report import MAX_FILE, Reading
from agreements.catalogue.tables import MAX_COLUMNS, MAX_ROWS, Assembly, Cell, Sheet, known_heading
from tongban import errors
from tongban.v1 import directory_pb2

ENCODINGS: Final = ("utf-8", "gb18030")
_STARTS: Final = ("=", "+", "-", "@", "\t", "'")


def write_csv(documents: Iterable[directory_pb2.ItemDocument], encoding: str = "utf-8") -> bytes:
    """The file."""
    listed = list(documents)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([CODE_HEADING, *(c.heading for c in MAIN), *(t.sheet for t in TABLES)])
    for document, row in zip(listed, tables.documents_to_rows(listed), strict=True):
        texts = [tables.code_of(document), *(text for _, text in row), *(tables.inline(t, document) for t in TABLES)]
        writer.writerow([_guard(text) for text in texts])
    if encoding not in ENCODINGS:
        raise errors.FieldInvalid(
            field="encoding", problem="应为 utf-8 或 gb18030", problem_en="utf-8 or gb18030 is expected"
        )
    mark = codecs.BOM_UTF8 if encoding == "utf-8" else b""
    return mark + out.getvalue().encode(encoding)


def read_csv(raw: bytes, home: str) -> Reading:
    """What the file holds."""
    reading = Reading()
    text = _decode(raw)
    if text is None:
        return reading.of_file(
            "文件不是 UTF-8 或 GB18030(GBK)编码的文字",
            "the file is no text in UTF-8 or GB18030",
            todo_zh="请在表格软件中另存为“CSV UTF-8(逗号分隔)”",
            todo_en="Save it as CSV UTF-8",
        )
    try:
        rows = _rows(text)
    except csv.Error as error:
        return reading.of_file(f"不是有效的 CSV({error})", f"not valid CSV ({error})")
    if len(rows) > MAX_ROWS + 1:
        return reading.of_file(f"超过 {MAX_ROWS} 行", f"it has over {MAX_ROWS} rows", todo_zh="请分成几个文件")
    if not rows:
        return reading.of_file("文件是空的", "the file is empty")
    (_, first), rest = rows[0], rows[1:]
    headings = [known_heading(_unguard(each)) for each in first]
    while headings and not headings[-1]:
        headings.pop()
    known = [CODE_HEADING, *(c.heading for c in MAIN), *(t.sheet for t in TABLES)]
    sheet = Sheet("", headings, [(number, [Cell(_unguard(each)) for each in row]) for number, row in rest])
    if not tables.headings_ok(sheet, known, [CODE_HEADING, "事项名称"], reading):
        return reading
    assembly = Assembly(home, reading)
    assembly.main(sheet, inlined=True)
    assembly.finish()
    return reading


def _decode(raw: bytes) -> str | None:
    if raw.startswith(codecs.BOM_UTF8):
        encodings: tuple[str, ...] = ("utf-8-sig",)
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        return None
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows that hold anything, with their numbers as a spreadsheet counts them; the first is the headings'."""
    # The library's own limit is for a cell of 128 KiB; the file itself is bounded.
    csv.field_size_limit(MAX_FILE)
    found = []
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
        if any(each.strip() for each in row):
            # Excel writes a line break within a cell as either.
            found.append((number, [each.replace("\r\n", "\n").replace("\r", "\n") for each in row[:MAX_COLUMNS]]))
        if len(found) > MAX_ROWS + 1:
            break
    return found


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_STARTS) else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS) else text

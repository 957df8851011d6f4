r"""Values in cells: from what an official types to a field's value, and back to the letter.

A cell that holds several things has one a line.  Where a mark of the notation belongs to the text itself, a backslash
stands before it (`\\`, `\n` for a line break within an entry).  What people type instead is taken too: full-width
marks, commas between words, 是 and √ for yes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor

from agreements import data
from agreements.catalogue.layout import YUAN, Column
from agreements.domain.item_words import OF_ENUMS
from tongban.itemcodes import check_item_code
from tongban.v1 import directory_pb2

# Each mark as it is written, and its full-width twin that an input method gives.
SEMICOLONS: Final = ";\uff1b"
EQUALS: Final = "=\uff1d"
BARS: Final = "|\uff5c"
ANDS: Final = "&\uff06"
PLAIN_FIELD: Final = "text"
_YES: Final = frozenset({"是", "有", "须", "必交", "必填", "√", "y", "yes", "true", "1"})
_NO: Final = frozenset({"", "否", "无", "×", "x", "n", "no", "false", "0"})
_STANDARD: Final = frozenset({10, 12, 31, 33, 34})


def _elements() -> Mapping[str, str]:
    return {element.zh: element.name for element in data.elements()}


class CellProblem(Exception):
    """What is wrong with a cell, and what to do."""

    def __init__(self, zh: str, en: str, todo_zh: str = "请改正后重新导入", todo_en: str = "Correct it") -> None:
        super().__init__(en)
        self.zh, self.en, self.todo_zh, self.todo_en = zh, en, todo_zh, todo_en


def show(column: Column, descriptor: Any, value: Any) -> str:
    """A field's value as a cell's text; empty for what is not filled in."""
    if column.field == YUAN:
        return f"{value // 100}.{value % 100:02d}" if value % 100 else str(value // 100)
    if descriptor.is_repeated:
        if descriptor.message_type is not None:
            return " & ".join(f"{each.field}={'|'.join(escape(v, BARS + ANDS) for v in each.values)}" for each in value)
        if descriptor.enum_type is not None:
            return "、".join(_words(descriptor).get(each, str(each)) for each in value)
        return "\n".join(escape(each, "") for each in value)
    if descriptor.enum_type is not None:
        return _words(descriptor).get(value, "") if value else ""
    if descriptor.type == FieldDescriptor.TYPE_BOOL:
        return "是" if value else "否"
    if descriptor.type == FieldDescriptor.TYPE_STRING:
        return str(value)
    return str(value) if value else ""


def read(column: Column, descriptor: Any, text: str) -> Any:
    """A cell's text as the field's value; CellProblem says what is wrong with it."""
    text = text.strip()
    if column.field == YUAN:
        return _yuan(text)
    if descriptor.is_repeated:
        if descriptor.message_type is not None:
            return [_condition(each) for each in split(text, ANDS)] if text else []
        if descriptor.enum_type is not None:
            return [_choice(descriptor, each) for each in re.split(r"[、,;/\s\uff0c\uff1b]+", text) if each]
        listed = [unescape(each.strip()) for each in split(text, "\n") if each.strip()]
        return [_elements().get(each, each) for each in listed] if column.field == "agreed_differences" else listed
    if descriptor.enum_type is not None:
        return _choice(descriptor, text) if text else 0
    if descriptor.type == FieldDescriptor.TYPE_BOOL:
        return _yes_no(text)
    if descriptor.type == FieldDescriptor.TYPE_STRING:
        # Most fields of a form are plain text, and few officials say so.
        text = text or (PLAIN_FIELD if column.heading == "类型" else "")
        return _code(column, text) if column.code else text
    return _number(text)


def escape(text: str, marks: str) -> str:
    r"""A backslash before each mark and itself; a line break as `\n`."""
    for mark in "\\" + marks:
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", "\\n")


def unescape(text: str) -> str:
    """The text that was escaped."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text, flags=re.DOTALL)


def split(text: str, marks: str) -> list[str]:
    """The pieces between marks that have no backslash before them; still escaped."""
    pieces, last, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] in marks:
            pieces.append(text[last:place])
            last = place + 1
        place += 1
    return [*pieces, text[last:]]


def pairs(text: str, headings: Sequence[str]) -> dict[str, str]:
    """An entry in a cell, such as `编码=id;名称=身份证`: what stands under each heading."""
    found: dict[str, str] = {}
    for piece in filter(str.strip, split(text, SEMICOLONS)):
        name, mark, value = _pair(piece)
        if not mark or name not in headings:
            raise CellProblem(
                f"“{piece.strip()[:40]}”应写作“名称=内容”,名称为:{'、'.join(headings)}",
                f"write {piece.strip()[:40]} as name=content, the name being one of {', '.join(headings)}",
            )
        if name in found:
            raise CellProblem(f"“{name}”写了两次", f"{name} stands twice")
        found[name] = unescape(value)
    return found


def _pair(piece: str) -> tuple[str, str, str]:
    places = [place for place in map(piece.find, EQUALS) if place >= 0]
    if not places:
        return piece.strip(), "", ""
    at = min(places)
    return piece[:at].strip(), piece[at], piece[at + 1 :].strip()


def _words(descriptor: Any) -> Mapping[int, str]:
    return OF_ENUMS[descriptor.enum_type.full_name]


def _choice(descriptor: Any, text: str) -> int:
    word = unicodedata.normalize("NFKC", text).strip()
    words = _words(descriptor)
    for number, known in words.items():
        if word.upper() == known:
            return number
    listed = "、".join(words.values())
    raise CellProblem(f"“{text[:40]}”不在可选范围内", f"{text[:40]} is not one of the words", f"请填:{listed}", listed)


def _yes_no(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise CellProblem(f"“{text[:40]}”应为是或否", f"{text[:40]} must be yes or no", "请填“是”或“否”", "是 or 否")


def _number(text: str) -> int:
    word = unicodedata.normalize("NFKC", text).strip().removesuffix("个工作日").strip()
    if not word:
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", word):
        raise CellProblem(
            f"“{text[:40]}”应为数字", f"{text[:40]} must be a whole number", "请只填数字,不清楚的不填", "Digits only"
        )
    return int(word)


def _yuan(text: str) -> int:
    word = unicodedata.normalize("NFKC", text).strip().removesuffix("元").strip()
    if word in ("", "免费", "不收费"):
        return 0
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", word):
        raise CellProblem(
            f"“{text[:40]}”应为金额(元)", f"{text[:40]} must be an amount in yuan", "如 10 或 10.50", "10 or 10.50"
        )
    return int(Decimal(word) * 100)


def _code(column: Column, text: str) -> str:
    if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+", text):
        raise CellProblem(
            f"“{text}”被表格软件改成了数字,原来的编码已经丢失",
            f"{text} was turned into a number: the code itself is lost",
            "请把该列设为“文本”格式,重新输入编码",
            "Set the column to text and type the code again",
        )
    if column.field in ("item_code", "base_code"):
        word = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
        # What is not of the standard's length is a local code, kept as it is.
        return check_item_code(word).text if len(word) in _STANDARD else word
    return text


def _condition(text: str) -> directory_pb2.FieldCondition:
    name, mark, value = _pair(text)
    values = [unescape(each.strip()) for each in split(value, BARS)]
    if not mark or not name or not all(values):
        raise CellProblem(
            f"条件“{text.strip()[:40]}”应写作“字段=值1|值2”",
            f"write the condition {text.strip()[:40]} as field=value|value",
            "如 marital=已婚|离异 & moved=是",
            "Such as marital=已婚|离异 & moved=是",
        )
    return directory_pb2.FieldCondition(field=name, values=values)

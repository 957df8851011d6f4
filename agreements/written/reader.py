"""From the tree to the message: each key by the contract, each value by its field's type."""

from __future__ import annotations

import datetime as dt
import decimal
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from agreements.written import keys
from agreements.written.layout import Node, compose, is_nothing, line_of, refused
from tongban import errors
from tongban.v1 import agreement_pb2

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES: Final = {"是": True, "否": False}


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says, and where it says it."""

    document: agreement_pb2.AgreementDocument
    places: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By a field's path (`document.clauses[0].home`): its line and its name in the file."""

    def at_its_line(self, error: errors.TongbanError) -> errors.TongbanError:
        """A refusal that names a field of the document, with the line on which that field stands.

        A field that was left out is at the line of what it belongs to.
        """
        path = error.field
        while path not in self.places and "." in path:
            path = path[: max(path.rfind("."), path.rfind("["))]
        if not error.field.startswith("document") or path not in self.places:
            return error
        line, name = self.places[path]
        error.facts["field"] = f"第 {line} 行 {name}".rstrip()
        error.facts["line"] = str(line)
        error.facts["field_en"] = f"line {line} {name}".rstrip()
        return error


def read(raw: bytes) -> Written:
    """The document that a file writes, not checked as a whole; FieldInvalid with the line for what is not readable."""
    root = compose(raw)
    written = Written(agreement_pb2.AgreementDocument(), {})
    _message(root, written.document, "document", "", written.places)
    return written


def _message(node: Node, message: Message, path: str, name: str, places: dict[str, tuple[int, str]]) -> None:
    places[path] = line_of(node), name
    if not isinstance(node, yaml.MappingNode):
        wanted = "、".join(keys.key_of(each) for each in message.DESCRIPTOR.fields)
        raise refused(line_of(node), name, f"应为一组“键: 值”,可用的键:{wanted}", f"keys are expected: {wanted}")
    known = {keys.key_of(each): each for each in message.DESCRIPTOR.fields}
    seen: dict[str, int] = {}
    for key, value in node.value:
        word = key.value if isinstance(key, yaml.ScalarNode) else ""
        inner = f"{name}.{word}" if name else str(word)
        if word not in known:
            raise _unknown(key, word, name, known)
        if word in seen:
            raise refused(
                line_of(key),
                inner,
                f"第 {seen[word]} 行已写过此键,请删去一处",
                f"line {seen[word]} has it already",
            )
        seen[word] = line_of(key)
        if is_nothing(value):
            raise refused(line_of(key), inner, "没有填写;不需要时请删去这一行", "it is empty; remove the line")
        _field(value, message, known[word], f"{path}.{known[word].name}", inner, places)


def _field(node: Node, message: Message, field: Any, path: str, name: str, places: dict[str, tuple[int, str]]) -> None:
    places[path] = line_of(node), name
    if not field.is_repeated:
        _single(node, message, field, path, name, places)
        return
    if not isinstance(node, yaml.SequenceNode):
        raise refused(line_of(node), name, "应为列表,每项一行、以“- ”开头", "a list is expected")
    for place, each in enumerate(node.value):
        inner, called = f"{path}[{place}]", f"{name}[{place + 1}]"
        if is_nothing(each):
            raise refused(line_of(each), called, "没有填写;不需要时请删去这一行", "it is empty; remove the line")
        places[inner] = line_of(each), called
        if field.message_type is not None:
            _message(each, getattr(message, field.name).add(), inner, called, places)
        else:
            getattr(message, field.name).append(_value(each, field, called))


def _single(node: Node, message: Message, field: Any, path: str, name: str, places: dict[str, tuple[int, str]]) -> None:
    if field.message_type is None:
        setattr(message, field.name, _value(node, field, name))
    elif field.message_type.full_name == "google.type.Date":
        day = _day(node, name)
        target = getattr(message, field.name)
        target.year, target.month, target.day = day.year, day.month, day.day
    else:
        target = getattr(message, field.name)
        target.SetInParent()
        _message(node, target, path, name, places)


def _value(node: Node, field: Any, name: str) -> Any:
    text, line = _scalar(node, name), line_of(node)
    if keys.path_of(field) == keys.FEN:
        return _fen(text, line, name)
    match field.type:
        case FieldDescriptor.TYPE_ENUM:
            return _chosen(text, {word: value for value, word in keys.values_of(field).items()}, line, name)
        case FieldDescriptor.TYPE_BOOL:
            return _chosen(text, _YES, line, name)
        case FieldDescriptor.TYPE_BYTES:
            try:
                return bytes.fromhex(text)
            except ValueError:
                raise refused(line, name, "应为十六进制数字", "hexadecimal digits are expected") from None
        case FieldDescriptor.TYPE_STRING:
            words = {word: code for code, word in keys.texts_of(field).items()}
            prefix = keys.PREFIXES.get(keys.path_of(field), "")
            if prefix and text and not text.startswith(prefix):
                text = f"{prefix}{text}"
            return words.get(text, text)
        case _:
            if not _NUMBER.fullmatch(text):
                raise refused(line, name, f"应为整数,所填为“{text}”", f"a whole number is expected, not {text}")
            return int(text)


def _scalar(node: Node, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise refused(line_of(node), name, "应为一个值,不是列表或一组键", "one value is expected, no list and no keys")
    return str(node.value)


def _chosen(text: str, words: dict[str, Any], line: int, name: str) -> Any:
    if text not in words:
        allowed = "、".join(words)
        raise refused(line, name, f"“{text}”不在可选值中,可填:{allowed}", f"{text} is not one of {allowed}")
    return words[text]


def _fen(text: str, line: int, name: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise refused(line, name, "应为以元计的金额,如 12.50", "an amount in yuan is expected, such as 12.50")
    return int(decimal.Decimal(text) * 100)


def _day(node: Node, name: str) -> dt.date:
    text = _scalar(node, name)
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise refused(
        line_of(node),
        name,
        f"应为公历日期,如 2026-01-31,所填为“{text}”",
        f"{text} is no day such as 2026-01-31",
    )


def _unknown(key: Node, word: str, name: str, known: Iterable[str]) -> errors.FieldInvalid:
    close = difflib.get_close_matches(word, list(known), 1, 0.4)
    listed = "、".join(known)
    hint, hint_en = (f"是否应为“{close[0]}”?", f" Did you mean {close[0]}?") if close else ("", "")
    return refused(
        line_of(key),
        name,
        f"没有“{word}”这个键。{hint}可用的键:{listed}",
        f"there is no key {word}.{hint_en} Known keys: {listed}",
    )

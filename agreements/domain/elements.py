"""The elements of an item, as a list that is data: what is compared between versions, and between regions.

五级十五同 speaks of fifteen elements and the sources do not list them, so the program holds no such list.  It reads one
(`agreements/data/elements.yaml`, or an operator's own file): each element names a field of the item's document, the
parts of a list's entries that count, and whether it shall be equal wherever an item has the same base code.

`lines` turns an element of a document into words, one line an entry.  The lines are what is shown, and equal lines are
equal elements: so nobody is told of a difference that cannot be seen, and none that can be seen goes untold.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from google.protobuf.descriptor import FieldDescriptor

from agreements.domain.item_words import OF_ENUMS
from tongban.errors import ConfigurationInvalid
from tongban.v1 import directory_pb2

SCHEMA: Final = "tongban.elements/1"
_NAME: Final = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class Element:
    """One element; `parts` are the fields of an entry that count, with their labels."""

    name: str
    zh: str
    en: str
    field: str
    same: bool
    ordered: bool
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """An element that two documents have differently: the lines that only one of them has."""

    element: Element
    before: tuple[str, ...]
    after: tuple[str, ...]


def parse_elements(raw: bytes, file: str = "elements.yaml") -> tuple[Element, ...]:
    """The elements of a file; ConfigurationInvalid names what is wrong."""
    try:
        top = yaml.safe_load(raw)
    except (yaml.YAMLError, ValueError):
        raise ConfigurationInvalid(field=file, problem="不是有效的 YAML (not valid YAML)") from None
    if not isinstance(top, dict) or top.get("schema") != SCHEMA or not isinstance(top.get("elements"), list):
        raise ConfigurationInvalid(field=f"{file}: schema", problem=f"应为 {SCHEMA} ({SCHEMA} is expected)")
    found = tuple(_element(each, f"{file}: elements[{place}]") for place, each in enumerate(top["elements"]))
    names = [each.name for each in found]
    if len(set(names)) != len(names):
        raise ConfigurationInvalid(field=f"{file}: elements", problem="要素重名 (two elements have the same name)")
    return found


def lines(document: directory_pb2.ItemDocument, element: Element) -> tuple[str, ...]:
    """The element in words, one line an entry; none where it is not filled in."""
    descriptor: Any = document.DESCRIPTOR.fields_by_name[element.field]
    value = getattr(document, element.field)
    if not descriptor.is_repeated:
        return (_word(descriptor, value),) if value else ()
    shown = [_entry(descriptor, each, element.parts) for each in value]
    return tuple(shown if element.ordered else sorted(shown))


def differences(
    before: directory_pb2.ItemDocument, after: directory_pb2.ItemDocument, elements: Sequence[Element]
) -> tuple[Difference, ...]:
    """What changed from one document to the next, in the order of the elements."""
    found = []
    for each in elements:
        old, new = lines(before, each), lines(after, each)
        if old == new:
            continue
        gone, come = tuple(x for x in old if x not in new), tuple(x for x in new if x not in old)
        # Where the same lines only stand in another order, or more often, all of them are shown.
        found.append(Difference(each, gone, come) if gone or come else Difference(each, old, new))
    return tuple(found)


def _element(fields: Any, where: str) -> Element:
    if not isinstance(fields, dict):
        raise ConfigurationInvalid(field=where, problem="应为一组字段 (a record is expected)")
    known = {"name", "zh", "en", "field", "same", "ordered", "parts"}
    for key in fields:
        if key not in known:
            raise ConfigurationInvalid(field=f"{where}.{key}", problem="不认识此项 (not a field of an element)")
    texts = [fields.get(key) for key in ("name", "zh", "en", "field")]
    flags = [fields.get("same", False), fields.get("ordered", False)]
    if not all(isinstance(text, str) and text for text in texts) or not all(isinstance(flag, bool) for flag in flags):
        raise ConfigurationInvalid(field=where, problem="缺少名称或字段 (a name, its words or its field is missing)")
    name, zh, en, field = (str(text) for text in texts)
    descriptor: Any = directory_pb2.ItemDocument.DESCRIPTOR.fields_by_name.get(field)
    if descriptor is None or not _NAME.fullmatch(name):
        raise ConfigurationInvalid(field=f"{where}.field", problem=f"事项没有 {field} (an item has no such field)")
    parts = fields.get("parts", {})
    inner = descriptor.message_type.fields_by_name if descriptor.message_type is not None else {}
    if not isinstance(parts, dict) or bool(parts) != bool(inner) or not set(parts) <= set(inner):
        raise ConfigurationInvalid(
            field=f"{where}.parts", problem="应为该字段各部分的名称 (the parts of the field, each with its label)"
        )
    labels = tuple((str(part), str(label)) for part, label in parts.items())
    return Element(name, zh, en, field, flags[0], flags[1], labels)


def _entry(descriptor: FieldDescriptor, value: Any, parts: Sequence[tuple[str, str]]) -> str:
    if descriptor.message_type is None:
        return _word(descriptor, value)
    found: Mapping[str, FieldDescriptor] = descriptor.message_type.fields_by_name
    shown = [(label, _part(found[part], getattr(value, part))) for part, label in parts]
    return ";".join(f"{label}:{word}" for label, word in shown if word)


def _part(descriptor: FieldDescriptor, value: Any) -> str:
    if descriptor.is_repeated:
        shown = (_condition(each) if descriptor.message_type is not None else _word(descriptor, each) for each in value)
        return "、".join(sorted(shown))
    return _word(descriptor, value) if value or descriptor.type == FieldDescriptor.TYPE_BOOL else ""


def _condition(value: directory_pb2.FieldCondition) -> str:
    """The one message within an entry of a list."""
    return f"{value.field}={'|'.join(sorted(value.values))}"


def _word(descriptor: FieldDescriptor, value: Any) -> str:
    if descriptor.enum_type is not None:
        return OF_ENUMS[descriptor.enum_type.full_name].get(value, str(value))
    if descriptor.type == FieldDescriptor.TYPE_BOOL:
        return "是" if value else "否"
    return _normal(str(value))


@functools.lru_cache(maxsize=20_000)
def _normal(text: str) -> str:
    """Spaces and full-width letters are no difference that anybody means."""
    return " ".join(unicodedata.normalize("NFKC", text).split())

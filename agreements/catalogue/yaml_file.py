"""A list of items as YAML, in the contract's own names; an item is whole, and what it does not name is empty.

Read without ever making an object of what a file says: the nodes are walked beside the contract's descriptors, so every
problem has its line, and a number where a text belongs is told instead of guessed at (a code without quotation marks
loses its zeros).  Aliases are refused (a few lines of them unfold to gigabytes), and so is depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import yaml
from google.protobuf.descriptor import FieldDescriptor

from agreements.catalogue.report import Entry, Place, Problem, Reading
from agreements.catalogue.tables import MAX_ITEMS, code_of
from agreements.domain.item_words import OF_ENUMS
from tongban import errors
from tongban.ids import item_name
from tongban.v1 import directory_pb2

SCHEMA: Final = "tongban.catalogue/1"
MAX_DEPTH: Final = 12
MAX_DIGITS: Final = 10
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TAGS: Final = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:bool": "yes-no",
    "tag:yaml.org,2002:null": "empty",
}
_LEFT_OUT: Final = frozenset({"name", "home"})


def write_yaml(documents: Iterable[directory_pb2.ItemDocument]) -> bytes:
    """The file."""
    items = [{"code": code_of(each), **_plain(each, _LEFT_OUT)} for each in documents]
    top = {"schema": SCHEMA, "items": items}
    text: str = yaml.dump(top, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text.encode("utf-8")


def read_yaml(raw: bytes, home: str) -> Reading:
    """What the file holds."""
    reading = Reading()
    try:
        _check_events(raw)
        top = yaml.compose(raw, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, _Refused) as error:
        said = f"{error}".splitlines()[0][:200] if f"{error}" else type(error).__name__
        mark = getattr(error, "problem_mark", None)
        at = f"第 {mark.line + 1} 行" if mark is not None else ""
        return reading.of_file(f"不是可用的 YAML:{at}{said}", f"no YAML that can be taken: {said}")
    fields = _fields(top)
    schema, items = fields.get("schema"), fields.get("items")
    if not isinstance(schema, yaml.ScalarNode) or schema.value != SCHEMA:
        return reading.of_file(f"开头应有 schema: {SCHEMA}", f"it must say schema: {SCHEMA}")
    if not isinstance(items, yaml.SequenceNode):
        return reading.of_file("items 应为列表", "items must be a list")
    if len(items.value) > MAX_ITEMS:
        return reading.of_file(f"超过 {MAX_ITEMS} 个事项", f"over {MAX_ITEMS} items")
    seen: dict[str, int] = {}
    for node in items.value:
        _Item(home, node, reading, seen).read()
    return reading


class _Refused(Exception):
    """What is good YAML, and not taken."""


def _check_events(raw: bytes) -> None:
    depth = 0
    for event in yaml.parse(raw, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused("不收锚点和别名 (anchors and aliases are not taken)")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Refused("嵌套过深 (nested too deep)")


def _fields(node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


class _Item:
    """One item being read."""

    def __init__(self, home: str, node: Any, reading: Reading, seen: dict[str, int]) -> None:
        self._home = home
        self._node = node
        self._reading = reading
        self._seen = seen
        self._places: dict[str, Place] = {}
        self._code = ""
        self._broken = False

    def read(self) -> None:
        """Hand it over, or say what is wrong."""
        place = Place(_line(self._node))
        if not isinstance(self._node, yaml.MappingNode):
            self._wrong(self._node, "", "每个事项应为一组字段", "each item must be a mapping")
            return
        named = _fields(self._node).get("code")
        self._code = named.value if isinstance(named, yaml.ScalarNode) else ""
        document = directory_pb2.ItemDocument(home=self._home)
        try:
            document.name = item_name(self._home.removeprefix("nodes/"), self._code)
        except errors.TongbanError as error:
            self._wrong(named or self._node, "code", error.text("zh"), error.text("en"))
        if self._code in self._seen:
            first = self._seen[self._code]
            self._wrong(named, "code", f"此事项在第 {first} 行已有,本处未取", f"it stands on line {first} already")
            return
        self._seen[self._code] = place.row
        self._message(document, self._node, "", skip=frozenset({"code"}))
        if not self._broken:
            self._reading.entries.append(Entry(self._code, place, document, places=self._places))

    def _message(self, message: Any, node: Any, path: str, skip: frozenset[str] = frozenset()) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, path, "应为一组字段", "a mapping is expected")
            return
        known = {each.name: each for each in message.DESCRIPTOR.fields if path or each.name not in _LEFT_OUT}
        taken: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            where = f"{path}.{name}" if path else name
            if name in taken:
                self._wrong(key, where, f"“{name[:40]}”写了两次", f"{name[:40]} stands twice")
            elif name in known:
                self._places[where] = Place(_line(value), column=where)
                self._field(message, known[name], value, where)
            elif name not in skip:
                self._wrong(key, where, f"没有“{name[:40]}”这一项", f"there is no field {name[:40]}")
            taken.add(name)

    def _field(self, message: Any, field: Any, node: Any, path: str) -> None:
        if _kind(node) == "empty":
            return
        if not field.is_repeated:
            value = self._scalar(field, node, path)
            if value is not None:
                setattr(message, field.name, value)
            return
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, path, "应为列表", "a list is expected")
            return
        for place, each in enumerate(node.value):
            where = f"{path}[{place}]"
            self._places[where] = Place(_line(each), column=where)
            if field.message_type is not None:
                self._message(getattr(message, field.name).add(), each, where)
            elif (value := self._scalar(field, each, where)) is not None:
                getattr(message, field.name).append(value)

    def _scalar(self, field: Any, node: Any, path: str) -> Any:
        kind = _kind(node)
        if field.enum_type is not None:
            return self._choice(field, node, path)
        if field.type == FieldDescriptor.TYPE_STRING:
            if kind == "text":
                return node.value
            self._wrong(node, path, "应为文字;编码等请加引号", "a text is expected; put codes in quotation marks")
        elif field.type == FieldDescriptor.TYPE_BOOL:
            if kind == "yes-no":
                return node.value.lower() in ("true", "yes", "on")
            self._wrong(node, path, "应为 true 或 false", "true or false is expected")
        else:
            if kind == "number" and node.value.isascii() and node.value.isdecimal() and len(node.value) <= MAX_DIGITS:
                return int(node.value)
            self._wrong(node, path, "应为非负整数", "a whole number is expected")
        return None

    def _choice(self, field: Any, node: Any, path: str) -> int | None:
        word = node.value if isinstance(node, yaml.ScalarNode) else ""
        found = {_word(field, number): number for number in OF_ENUMS[field.enum_type.full_name]}
        found |= {zh: number for number, zh in OF_ENUMS[field.enum_type.full_name].items()}
        if word not in found:
            listed = ", ".join(each for each in found if each.isascii())
            self._wrong(node, path, f"“{word[:40]}”应为其中之一:{listed}", f"one of {listed} is expected")
        return found.get(word)

    def _wrong(self, node: Any, path: str, zh: str, en: str) -> None:
        self._broken = True
        self._reading.problems.append(Problem(Place(_line(node), column=path), self._code, zh, en))


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1 if node is not None else 0


def _kind(node: Any) -> str:
    return _TAGS.get(node.tag, "") if isinstance(node, yaml.ScalarNode) else ""


def _word(field: Any, number: int) -> str:
    """An enumeration's value as YAML has it: its name in the contract, without what all of them begin with."""
    values = field.enum_type.values_by_number
    return str(values[number].name).removeprefix(str(values[0].name).removesuffix("UNSPECIFIED")).lower()


def _plain(message: Any, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.name not in left_out:
            found[field.name] = [_value(field, each) for each in value] if field.is_repeated else _value(field, value)
    return found


def _value(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _plain(value)
    return _word(field, value) if field.enum_type is not None else value

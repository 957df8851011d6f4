"""What differs between two texts of an agreement, as people compare them: clause by clause, field by field.

Things that have a name of their own are matched by it: parties and contacts by their node, clauses and pools by their
id, promised limits by their step, fees by their title; so a clause that moved up the page is not a clause that was
struck out and another that was added.  A list of names (items, nodes, modes) is told by what was added and removed;
where nothing was, and the order or the count differs, by that.  A free text is told with both its wordings.

Promised: there is no difference exactly where the two messages are equal, and every field that differs is named by
its path in the contract.  That holds for fields that a later contract adds, too, because the comparison walks the
descriptors; such a field is told by its name until it is given a word here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from agreements.domain.difference_words import FIELDS, THINGS, value_en, value_zh
from tongban.v1 import agreement_pb2

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {"Party": "node", "Contact": "node", "Clause": "id", "ItemPool": "id", "StepLimit": "step", "FeeTerms": "title"}
)
"""What names a thing within its list."""

_DATES: Final = frozenset({"google.type.Date", "google.protobuf.Timestamp"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its path in the contract, and the sentence for people."""

    path: str
    zh: str
    en: str


def difference(old: agreement_pb2.AgreementDocument, new: agreement_pb2.AgreementDocument) -> tuple[Change, ...]:
    """Every difference, in the contract's order; none where the two are equal."""
    return tuple(_message(old, new, _Place("", "", "")))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are: the path, and how people call it."""

    path: str
    zh: str
    en: str

    def of(self, field: Any) -> _Place:
        words = FIELDS.get(f"{field.containing_type.name}.{field.name}", (field.name, field.name.replace("_", " ")))
        path = f"{self.path}.{field.name}" if self.path else field.name
        return _Place(path, f"{self.zh}{words[0]}", f"{self.en}{words[1]}")

    def at(self, thing: str, key: object, zh: str, en: str) -> _Place:
        words = THINGS.get(thing, (thing, thing))
        return _Place(f"{self.path}[{key}]", f"{words[0]} {zh} ", f"{words[1]} {en}: ")

    def within(self) -> _Place:
        return _Place(self.path, f"{self.zh}的", f"{self.en}: ")

    def say(self, zh: str, en: str) -> Change:
        return Change(self.path, f"{self.zh}{zh}", f"{self.en}{en}")


def _message(old: Message, new: Message, place: _Place) -> Iterator[Change]:
    for field in old.DESCRIPTOR.fields:
        here = place.of(field)
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.is_repeated:
            yield from _list(field, list(before), list(after), here)
        elif field.message_type is None:
            if before != after:
                yield _changed(field, before, after, here)
        else:
            yield from _single(field, old, new, here)
    if old.DESCRIPTOR.fields and _unknown_differs(old, new):
        yield place.say("有本版本不认识的内容不同", "what this version does not know differs")


def _single(field: Any, old: Message, new: Message, here: _Place) -> Iterator[Change]:
    had, has = old.HasField(field.name), new.HasField(field.name)
    before, after = getattr(old, field.name), getattr(new, field.name)
    if had != has:
        given = (value_zh(field, after), value_en(field, after)) if has else ("", "")
        yield here.say(f":增加 {given[0]}", f": added {given[1]}") if has else here.say(":取消", ": removed")
    elif before != after and field.message_type.full_name in _DATES:
        yield _changed(field, before, after, here)
    elif before != after:
        yield from _message(before, after, here.within())


def _changed(field: Any, before: Any, after: Any, here: _Place) -> Change:
    return here.say(
        f":由「{value_zh(field, before)}」改为「{value_zh(field, after)}」",
        f": from “{value_en(field, before)}” to “{value_en(field, after)}”",
    )


def _list(field: Any, before: Sequence[Any], after: Sequence[Any], here: _Place) -> Iterator[Change]:
    if before == after:
        return
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        yield from _things(field, before, after, here)
        return
    removed, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    for count, zh, en in ((removed, "删去", "removed"), (added, "增加", "added")):
        if count:
            values = list(count.elements())
            yield here.say(
                f":{zh} {len(values)} 项:{'、'.join(value_zh(field, each) for each in values)}",
                f": {en} {len(values)}: {', '.join(value_en(field, each) for each in values)}",
            )
    if not removed and not added:
        yield here.say(":仅次序不同", ": in another order")


def _things(field: Any, before: Sequence[Message], after: Sequence[Message], here: _Place) -> Iterator[Change]:
    kind = field.message_type.name
    old, new = _by_key(kind, before), _by_key(kind, after)
    for key in [*old, *(each for each in new if each not in old)]:
        first, second = old.get(key), new.get(key)
        named = field.message_type.fields_by_name.get(KEYS.get(kind, ""))
        zh, en = (value_zh(named, key[0]), value_en(named, key[0])) if named is not None else (str(key[1]), str(key[1]))
        place = here.at(kind, f"{key[0]}#{key[1]}" if key[1] else key[0], zh, en)
        if second is None:
            yield place.say("删去", "removed")
        elif first is None:
            yield place.say(f"增加:{value_zh(field, second)}", f"added: {value_en(field, second)}")
        elif first != second:
            yield from _message(first, second, place)
    if list(old) != list(new) and [key for key in old if key in new] != [key for key in new if key in old]:
        yield here.say(":次序不同", ": in another order")


def _by_key(kind: str, things: Sequence[Message]) -> dict[tuple[Any, int], Message]:
    """Things by their name; one whose name occurs again gets its place among those of the name."""
    seen: Counter[Any] = Counter()
    found = {}
    for thing in things:
        name = getattr(thing, KEYS[kind]) if kind in KEYS else kind
        found[name, seen[name]] = thing
        seen[name] += 1
    return found


def _unknown_differs(old: Message, new: Message) -> bool:
    return _unknown(old) != _unknown(new)


def _unknown(message: Message) -> bytes:
    """The bytes of a message's own unknown fields: what remains when every known one is taken away."""
    if not message.ByteSize():
        return b""
    rest = type(message)()
    rest.CopyFrom(message)
    for field in message.DESCRIPTOR.fields:
        rest.ClearField(field.name)
    return rest.SerializeToString()

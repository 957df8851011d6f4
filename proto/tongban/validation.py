"""Checks a message against the field rules of the contract, and for fields that this version does not know.

The rules are protovalidate's annotations in the `.proto` files, so any language checks the same; nothing is
restated here.  One `Validator` serves the process: it compiles the rules of a message type on first use (tens of
milliseconds) and then takes about 30 µs for an event, which matters on the gateway's hot path.  `prepare` pays
for the compiling at start, so that no caller's first request does.

A message that fails raises `FieldInvalid` for the first field at fault, with its dotted path and a sentence in
both languages (`validation_words`); `violations` tells all of them, for a form that marks every field.

Unknown fields: the `Window`, `Approval` and `Mailroom` services refuse them (`refuse_unknown`), because what is
silently dropped there was typed by somebody.  Events keep theirs, so that an older node passes on what a newer
one wrote, up to a bound (`bounded_unknown`).  Whether there are any is asked by dropping them from a copy and
comparing sizes, all in C; only then is the tree walked to name the path and tags.

What can go wrong: a hostile message with ten thousand broken fields. Everything that is repeated into an error
is bounded, and `status` bounds it again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import protovalidate
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

from tongban.errors import FieldInvalid, FieldsUnknown, TongbanError
from tongban.validation_words import explain

MAX_EVENT_UNKNOWN = 4096
_MAX_VIOLATIONS = 64
_MAX_KEY = 40
_MAX_TAGS = 8
# 1970 to 9989: what every language's calendar holds, with room for what is counted from it or shown in another zone.
_FIRST_SECOND, _LAST_SECOND = 0, 253_086_767_999

_validator = protovalidate.Validator()


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field at fault: its dotted path, the rule's id, and what is wrong in both languages."""

    field: str
    rule: str
    zh: str
    en: str

    def error(self) -> FieldInvalid:
        """The problem as an error."""
        return FieldInvalid(field=self.field, problem=self.zh, problem_en=self.en, rule=self.rule)


def check(message: Message, *, where: str = "", refuse_unknown: bool = False) -> None:
    """Raise unless `message` keeps the contract's rules; `where` is the path that leads to it."""
    # The first is enough here, and stopping at it bounds what a hostile message costs.
    found = _validator.collect_violations(message, fail_fast=True)
    if found:
        raise _problem(found[0], where).error()
    _check_times(message, where)
    if refuse_unknown and unknown_bytes(message):
        raise _unknown(message, where)


def _check_times(message: Message, where: str) -> None:
    """Every point in time is one of the calendar: protobuf lets any number of seconds through, and no rule says so."""
    for descriptor in _leading_to_times(message.DESCRIPTOR):
        path = f"{where}.{descriptor.name}" if where else descriptor.name
        value = getattr(message, descriptor.name)
        if not descriptor.is_repeated:
            children = [("", value)] if message.HasField(descriptor.name) else []
        else:
            children = list(_children(descriptor, value))
        for suffix, child in children:
            if not isinstance(child, Timestamp):
                _check_times(child, path + suffix)
            elif not (_FIRST_SECOND <= child.seconds <= _LAST_SECOND and 0 <= child.nanos < 1_000_000_000):
                raise FieldInvalid(
                    field=path + suffix, problem="不是日历上的时刻", problem_en="it is not a moment of the calendar"
                )


@functools.cache
def _leading_to_times(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """The fields of a message type through which a Timestamp is reached."""
    return tuple(f for f in descriptor.fields if f.message_type is not None and _has_times(f.message_type, ()))


def _has_times(descriptor: Descriptor, above: tuple[str, ...]) -> bool:
    if descriptor.full_name == Timestamp.DESCRIPTOR.full_name:
        return True
    if descriptor.full_name in above:
        return False
    below = (*above, descriptor.full_name)
    return any(f.message_type is not None and _has_times(f.message_type, below) for f in descriptor.fields)


def holds(message: Message) -> bool:
    """Whether `message` keeps the contract's rules; one look at a frame is cheaper than one at each event in it."""
    return not _validator.collect_violations(message, fail_fast=True)


def violations(message: Message, *, where: str = "") -> list[FieldProblem]:
    """Every field at fault, in the message's order; at most 64."""
    return [_problem(found, where) for found in _validator.collect_violations(message)[:_MAX_VIOLATIONS]]


def unknown_bytes(message: Message) -> int:
    """How many bytes shorter the message is without the fields that are unknown here, at any depth."""
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return message.ByteSize() - known.ByteSize()


def bounded_unknown(message: Message, max_bytes: int = MAX_EVENT_UNKNOWN, *, where: str = "") -> int:
    """The size of the unknown fields, which are kept; raise where they exceed `max_bytes`."""
    size = unknown_bytes(message)
    if size > max_bytes:
        raise _unknown(message, where, size=size, limit=max_bytes)
    return size


def prepare(*types: type[Message]) -> None:
    """Compile the rules of these message types now, rather than on somebody's first request."""
    for cls in types:
        _validator.collect_violations(cls(), fail_fast=True)


def _problem(violation: protovalidate.Violation, where: str) -> FieldProblem:
    proto = violation.proto
    rule, message = proto.rule_id, proto.message
    path = where
    for element in proto.field.elements if proto.field is not None else ():
        path = f"{path}.{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            key = element.subscript.value
            path += f"[{key}]" if not isinstance(key, str) else f"[{_short(key)}]"
    value = violation.field_value
    empty = value is None or (not isinstance(value, Message) and not value)
    zh, en = explain(rule, message, pattern=str(violation.rule_value or ""), empty=empty)
    if proto.for_key:
        zh, en = f"键{zh}", f"for its key, {en}"
    return FieldProblem(path or "message", rule, zh, en)


def _short(key: str) -> str:
    return key if len(key) <= _MAX_KEY else key[: _MAX_KEY - 1] + "…"


def _unknown(message: Message, where: str, **facts: int) -> TongbanError:
    for path, tags in _walk(message, where):
        shown = ", ".join(str(tag) for tag in sorted(tags)[:_MAX_TAGS])
        return FieldsUnknown(field=path or "message", tags=shown, **facts)
    # Sizes differ and no tag is found: a map entry's own unknown fields, which only the wire holds.
    return FieldsUnknown(field=where or "message", tags="?", **facts)


def _walk(message: Message, path: str) -> Iterator[tuple[str, set[int]]]:
    """Each message within `message` that holds unknown fields, with their tags. Depth is bounded by the parser."""
    unknown = UnknownFieldSet(message)
    if len(unknown):
        yield path, {unknown[index].field_number for index in range(len(unknown))}
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        inner = f"{path}.{descriptor.name}" if path else descriptor.name
        for suffix, child in _children(descriptor, value):
            yield from _walk(child, inner + suffix)


def _children(descriptor: FieldDescriptor, value: object) -> Iterable[tuple[str, Message]]:
    if isinstance(value, Message):
        return [("", value)]
    if isinstance(value, Mapping):
        return [(f"[{_short(str(key))}]", child) for key, child in value.items() if isinstance(child, Message)]
    assert isinstance(value, Iterable), descriptor.full_name
    return [(f"[{index}]", child) for index, child in enumerate(value) if isinstance(child, Message)]

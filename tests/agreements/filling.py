"""Messages of the contract with every field filled, and each way in which one field can be another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tongban.v1 import agreement_pb2

NAMES = {"node", "home", "issuer", "coordinator", "keeper", "answers", "partner", "proposer"}
LISTS = {"accepting": "nodes/", "collecting": "nodes/", "printing": "nodes/", "items": "items/"}


def full_document() -> agreement_pb2.AgreementDocument:
    """A document with something in every field, at every depth."""
    document = agreement_pb2.AgreementDocument()
    fill(document, "x")
    document.name = "agreements/one"
    return document


def fill(message: Message, mark: str, depth: int = 0) -> None:
    """Something in every field; `mark` makes texts differ."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            target = getattr(message, field.name)
            fill(target.add() if field.is_repeated else target, f"{mark}{field.number}", depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).append(value_of(field, mark))
        else:
            setattr(message, field.name, value_of(field, mark))
    if message.DESCRIPTOR.name == "Date":
        message.year, message.month, message.day = 2026, 5, 7  # type: ignore[attr-defined]
    if message.DESCRIPTOR.name == "Timestamp":
        message.seconds, message.nanos = 1_780_000_000, 0  # type: ignore[attr-defined]


def value_of(field: Any, mark: str, step: int = 0) -> Any:
    """A value of a field; another for another step."""
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            prefix = "nodes/" if field.name in NAMES else LISTS.get(field.name, "")
            return f"{prefix}{mark}{field.number}{'abc'[step]}"
        case FieldDescriptor.TYPE_BYTES:
            return bytes([field.number, step] * 16)
        case FieldDescriptor.TYPE_BOOL:
            return step % 2 == 0
        case FieldDescriptor.TYPE_ENUM:
            return field.enum_type.values[1 + step % (len(field.enum_type.values) - 1)].number
        case _:
            return 11 + step


def variants(message: Message, path: str = "") -> Iterator[tuple[str, Message]]:
    """Each way in which one field is another: changed, taken away, added to, in another order."""
    for field in message.DESCRIPTOR.fields:
        where = f"{path}.{field.name}" if path else field.name
        for what, changed in _of_field(message, field):
            if changed != message:
                yield f"{where} {what}", changed
        if field.message_type is None or field.message_type.name in ("Date", "Timestamp"):
            continue
        held = getattr(message, field.name)
        for place, inner in enumerate(held if field.is_repeated else [held]):
            for where_inner, changed_inner in variants(inner, f"{where}[{place}]" if field.is_repeated else where):
                made = _copy(message)
                target = getattr(made, field.name)
                (target[place] if field.is_repeated else target).CopyFrom(changed_inner)
                yield where_inner, made


def _of_field(message: Message, field: Any) -> Iterator[tuple[str, Message]]:
    cleared = _copy(message)
    cleared.ClearField(field.name)
    yield "taken away", cleared
    changed = _copy(message)
    held = getattr(changed, field.name)
    if field.is_repeated and field.message_type is not None:
        fill(held.add(), "y")
        yield "added to", changed
        swapped = _copy(changed)
        elements = [_copy(each) for each in getattr(swapped, field.name)]
        swapped.ClearField(field.name)
        getattr(swapped, field.name).extend(reversed(elements))
        yield "put first", swapped
    elif field.is_repeated:
        held.append(value_of(field, "y", 1))
        yield "added to", changed
        replaced = _copy(message)
        replaced.ClearField(field.name)
        getattr(replaced, field.name).append(value_of(field, "z", 2))
        yield "replaced", replaced
    elif field.message_type is None:
        setattr(changed, field.name, value_of(field, "y", 1))
        yield "changed", changed
    elif field.message_type.name == "Date":
        held.day = 9
        yield "changed", changed
    elif field.message_type.name == "Timestamp":
        held.seconds += 3600
        yield "changed", changed


def _copy(message: Message) -> Message:
    made = type(message)()
    made.CopyFrom(message)
    return made

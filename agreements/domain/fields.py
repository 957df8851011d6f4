"""What the contract alone can say against a message: fields nobody knows, and field rules that are broken.

A text that parties sign must hold nothing that a reader would miss, so unknown fields are refused at every depth,
with the path where they stand.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import protovalidate
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from tongban import errors


def check_fields(message: Message, field: str) -> None:
    """FieldsUnknown or FieldInvalid for the first thing wrong; `field` is where the message stands."""
    for path, tags in unknown_fields(message, field):
        raise errors.FieldsUnknown(field=path, tags=", ".join(map(str, tags)))
    for violation in _validator().collect_violations(message):
        where = violation.proto.field
        path = ".".join([field, *(_element(each) for each in where.elements)]) if where is not None else field
        rule = violation.proto.message
        raise errors.FieldInvalid(field=path, problem=f"不符合字段规则({rule})", problem_en=rule)


def unknown_fields(message: Message, path: str) -> Iterator[tuple[str, list[int]]]:
    """Each place that carries unknown fields, with their numbers."""
    found = UnknownFieldSet(message)
    tags = sorted({found[place].field_number for place in range(len(found))})
    if tags:
        yield path, tags
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if descriptor.is_repeated:
            for place, each in enumerate(value):
                yield from unknown_fields(each, f"{path}.{descriptor.name}[{place}]")
        else:
            yield from unknown_fields(value, f"{path}.{descriptor.name}")


@functools.cache
def _validator() -> protovalidate.Validator:
    # It compiles each message's rules once and keeps them.
    return protovalidate.Validator()


def _element(element: Any) -> str:
    # Lists are the only thing in the contract that a path goes into by a subscript; it has no maps.
    place = f"[{element.subscript.value}]" if element.subscript is not None else ""
    return f"{element.field_name}{place}"

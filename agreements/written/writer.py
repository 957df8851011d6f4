"""From the message to YAML that people read: the contract's order, Chinese keys and words, what is empty left out."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import yaml
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from agreements.written import keys
from tongban.v1 import agreement_pb2

_FIRST: Final = ("name", "document_version", "title", "kind", "issuer", "parties", "effective_date", "expire_date")
_LAST: Final = ("pools", "clauses", "contacts", "open_questions", "source")
_WIDTH: Final = 110


class _Dumper(yaml.SafeDumper):
    """No aliases; a text of several lines stands as it is where YAML can show it so."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class _Bare(str):
    """A word that needs no quotes: a date or a number of ours."""

    __slots__ = ()


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # What cannot be seen is escaped: some line breaks of Unicode do not survive any other style.
    seen = all(char == "\n" or char.isprintable() for char in text)
    style = ("|" if "\n" in text else None) if seen else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _bare(dumper: yaml.SafeDumper, text: _Bare) -> yaml.ScalarNode:
    node = dumper.represent_scalar("tag:yaml.org,2002:str", str(text))
    # The reader takes every value by its field's type; quotes would only be in the way of a person.
    node.tag = dumper.resolve(yaml.ScalarNode, str(text), (True, False))  # type: ignore[no-untyped-call] # its stubs lack it
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Bare, _bare)


def write(document: agreement_pb2.AgreementDocument) -> str:
    """The document as a file that `read` reads as the same document."""
    return str(
        yaml.dump(_message(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, indent=2)
    )


def _message(message: Message) -> dict[str, Any]:
    return {keys.key_of(field): _value(message, field) for field in _in_order(message) if _is_written(message, field)}


def _in_order(message: Message) -> list[Any]:
    """The contract's order; of the whole, what a reader asks first comes first, and the clauses follow the rest."""
    fields = list(message.DESCRIPTOR.fields)
    if message.DESCRIPTOR.name != "AgreementDocument":
        return fields
    places = {name: place - len(_FIRST) for place, name in enumerate(_FIRST)}
    places |= {name: place + len(fields) + 1 for place, name in enumerate(_LAST)}
    return sorted(fields, key=lambda field: places.get(field.name, field.number))


def _is_written(message: Message, field: Any) -> bool:
    held = getattr(message, field.name)
    if field.is_repeated or field.message_type is None:
        return bool(held)
    return message.HasField(field.name)


def _value(message: Message, field: Any) -> Any:
    held = getattr(message, field.name)
    return [_one(field, each) for each in held] if field.is_repeated else _one(field, held)


def _one(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        if field.message_type.full_name == "google.type.Date":
            return _Bare(dt.date(value.year, value.month, value.day).isoformat())
        return _message(value)
    if keys.path_of(field) == keys.FEN:
        return _Bare(f"{value // 100}.{value % 100:02}")
    match field.type:
        case FieldDescriptor.TYPE_ENUM:
            return keys.values_of(field)[value]
        case FieldDescriptor.TYPE_BOOL:
            return "是" if value else "否"
        case FieldDescriptor.TYPE_BYTES:
            return value.hex()
        case FieldDescriptor.TYPE_STRING:
            known = keys.texts_of(field)
            if value in known.values():  # A code that is another one's word would be read as that.
                raise ValueError(f"{keys.path_of(field)} holds {value}, which is a word and no code")
            text = str(known.get(value, value)).removeprefix(keys.PREFIXES.get(keys.path_of(field), ""))
            return _Bare(text) if text.isascii() and text.isdigit() and text else text
        case _:
            return _Bare(str(value))

"""Reading one record of a data file field by field, so that an error names file, record and field."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import yaml

from agreements.seed_records import Source
from tongban.errors import ConfigurationInvalid

Choice = TypeVar("Choice", bound=enum.StrEnum)
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster


def problem(file: str, where: str, zh: str, en: str) -> ConfigurationInvalid:
    """The error for one place of one file."""
    return ConfigurationInvalid(field=f"{file}: {where}", problem=f"{zh} ({en})")


def load(raw: bytes, file: str, schema: str) -> Mapping[str, object]:
    """The top level of a data file, when it is of the schema that this program reads."""
    try:
        top = yaml.load(raw, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
    except (yaml.YAMLError, ValueError) as error:
        raise problem(file, "(file)", "不是有效的 YAML", f"not valid YAML: {error}") from None
    if not isinstance(top, dict) or top.get("schema") != schema:
        raise problem(file, "schema", f"应为 {schema}", f"{schema} is expected")
    return top


def records(top: Mapping[str, object], file: str, key: str, name_by: str = "id") -> list[Record]:
    """The records of a list, each named by its id (or another field) or, failing that, its place."""
    listed = top.get(key)
    if not isinstance(listed, list):
        raise problem(file, key, "应为列表", "a list is expected")
    found = []
    for place, fields in enumerate(listed):
        if not isinstance(fields, dict):
            raise problem(file, f"{key}[{place}]", "应为一组字段", "a record is expected")
        found.append(Record(file, f"{key}[{fields.get(name_by, place)}]", fields))
    return found


class Record:
    """One record. Every field is taken once; `done` refuses what nobody took, so a typing error is seen."""

    def __init__(self, file: str, name: str, fields: Mapping[str, object]) -> None:
        self.file = file
        self.name = name
        self._fields = dict(fields)

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self._take(key, required=True)
        if not isinstance(value, str) or not value:
            raise self.problem(key, "应为非空文字", "a text is expected")
        return value

    def text_or_none(self, key: str) -> str | None:
        """A text, or null for unknown; the field may be left out."""
        value = self._take(key)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.problem(key, "应为文字或 null", "a text or null is expected")
        return value

    def number(self, key: str) -> int | None:
        """A whole number that is not negative, or null for unknown."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.problem(key, "应为非负整数或 null", "a whole number or null is expected")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, which may be empty and must be there."""
        value = self._take(key, required=True)
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.problem(key, "应为文字列表", "a list of texts is expected")
        return tuple(value)

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """One of the listed words."""
        return self._choose(key, self.text(key), kind)

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Several of the listed words."""
        return tuple(self._choose(key, each, kind) for each in self.texts(key))

    def facts(self, key: str = "facts") -> Mapping[str, object]:
        """Whatever else a source says, kept as it stands and read by people only."""
        value = self._take(key)
        if value is None:
            return MappingProxyType({})
        if not isinstance(value, dict):
            raise self.problem(key, "应为一组字段", "a record is expected")
        return MappingProxyType(value)

    def source(self, key: str = "source") -> Source:
        """The source that every record has."""
        return self._source(key, self._take(key, required=True))

    def sources(self, key: str = "more_sources") -> tuple[Source, ...]:
        """Further sources, for single facts."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.problem(key, "应为列表", "a list is expected")
        return tuple(self._source(f"{key}[{place}]", each) for place, each in enumerate(value))

    def records(self, key: str) -> list[Record]:
        """A list of records within this one, one at least."""
        value = self._take(key, required=True)
        if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
            raise self.problem(key, "应为非空列表", "a list of records is expected")
        return [Record(self.file, f"{self.name}.{key}[{each.get('id', at)}]", each) for at, each in enumerate(value)]

    def done(self) -> None:
        """Refuse fields that nobody took."""
        if self._fields:
            raise self.problem(sorted(map(str, self._fields))[0], "字段不明", "an unknown field")

    def problem(self, key: str, zh: str, en: str) -> ConfigurationInvalid:
        """The error for one field of this record."""
        return problem(self.file, f"{self.name}.{key}", zh, en)

    def _take(self, key: str, required: bool = False) -> object:
        if required and key not in self._fields:
            raise self.problem(key, "缺少此字段", "the field is missing")
        return self._fields.pop(key, None)

    def _choose(self, key: str, word: str, kind: type[Choice]) -> Choice:
        try:
            return kind(word)
        except ValueError:
            allowed = ", ".join(kind)
            raise self.problem(key, f"“{word}”不在可选值中", f"{word} is not one of {allowed}") from None

    def _source(self, key: str, value: object) -> Source:
        if not isinstance(value, dict):
            raise self.problem(key, "应写明出处", "a source is expected")
        inner = Record(self.file, f"{self.name}.{key}", value)
        source = Source(inner.text("file"), inner.text("quote"), inner.number("case"), inner.text_or_none("of") or "")
        inner.done()
        return source

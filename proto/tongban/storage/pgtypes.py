"""Make PostgreSQL's values and rows look exactly as SQLite's do.

The schema knows three types, so the driver knows three: every int travels as an eight-byte one (psycopg would
choose a width by value, which makes `:a + :b` overflow, and a new prepared statement for each width), a bool
is an int, and what PostgreSQL widens to NUMERIC (a sum of BIGINTs) comes back as an int.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
from psycopg.abc import Buffer
from psycopg.types.bool import BoolBinaryLoader, BoolLoader
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper, NumericBinaryLoader, NumericLoader


class PostgresRow(tuple[Any, ...]):
    """A tuple that also answers to the names of its columns; each list of columns has a subclass."""

    __slots__ = ()
    _columns: ClassVar[dict[str, int]] = {}

    def __getitem__(self, key: Any, /) -> Any:
        if isinstance(key, str):
            try:
                key = self._columns[key]
            except KeyError:
                raise IndexError(f"no column {key}") from None
        return tuple.__getitem__(self, key)

    def keys(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._columns)


# A row class for each list of columns, made once: there are as many as there are queries.
_ROW_CLASSES: dict[tuple[str, ...], type[PostgresRow]] = {}


def row_factory(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], PostgresRow]:
    """The row class for the result that the cursor holds."""
    names = tuple(column.name for column in cursor.description or ())
    row_class = _ROW_CLASSES.get(names)
    if row_class is None:
        columns = {name: place for place, name in enumerate(names)}
        row_class = type("Row", (PostgresRow,), {"__slots__": (), "_columns": columns})
        _ROW_CLASSES[names] = row_class
    return row_class


class _WholeNumeric(NumericLoader):
    def load(self, data: Buffer) -> Any:
        return _whole(super().load(data))


class _WholeNumericBinary(NumericBinaryLoader):
    def load(self, data: Buffer) -> Any:
        return _whole(super().load(data))


class _BoolAsInt(BoolLoader):
    def load(self, data: Buffer) -> Any:
        return int(super().load(data))


class _BoolAsIntBinary(BoolBinaryLoader):
    def load(self, data: Buffer) -> Any:
        return int(super().load(data))


class _BoolIsInt(Int8Dumper):
    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _BoolIsIntBinary(Int8BinaryDumper):
    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


def _whole(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def adapt(connection: psycopg.Connection[Any]) -> None:
    """Teach one connection these types."""
    adapters = connection.adapters
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(int, Int8BinaryDumper)
    adapters.register_dumper(bool, _BoolIsInt)
    adapters.register_dumper(bool, _BoolIsIntBinary)
    adapters.register_loader("numeric", _WholeNumeric)
    adapters.register_loader("numeric", _WholeNumericBinary)
    adapters.register_loader("bool", _BoolAsInt)
    adapters.register_loader("bool", _BoolAsIntBinary)

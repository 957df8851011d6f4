"""Which rows a statement touches: their keys, told by triggers of the shared disk and read off a SELECT's result."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Final

from tongban.storage.base import Parameters, Row
from tongban.storage.queries import Query

Key = tuple[object, ...]
_TABLE: Final = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


class RowKeys:
    """The keys of one database's tables; `touched` gets those of each row that is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._primary: dict[str, tuple[str, ...]] = {}
        self.touched: list[Key] = []
        connection.create_function("touched", -1, lambda *key: self.touched.append(key))

    def watch_all(self) -> None:
        """Watch every table there is."""
        found = self._connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
        for table in [row[0] for row in found]:
            self._watch(table)

    def of(self, query: Query, rows: Sequence[Row], params: Parameters) -> list[Key]:
        """The keys of rows that a SELECT has found."""
        match = _TABLE.search(query.sqlite)
        assert match is not None, query.name
        columns = self._primary[match[1]]
        label = f"{match[1]}:{','.join(columns)}"
        return [(label, *(row[c] if c in row.keys() else params[c] for c in columns)) for row in rows]  # noqa: SIM118

    def _watch(self, table: str) -> None:
        keys = self._keys_of(table)
        self._primary[table] = keys[0]
        for event, sides in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            calls = [
                f"SELECT touched('{table}:{','.join(key)}', {', '.join(f'{side}.{column}' for column in key)});"
                for key in keys
                for side in sides
            ]
            trigger = f"watch_{table}_{event}"
            self._connection.execute(f"DROP TRIGGER IF EXISTS temp.{trigger}")
            self._connection.execute(
                f"CREATE TEMP TRIGGER {trigger} AFTER {event} ON main.{table} BEGIN {' '.join(calls)} END"
            )

    def _keys_of(self, table: str) -> list[tuple[str, ...]]:
        """The primary key of a table, then what else is unique in it."""
        columns = self._connection.execute(f"PRAGMA table_info({table})").fetchall()
        primary = sorted((c["pk"], c["name"]) for c in columns if c["pk"])
        keys = [tuple(name for _, name in primary) or ("rowid",)]
        for index in self._connection.execute(f"PRAGMA index_list({table})").fetchall():
            if index["unique"] and index["origin"] != "pk":
                parts = self._connection.execute(f"PRAGMA index_info({index['name']})").fetchall()
                keys.append(tuple(part["name"] for part in parts))
        return keys

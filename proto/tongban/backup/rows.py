"""Tables as lines of text, and back: the same from SQLite and from PostgreSQL."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence

from tongban.errors import Damaged
from tongban.storage.base import Row, Transaction
from tongban.storage.queries import Queries, Query

_QUERIES = Queries.load("tongban.backup")
LEFT_OUT = frozenset({"schema_migrations", "sessions"})
"""The schema's history is in the manifest; nobody stays signed in through a restore."""
_BATCH = 500
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")


def table_names(tx: Transaction) -> list[str]:
    """The tables whose rows a backup holds."""
    return [row["name"] for row in tx.fetch_all(_QUERIES.list_tables) if row["name"] not in LEFT_OUT]


def every_table(tx: Transaction) -> list[str]:
    """All tables of this schema."""
    return [row["name"] for row in tx.fetch_all(_QUERIES.list_tables)]


def read_table(tx: Transaction, table: str) -> Iterator[tuple[list[str], bytes]]:
    """Every row, as the names of its columns and a line."""
    # The catalogue named it.
    for row in tx.stream(Query.of(f"read {table}", "Every row.", f"SELECT * FROM {table}")):  # noqa: S608
        yield list(row.keys()), _line(row)


def _line(row: Row) -> bytes:
    values = [[base64.b64encode(v).decode("ascii")] if isinstance(v, bytes) else v for v in row]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def fill_table(tx: Transaction, table: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:
    """Put rows back; how many.  What the migrations had put there makes room."""
    if table not in table_names(tx) or not all(_COLUMN.fullmatch(column) for column in columns):
        # These words come from a file, and go into a statement.
        raise Damaged(what=f"tables/{table}.jsonl")
    tx.execute(Query.of(f"empty {table}", "Make room.", f"DELETE FROM {table}"))  # noqa: S608
    if not columns:
        return 0
    names, values = ", ".join(columns), ", ".join(f":{column}" for column in columns)
    text = f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608
    insert = Query.of(f"fill {table}", "Put a row back.", text)
    total = 0
    batch: list[dict[str, object]] = []
    for line in lines:
        batch.append(dict(zip(columns, _values(table, line, len(columns)), strict=True)))
        if len(batch) == _BATCH:
            tx.execute_many(insert, batch)
            total, batch = total + len(batch), []
    tx.execute_many(insert, batch)
    return total + len(batch)


def _values(table: str, line: bytes, expected: int) -> list[object]:
    try:
        values = [base64.b64decode(v[0], validate=True) if isinstance(v, list) else v for v in json.loads(line)]
    except (ValueError, TypeError, IndexError, binascii.Error) as error:
        raise Damaged(what=f"tables/{table}.jsonl") from error
    if len(values) != expected:
        raise Damaged(what=f"tables/{table}.jsonl")
    return values

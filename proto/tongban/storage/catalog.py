"""What a database says its own schema is, as sorted lines of text that two schemas can be compared by.

The order of columns does not count, since a later migration can only add one at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tongban.storage.base import Dialect, Transaction
from tongban.storage.queries import Queries
from tongban.storage.sqltext import Kind, scan

_QUERIES: Final = Queries.load("tongban.storage", "catalog.sql")
_CHECK: Final = re.compile(r"\bCHECK\s*$", re.IGNORECASE)


def describe(tx: Transaction, dialect: Dialect) -> list[str]:
    """The tables, columns, keys, indexes and checks that the transaction sees."""
    lines = [str(row["line"]) for row in tx.fetch_all(_QUERIES["describe_schema"])]
    if dialect == "sqlite":
        for row in tx.fetch_all(_QUERIES["list_table_texts"]):
            lines.extend(f"check {row['name']}: {text}" for text in checks(row["text"]))
    return sorted(lines)


def checks(definition: str) -> Iterator[str]:
    """The CHECK expressions of a CREATE TABLE, which SQLite keeps nowhere but in its text."""
    depth = 0
    current: list[str] = []
    before = ""
    for kind, text in scan(definition):
        for part in [text] if kind is not Kind.CODE else re.split(r"([()])", text):
            if depth and kind is not Kind.COMMENT:
                current.append(part)
            if part == "(":
                depth += 1 if depth or _CHECK.search(before) else 0
            elif part == ")" and depth:
                depth -= 1
                if not depth:
                    yield " ".join("".join(current[:-1]).split())
                    current.clear()
            before = part if part.strip() else before

"""Databases as text: one SQL script holds the schema of one version and the rows of a federation that has lived.

A script is the migrations up to its version, word for word as they were then, and an INSERT for each row.  It is SQL
in the portable subset: types are tokens, and a blob is X'…', which is rewritten for PostgreSQL.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import psycopg

from tongban.storage.migrations import Migration
from tongban.storage.sqltext import COLUMN_TYPES

_BLOB = re.compile(r"X'([0-9a-f]*)'")
_TOKEN = re.compile(r"\{([a-z]+)\}")
_HISTORY = (
    "CREATE TABLE schema_migrations (version {bigint} NOT NULL PRIMARY KEY, name {text} NOT NULL,"
    " applied_time {bigint} NOT NULL, digest {text} NOT NULL) {strict};"
)


def dump(database: Path, package: str, migrations: Sequence[Migration]) -> str:
    """The rows of an SQLite database, as far as these migrations have a place for them, as a script."""
    with sqlite3.connect(":memory:") as empty:
        for text in [_HISTORY, *_texts(package, migrations)]:
            empty.executescript(_for(text, "sqlite"))
        tables = {table: _columns(empty, table) for table in _tables(empty)}
    lines = ["-- Made by `python -m tests.migrations.freeze`; never edited.", "", _HISTORY]
    lines += _texts(package, migrations)
    lines += [f"DELETE FROM {table};" for table in tables if table != "schema_migrations"]
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for table, columns in sorted(tables.items()):
            if table != "schema_migrations":
                lines += _rows(connection, table, columns)
    for migration in migrations:
        values = ", ".join(map(_literal, (migration.version, migration.name, 1, migration.digest)))
        lines.append(f"INSERT INTO schema_migrations (version, name, applied_time, digest) VALUES ({values});")
    return "\n".join(lines) + "\n"


def load(script: str, url: str) -> None:
    """Run a script on an empty database."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as connection:
            connection.executescript("BEGIN;\n" + _for(script, "sqlite") + "COMMIT;\n")
        connection.close()
        return
    with psycopg.connect(url) as server:
        server.execute(_BLOB.sub(r"'\\x\1'::bytea", _for(script, "postgres")).encode())


def _texts(package: str, migrations: Sequence[Migration]) -> list[str]:
    folder = resources.files(package).joinpath("migrations")
    return [folder.joinpath(f"{m.version:04}_{m.name}.sql").read_text("utf-8") for m in migrations]


def _for(text: str, dialect: str) -> str:
    return _TOKEN.sub(lambda match: COLUMN_TYPES[dialect][match[1]], text)


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _rows(connection: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[str]:
    names = ", ".join(columns)
    for row in connection.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2"):
        yield f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(_literal, row))});"


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bytes():
            return f"X'{value.hex()}'"
        case int():
            return str(value)
        case _:
            return "'" + str(value).replace("'", "''") + "'"

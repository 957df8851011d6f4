"""The schema's history: numbered files, applied in order, once each, never backwards.

A package keeps `migrations/0001_initial.sql`, `0002_….sql` and so on, in the portable subset of SQL that both
databases read, with `{bigint}`, `{blob}`, `{text}` for types (times are `{bigint}` microseconds of UTC) and
`) {strict};` or `) {clustered};` to end a table.  Each file is one transaction together with its row in
`schema_migrations`, so a process killed in the middle leaves either all of it or nothing.  On PostgreSQL an
advisory lock lets one of several starting replicas do the work while the others wait and then find it done.

What is refused, before anything is changed: a database that is newer than the code (start the newer code),
and a file that was edited after it had been applied (write a new one).

`schema.sql` states the present schema in one piece, for people and for review; `schema_drift` tells where it
differs from what the migrations make.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final, TypeVar

from tongban.errors import ConfigurationInvalid
from tongban.storage.base import Database, Transaction
from tongban.storage.catalog import describe
from tongban.storage.queries import Queries, Query
from tongban.storage.sqltext import COLUMN_TYPES, SqlError, scan, split_statements

T = TypeVar("T")

_FILE: Final = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_QUERIES: Final = Queries.load("tongban.storage", "migrations.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    digest: str
    statements: tuple[Query, ...]


def read_script(text: str, name: str) -> tuple[Query, ...]:
    """The statements of a schema file, ready for either database."""
    statements = split_statements(scan(text))
    return tuple(
        Query.of(f"{name} statement {number}", f"Part of {name}.", "".join(p.text for p in pieces), COLUMN_TYPES)
        for number, pieces in enumerate(statements, start=1)
    )


def load_migrations(package: str, folder: str = "migrations") -> list[Migration]:
    """The migrations of a package, in order; the numbers run from 1 without a gap."""
    found: list[Migration] = []
    for file in resources.files(package).joinpath(folder).iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = _FILE.match(file.name)
        if match is None:
            raise SqlError(f"{package}/{folder}/{file.name} is not named like 0001_initial.sql")
        text = file.read_text("utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found.append(Migration(int(match[1]), match[2], digest, read_script(text, file.name)))
    found.sort(key=lambda migration: migration.version)
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise SqlError(f"the migrations of {package} are not numbered 1, 2, 3 without a gap")
    return found


async def migrate(database: Database, migrations: Sequence[Migration], *, now_micros: int) -> int:
    """Bring the schema up to the code's; the number of steps that were taken."""
    steps = 0
    while await database.run(lambda tx: _step(tx, migrations, now_micros)):
        steps += 1
    return steps


def migrate_within(tx: Transaction, migrations: Sequence[Migration], *, now_micros: int) -> None:
    """The same within a transaction that does more, such as putting a backup's rows back."""
    while _step(tx, migrations, now_micros):
        pass


def read_applied(tx: Transaction) -> list[str]:
    """The digests of the migrations that were applied, oldest first; empty for a database that has none."""
    there = tx.fetch_one(_QUERIES["has_schema_migrations"])
    rows = tx.fetch_all(_QUERIES["list_schema_migrations"]) if there is not None else []
    return [row["digest"] for row in rows]


def _step(tx: Transaction, migrations: Sequence[Migration], now_micros: int) -> bool:
    """Apply the first migration that is missing; False when none is."""
    tx.fetch_all(_QUERIES["lock_schema"])
    tx.execute(_QUERIES["create_schema_migrations"])
    applied = {row["version"]: row["digest"] for row in tx.fetch_all(_QUERIES["list_schema_migrations"])}
    _check(applied, migrations)
    for migration in migrations:
        if migration.version not in applied:
            for statement in migration.statements:
                tx.execute(statement)
            row = {
                "version": migration.version,
                "name": migration.name,
                "applied_time": now_micros,
                "digest": migration.digest,
            }
            tx.execute(_QUERIES["insert_schema_migration"], row)
            return True
    return False


def _check(applied: dict[int, str], migrations: Sequence[Migration]) -> None:
    newest = max(applied, default=0)
    if newest > len(migrations):
        raise ConfigurationInvalid(
            field="database",
            problem=f"库结构为第 {newest} 版,本程序只认识到第 {len(migrations)} 版,请运行更新的程序",
            problem_en=f"its schema is version {newest} and this program knows up to {len(migrations)};"
            " start the newer program",
        )
    for migration in migrations:
        if applied.get(migration.version, migration.digest) != migration.digest:
            raise ConfigurationInvalid(
                field="database",
                problem=f"第 {migration.version} 步迁移({migration.name})与当时执行的不同;执行过的不得修改,请另写",
                problem_en=f"migration {migration.version} ({migration.name}) is not the one that was applied;"
                " an applied migration is never edited, write a new one",
            )


def check_schema(tx: Transaction, migrations: Sequence[Migration]) -> None:
    """Refuse a database that is not at the code's version, without changing anything."""
    there = tx.fetch_one(_QUERIES["has_schema_migrations"])
    rows = tx.fetch_all(_QUERIES["list_schema_migrations"]) if there is not None else []
    applied = {row["version"]: row["digest"] for row in rows}
    _check(applied, migrations)
    newest = max(applied, default=0)
    if newest < len(migrations):
        raise ConfigurationInvalid(
            field="database",
            problem=f"库结构为第 {newest} 版,本程序用第 {len(migrations)} 版;请先启动一次本程序,它会自行升级",
            problem_en=f"its schema is version {newest} and this program uses {len(migrations)};"
            " start this program once, which brings it forward",
        )


class _Undo(Exception):
    """Leave the transaction without a trace."""


async def schema_drift(database: Database, migrations: Sequence[Migration], schema: str) -> list[str]:
    """Where `schema` (a schema.sql) differs from what the migrations make; empty when it does not.

    `database` must be empty, and is again afterwards: both are built in transactions that are rolled back.
    """
    made = await _described(database, lambda tx: _build(tx, [s for m in migrations for s in m.statements]))
    stated = await _described(database, lambda tx: _build(tx, read_script(schema, "schema.sql")))
    missing = [f"only the migrations make: {line}" for line in made if line not in stated]
    return missing + [f"only schema.sql states: {line}" for line in stated if line not in made]


def _build(tx: Transaction, statements: Sequence[Query]) -> None:
    for statement in statements:
        tx.execute(statement)


async def _described(database: Database, build: Callable[[Transaction], None]) -> list[str]:
    found: list[str] = []

    def work(tx: Transaction) -> None:
        build(tx)
        found[:] = describe(tx, database.dialect)
        raise _Undo

    with contextlib.suppress(_Undo):
        await database.run(work)
    return found

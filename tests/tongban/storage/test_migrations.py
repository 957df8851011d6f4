"""The schema's history: applied once, in order, whole or not at all, and never backwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tongban.errors import ConfigurationInvalid
from tongban.storage import Database, Migration, Query, SqlError, load_migrations, migrate, open_database, schema_drift
from tongban.storage.migrations import read_script

FIRST = "CREATE TABLE a (id {bigint} NOT NULL PRIMARY KEY, body {blob} NOT NULL CHECK (length(body) > 0)) {strict};"
SECOND = "ALTER TABLE a ADD COLUMN name {text}; CREATE INDEX a_by_name ON a (name) WHERE name IS NOT NULL;"
SCHEMA = """
-- Everything in one piece; a ; in a comment ends nothing.
CREATE TABLE a (
    id {bigint} NOT NULL PRIMARY KEY,
    name {text},
    body {blob} NOT NULL CHECK (length(body) > 0)
) {strict};
CREATE INDEX a_by_name ON a (name) WHERE name IS NOT NULL;
"""
LIST = Query.of("list", "…", "SELECT version, name, applied_time, digest FROM schema_migrations ORDER BY version")


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a package that is importable for the time of the test."""
    folder = tmp_path / "code" / "some_store" / "migrations"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    monkeypatch.delitem(__import__("sys").modules, "some_store", raising=False)
    (folder / "0001_initial.sql").write_text(FIRST)
    (folder / "0002_names.sql").write_text(SECOND)
    return folder


def _migration(version: int, text: str) -> Migration:
    return Migration(version, f"step_{version}", f"digest {version}", read_script(text, f"{version}.sql"))


async def _applied(database: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await database.run(lambda tx: tx.fetch_all(LIST), read_only=True)]


async def test_applied_once_and_in_order(empty: Database, package: Path) -> None:
    migrations = load_migrations("some_store")
    assert [(m.version, m.name) for m in migrations] == [(1, "initial"), (2, "names")]
    assert await migrate(empty, migrations[:1], now_micros=11) == 1
    assert await migrate(empty, migrations, now_micros=12) == 1
    assert await migrate(empty, migrations, now_micros=13) == 0
    assert [row[:3] for row in await _applied(empty)] == [(1, "initial", 11), (2, "names", 12)]


async def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    bad = _migration(2, "CREATE TABLE b (id {bigint}); CREATE TABLE a (id {bigint});")
    with pytest.raises(Exception, match="already exists"):
        await migrate(empty, [_migration(1, FIRST), bad], now_micros=1)
    good = _migration(2, "CREATE TABLE b (id {bigint});")
    assert await migrate(empty, [_migration(1, FIRST), good], now_micros=2) == 1


async def test_a_database_newer_than_the_code_is_refused(empty: Database) -> None:
    await migrate(empty, [_migration(1, FIRST), _migration(2, SECOND)], now_micros=1)
    with pytest.raises(ConfigurationInvalid, match="version 2 and this program knows up to 1"):
        await migrate(empty, [_migration(1, FIRST)], now_micros=1)


async def test_an_edited_migration_is_refused(empty: Database) -> None:
    first = _migration(1, FIRST)
    await migrate(empty, [first], now_micros=1)
    with pytest.raises(ConfigurationInvalid, match="never edited"):
        await migrate(empty, [Migration(1, "step_1", "other", first.statements)], now_micros=1)


async def test_replicas_that_start_together(empty: Database, database_url: str) -> None:
    others = [await open_database(database_url) for _ in range(3)]
    migrations = [_migration(1, FIRST), _migration(2, SECOND)]
    steps = await asyncio.gather(*(migrate(each, migrations, now_micros=1) for each in (empty, *others)))
    assert sum(steps) == 2
    for other in others:
        await other.close()


async def test_the_schema_is_what_the_migrations_make(empty: Database) -> None:
    migrations = [_migration(1, FIRST), _migration(2, SECOND)]
    assert await schema_drift(empty, migrations, SCHEMA) == []
    assert await migrate(empty, migrations, now_micros=1) == 2, "looking left something behind"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name {text}", "name {text} NOT NULL"),
        ("name {text}", "name {bigint}"),
        ("> 0", "> 1"),
        ("WHERE name IS NOT NULL", ""),
        ("CREATE INDEX", "CREATE UNIQUE INDEX"),
        ("id {bigint} NOT NULL PRIMARY KEY", "id {bigint} NOT NULL"),
    ],
)
async def test_drift_is_seen(empty: Database, old: str, new: str) -> None:
    migrations = [_migration(1, FIRST), _migration(2, SECOND)]
    drift = await schema_drift(empty, migrations, SCHEMA.replace(old, new))
    assert any(line.startswith("only schema.sql states") for line in drift) or "PRIMARY" in old
    assert drift


def test_files_that_are_misnamed_or_missing(package: Path) -> None:
    (package / "0004_gap.sql").write_text("SELECT 1;")
    with pytest.raises(SqlError, match="gap"):
        load_migrations("some_store")
    (package / "second.sql").write_text("SELECT 1;")
    with pytest.raises(SqlError, match="named like"):
        load_migrations("some_store")

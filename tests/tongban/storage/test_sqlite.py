"""What is SQLite's own: the settings that make it durable, and what it says when the disk fails."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from tests.tongban.storage.kit import QUERIES, note, prepare, versions
from tongban.errors import ConfigurationInvalid, Damaged, StorageFull, Unavailable
from tongban.storage import Query, Transaction, open_database

INSERT = QUERIES["insert_note"]


def _pragma(name: str) -> Query:
    return Query.of(name, "A setting.", f"SELECT * FROM pragma_{name}")


def _settings(tx: Transaction) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "page_size")
    return {name: row[0] for name in names if (row := tx.fetch_one(_pragma(name)))}


async def test_commits_are_fsynced(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/deep/down/tongban.db")
    for read_only in (False, True):
        settings = await database.run(_settings, read_only=read_only)
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "page_size": 8192}
    await database.close()
    assert not (tmp_path / "deep/down/tongban.db-wal").exists()


async def test_a_full_disk_loses_nothing_and_heals(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/tongban.db")
    await prepare(database)
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    limit = Query.of("limit", "Stand in for a disk that is full.", "PRAGMA max_page_count = 1")
    await database.run(lambda tx: tx.fetch_all(limit))
    big = [{**note(v), "body": bytes(100_000)} for v in range(2, 5)]
    with pytest.raises(StorageFull) as caught:
        await database.run(lambda tx: tx.execute_many(INSERT, big))
    assert caught.value.retry_seconds
    assert await versions(database) == [1]
    more = Query.of("more", "The operator frees space.", "PRAGMA max_page_count = 1000000")
    await database.run(lambda tx: tx.fetch_all(more))
    await database.run(lambda tx: tx.execute_many(INSERT, big))
    assert await versions(database) == [1, 2, 3, 4]
    await database.close()


async def test_a_file_locked_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongban.storage.sqlite.LOCK_WAIT_SECONDS", 0.05)
    database = await open_database(f"sqlite:///{tmp_path}/tongban.db")
    await prepare(database)
    other = sqlite3.connect(tmp_path / "tongban.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        await database.run(lambda tx: tx.execute(INSERT, note(1)))
    other.close()
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    await database.close()


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "tongban.db").write_bytes(b"not a database" * 1000)
    before = set(threading.enumerate())
    with pytest.raises(Damaged):
        await open_database(f"sqlite:///{tmp_path}/tongban.db")
    for left_behind in set(threading.enumerate()) - before:
        left_behind.join(5)
        assert not left_behind.is_alive(), f"{left_behind.name} was left behind"


async def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationInvalid):
        await open_database(f"sqlite:///{tmp_path}/file/tongban.db")
    with pytest.raises(Unavailable):
        await open_database(f"sqlite:///{tmp_path}")

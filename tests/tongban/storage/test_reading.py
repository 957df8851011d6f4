"""Reading a whole database beside its writer: one snapshot, rows one after the other, nothing made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongban.errors import ConfigurationInvalid, Unavailable
from tongban.storage import Query, Transaction, migrate, open_database
from tongban.storage.migrations import Migration, read_script
from tongban.storage.reading import read_only

TABLE = Migration(1, "one", "d", read_script("CREATE TABLE a (id {bigint} NOT NULL PRIMARY KEY);", "1.sql"))
INSERT = Query.of("insert", "…", "INSERT INTO a (id) VALUES (:id)")
LIST = Query.of("list", "…", "SELECT id FROM a WHERE id >= :least ORDER BY id")
COUNT = Query.of("count", "…", "SELECT count(*) AS rows FROM a")


async def test_rows_come_one_after_the_other_and_from_one_snapshot(database_url: str) -> None:
    database = await open_database(database_url)
    try:
        await migrate(database, [TABLE], now_micros=1)
        await database.run(lambda tx: tx.execute_many(INSERT, [{"id": n} for n in range(3000)]))

        def work(tx: Transaction) -> tuple[list[int], list[int]]:
            first, second = tx.stream(LIST, {"least": 0}), tx.stream(LIST, {"least": 2990})
            head = [next(first)["id"], next(second)["id"]]
            return head, [row["id"] for row in first][-2:] + [row["id"] for row in second][-1:]

        assert await read_only(database_url, work) == ([0, 2990], [2998, 2999, 2999])
    finally:
        await database.close()


async def test_nothing_is_written_and_nothing_is_made(database_url: str, tmp_path: Path) -> None:
    database = await open_database(database_url)
    try:
        await migrate(database, [TABLE], now_micros=1)
        with pytest.raises(Unavailable):
            await read_only(database_url, lambda tx: tx.execute(INSERT, {"id": 1}))
        counted = await read_only(database_url, lambda tx: tx.fetch_one(COUNT))
        assert counted is not None
        assert counted["rows"] == 0
    finally:
        await database.close()
    missing = tmp_path / "missing" / "none.db"
    with pytest.raises(ConfigurationInvalid):
        await read_only(f"sqlite:///{missing}", lambda tx: None)
    assert not missing.parent.exists()

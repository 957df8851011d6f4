"""What every database promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.tongban.storage.kit import QUERIES, note, notes, versions
from tongban.errors import ConfigurationInvalid, Unavailable
from tongban.storage import ConstraintFailed, Database, Transaction, TransactionSpoiled, open_database

INSERT = QUERIES["insert_note"]


async def test_a_unit_of_work_returns_its_result_and_stays(database: Database, database_url: str) -> None:
    assert await database.run(lambda tx: tx.execute(INSERT, note(1))) == 1
    await database.close()
    again = await open_database(database_url)
    assert await versions(again) == [1]
    await again.close()


async def test_rows_and_values_are_the_same_on_both(database: Database) -> None:
    await database.run(lambda tx: tx.execute(INSERT, note(7, remark="申请 100%")))
    row = (await notes(database))[0]
    assert row["body"] == b"\x07\x07\x07"
    assert type(row["body"]) is bytes
    assert (row["version"], row[1], row["remark"]) == (7, 7, "申请 100%")
    assert tuple(row) == ("applications/1", 7, b"\x07\x07\x07", "申请 100%")
    assert (len(row), list(row.keys())) == (4, ["stream", "version", "body", "remark"])
    with pytest.raises(IndexError):
        row["colour"]


async def test_sums_and_comparisons_are_ints(database: Database) -> None:
    await database.run(lambda tx: tx.execute_many(INSERT, [note(1), note(2)]))
    row = await database.run(lambda tx: tx.fetch_one(QUERIES["count_notes"]), read_only=True)
    assert row is not None
    assert tuple(row) == (2, 3, 1)
    assert [type(value) for value in row] == [int, int, int]


async def test_text_is_ordered_by_its_bytes(database: Database) -> None:
    streams = ["b", "A", "a-1", "a1", "B", "é", "中"]
    await database.run(lambda tx: tx.execute_many(INSERT, [note(1, stream) for stream in streams]))
    rows = await database.run(lambda tx: tx.fetch_all(QUERIES["list_streams"]), read_only=True)
    assert [row["stream"] for row in rows] == sorted(streams, key=lambda s: s.encode())


async def test_what_looks_like_a_parameter_and_is_not(database: Database) -> None:
    params = {"some": None, "big": 40_000}
    row = await database.run(lambda tx: tx.fetch_one(QUERIES["oddities"], params), read_only=True)
    assert row is not None
    assert tuple(row) == (":stream 100%", None, 3, 80_000)


async def test_many_keys_travel_as_one_parameter(database: Database) -> None:
    await database.run(lambda tx: tx.execute_many(INSERT, [note(v) for v in range(1, 6)]))
    params = {"stream": "applications/1", "versions": "[2, 4, 9]"}
    rows = await database.run(lambda tx: tx.fetch_all(QUERIES["find_notes"], params), read_only=True)
    assert [row["version"] for row in rows] == [2, 4]


async def test_changed_rows_are_counted(database: Database) -> None:
    once = QUERIES["insert_note_once"]

    def work(tx: Transaction) -> list[int]:
        found = [tx.execute(once, note(1)), tx.execute(once, note(1))]
        tx.execute(QUERIES["set_head"], {"stream": "a", "version": 1})
        return [*found, tx.execute(QUERIES["lock_head"], {"stream": "a"})]

    assert await database.run(work) == [1, 0, 0]


async def test_returning_takes_effect(database: Database) -> None:
    row = await database.run(lambda tx: tx.fetch_one(QUERIES["insert_note_returning"], note(3)))
    assert row is not None
    assert tuple(row) == ("applications/1", 3)
    assert await versions(database) == [3]


async def test_an_exception_rolls_everything_back_and_passes(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.execute_many(INSERT, [note(1), note(2)])
        raise LookupError("changed my mind")

    with pytest.raises(LookupError, match="changed my mind"):
        await database.run(work)
    assert await versions(database) == []
    await database.run(lambda tx: tx.execute(INSERT, note(1)))


async def test_a_broken_constraint_rolls_everything_back(database: Database) -> None:
    for bad in (note(1), note(-1), {**note(3), "body": None}):
        with pytest.raises(ConstraintFailed):
            await database.run(lambda tx, bad=bad: tx.execute_many(INSERT, [note(1), bad]))  # type: ignore[misc]  # mypy infers no lambda with a default
    assert await versions(database) == []


async def test_a_unit_cannot_go_on_after_a_failed_statement(database: Database) -> None:
    def work(tx: Transaction) -> str:
        tx.execute(INSERT, note(1))
        try:
            tx.execute(INSERT, note(1))
        except Exception as error:
            return str(error)
        return ""

    with pytest.raises(TransactionSpoiled):
        await database.run(work)
    assert await versions(database) == []


async def test_a_bug_in_the_sql_is_not_dressed_up_as_an_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nowhere") as caught:
        await database.run(lambda tx: tx.fetch_all(QUERIES["broken"]))
    assert not isinstance(caught.value, Unavailable)


async def test_a_transaction_is_void_after_its_unit(database: Database) -> None:
    leaked: list[Transaction] = []
    await database.run(leaked.append)
    with pytest.raises(RuntimeError, match="has ended"):
        leaked[0].execute(INSERT, note(1))


async def test_stop_iteration_reaches_the_caller(database: Database) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.run(lambda tx: next(iter(tx.fetch_all(QUERIES["list_streams"]))))


async def test_a_reading_unit_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable):
        await database.run(lambda tx: tx.execute(INSERT, note(1)), read_only=True)
    assert await versions(database) == []


async def test_readers_do_not_wait_for_a_long_writer(database: Database) -> None:
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    written, release = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        tx.execute(INSERT, note(2))
        written.set()
        assert release.wait(30)

    writer = asyncio.create_task(database.run(slow))
    await asyncio.to_thread(written.wait, 30)
    try:
        seen = await asyncio.wait_for(asyncio.gather(*(versions(database) for _ in range(8))), 10)
    finally:
        release.set()
    await writer
    assert seen == [[1]] * 8
    assert await versions(database) == [1, 2]


async def test_a_reading_unit_sees_one_snapshot(database: Database) -> None:
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    looked, changed = threading.Event(), threading.Event()

    def look_twice(tx: Transaction) -> tuple[int, int]:
        params = {"stream": "applications/1", "limit": 10}
        before = len(tx.fetch_all(QUERIES["list_notes"], params))
        looked.set()
        assert changed.wait(30)
        return before, len(tx.fetch_all(QUERIES["list_notes"], params))

    reader = asyncio.create_task(database.run(look_twice, read_only=True))
    await asyncio.to_thread(looked.wait, 30)
    await database.run(lambda tx: tx.execute(INSERT, note(2)))
    changed.set()
    assert await reader == (1, 1)


async def test_writers_take_turns(database: Database, database_url: str) -> None:
    """Two handles on one database count a head up; no count is lost."""
    other = await open_database(database_url)
    await database.run(lambda tx: tx.execute(QUERIES["set_head"], {"stream": "a", "version": 0}))

    def count_up(tx: Transaction) -> None:
        row = tx.fetch_one(QUERIES["lock_head"], {"stream": "a"})
        assert row is not None
        tx.execute(QUERIES["set_head"], {"stream": "a", "version": row["version"] + 1})

    await asyncio.gather(*(handle.run(count_up) for handle in (database, other) for _ in range(25)))
    row = await database.run(lambda tx: tx.fetch_one(QUERIES["lock_head"], {"stream": "a"}))
    assert row is not None
    assert row["version"] == 50
    await other.close()


async def test_a_closed_database_says_so(database: Database) -> None:
    await database.close()
    await database.close()
    with pytest.raises(Unavailable):
        await database.run(lambda tx: tx.fetch_all(QUERIES["list_streams"]))


@pytest.mark.parametrize("url", ["", "mysql://x", "sqlite://x", "sqlite:///", "sqlite:///:memory:", "postgresql://[:"])
async def test_a_bad_address_is_named(url: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        await open_database(url)


async def test_a_look_up_sees_the_last_commit_and_writes_nothing(database: Database) -> None:
    def count(tx: Transaction) -> int:
        row = tx.fetch_one(QUERIES["count_notes"])
        return int(row["notes"]) if row else -1

    assert await database.look_up(count) == 0
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    assert await database.look_up(count) == 1
    with pytest.raises(Unavailable):
        await database.look_up(lambda tx: tx.execute(INSERT, note(2)))
    assert await database.look_up(count) == 1
    await database.close()
    with pytest.raises(Unavailable):
        await database.look_up(count)

"""What is PostgreSQL's own: units that start over, connections that break."""

from __future__ import annotations

import asyncio
import threading

import psycopg
import pytest

from tests.tongban.storage.kit import QUERIES, note, prepare, versions
from tongban.errors import Unavailable
from tongban.storage import Query, Transaction, open_database
from tongban.storage.postgres import ATTEMPTS, PostgresDatabase

INSERT = QUERIES["insert_note"]
PID = Query.of("pid", "The server process of this connection.", "SELECT pg_backend_pid() AS pid")
DURABLE = Query.of("durable", "What COMMIT waits for.", "SELECT current_setting('synchronous_commit') AS value")


async def test_a_deadlock_runs_one_unit_again(postgres_url: str) -> None:
    database = await PostgresDatabase.open(postgres_url, writers=2)
    await prepare(database)
    for stream in "ab":
        await database.run(lambda tx, s=stream: tx.execute(QUERIES["set_head"], {"stream": s, "version": 0}))  # type: ignore[misc]  # mypy infers no lambda with a default
    barrier = threading.Barrier(2)
    runs: list[str] = []

    def crossing(first: str, second: str) -> None:
        def work(tx: Transaction) -> None:
            runs.append(first)
            tx.fetch_one(QUERIES["lock_head"], {"stream": first})
            if len(runs) <= 2:
                barrier.wait(30)
            row = tx.fetch_one(QUERIES["lock_head"], {"stream": second})
            assert row is not None
            tx.execute(QUERIES["set_head"], {"stream": second, "version": row["version"] + 1})

        units.append(database.run(work))

    units: list[object] = []
    crossing("a", "b")
    crossing("b", "a")
    await asyncio.gather(*units)  # type: ignore[call-overload]  # they are coroutines
    assert len(runs) >= 3, "the loser of a deadlock runs again, more than once where they meet again"
    await database.close()


async def test_a_broken_connection_runs_the_unit_again_on_a_new_one(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    await prepare(database)
    pids: list[int] = []

    def work(tx: Transaction) -> None:
        row = tx.fetch_one(PID)
        assert row is not None
        pids.append(row["pid"])
        tx.execute(INSERT, note(len(pids)))
        if len(pids) == 1:
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [row["pid"]])
            tx.execute(INSERT, note(9))

    await database.run(work)
    assert len(set(pids)) == 2
    assert await versions(database) == [2]
    await database.close()


async def test_an_idle_connection_that_was_dropped_is_replaced(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    await prepare(database)
    row = await database.run(lambda tx: tx.fetch_one(PID))
    assert row is not None
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [row["pid"]])
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    assert await versions(database) == [1]
    await database.close()


async def test_a_unit_that_never_gets_through_gives_up(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    runs: list[int] = []

    def work(tx: Transaction) -> None:
        runs.append(1)
        raise psycopg.errors.SerializationFailure("as the server would say it")

    with pytest.raises(Unavailable):
        await database.run(work)
    assert len(runs) == ATTEMPTS
    await database.close()


async def test_a_connection_lost_during_commit_is_reported_as_unknown(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await PostgresDatabase.open(postgres_url)
    await prepare(database)
    connection = await asyncio.get_running_loop().run_in_executor(database._writers, database._connection)
    plain = connection.execute
    runs: list[int] = []

    def cut_off(query: str) -> object:
        if query != "COMMIT":
            return plain(query)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        return plain(query)

    def work(tx: Transaction) -> None:
        runs.append(tx.execute(INSERT, note(1)))

    monkeypatch.setattr(connection, "execute", cut_off)
    with pytest.raises(Unavailable) as caught:
        await database.run(work)
    assert caught.value.facts["outcome"] == "unknown"
    assert runs == [1]
    await database.close()


async def test_no_server_there() -> None:
    with pytest.raises(Unavailable):
        await open_database("postgresql://tongban:secret@127.0.0.1:1/none?connect_timeout=2")


async def test_commit_waits_for_the_disk_whatever_the_address_says(postgres_url: str) -> None:
    joined = "&" if "?" in postgres_url else "?"
    database = await open_database(f"{postgres_url}{joined}options=-c%20synchronous_commit%3Doff")
    row = await database.run(lambda tx: tx.fetch_one(DURABLE))
    assert row is not None
    assert row["value"] == "on"
    await database.close()

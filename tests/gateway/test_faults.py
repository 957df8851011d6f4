"""When the fault is ours: one submission that breaks something does not harm those that came with it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing

import psycopg
import pytest

from tests.gateway.kit import HOME, World, world


def _break(w: World, stream: str) -> None:
    """From now on the database cannot store this stream's events: a fault that no rule foresees."""
    if w.url.startswith("sqlite"):
        with closing(sqlite3.connect(w.url.removeprefix("sqlite:///"))) as other:
            other.execute(
                f"CREATE TRIGGER broken BEFORE INSERT ON events WHEN NEW.stream = '{stream}'"
                " BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        return
    with psycopg.connect(w.url, autocommit=True) as connection:
        connection.execute(
            f"""
            CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.stream = '{stream}' THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER broken BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION broken();
            """
        )


async def test_a_fault_in_one_submission_harms_no_other(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with world(database_url) as w:
        good = [w.file(f"GOOD{i:04}") for i in range(4)]
        poison = w.file("POISON01")
        later = w.file("GOOD0009")
        _break(w, poison.event.stream)
        with caplog.at_level(logging.CRITICAL):
            answers = await asyncio.gather(
                w.send(*good[:2]), w.send(*good[2:]), w.send(poison), w.send(later), return_exceptions=True
            )
        assert isinstance(answers[2], Exception)
        for answer in (answers[0], answers[1], answers[3]):
            assert not isinstance(answer, BaseException)
            assert all(outcome.HasField("receipt") for outcome in answer.outcomes)
        assert [entry[1] for entry in await w.read_all(HOME)] == [e.event.stream for e in (*good, later)]
        # And nothing of the fault stays in memory.
        await w.admitted(w.file("GOOD0010"))

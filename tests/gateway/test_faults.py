"""When the fault is ours: one submission that breaks something does not harm those that came with it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from agreements.items import items_of
from gateway.checking import Checker
from gateway.page.overview import overview
from gateway.store import QUERIES
from tests.gateway.kit import HOME, World, seed, world
from tongban.directory import Directory
from tongban.v1 import directory_pb2


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


def _mend(w: World) -> None:
    """The program is mended."""
    if w.url.startswith("sqlite"):
        with closing(sqlite3.connect(w.url.removeprefix("sqlite:///"))) as other:
            other.execute("DROP TRIGGER broken")
        return
    with psycopg.connect(w.url, autocommit=True) as connection:
        connection.execute("DROP TRIGGER broken ON events")


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
        for place, answer in enumerate(answers):
            assert not isinstance(answer, BaseException)
            for outcome in answer.outcomes:
                assert outcome.HasField("receipt") == (place != 2)
                assert outcome.rejection.reason == ("INTERNAL_FAULT" if place == 2 else "")
        assert [entry[1] for entry in await w.read_all(HOME)] == [e.event.stream for e in (*good, later)]
        # And nothing of the fault stays in memory.
        await w.admitted(w.file("GOOD0010"))


async def test_what_trips_a_fault_is_answered_listed_and_decided_again(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(database_url) as w:
        before, poison, after = w.file("GOOD0001"), w.file("POISON01"), w.file("GOOD0002")
        group = w.home.group(*(w.home.event(f"items/350600.new-{n}", item(f"items/350600.new-{n}")) for n in range(2)))
        _break(w, poison.event.stream)
        with caplog.at_level(logging.ERROR):
            answers = await w.send(before, poison, after)
        assert [o.HasField("receipt") for o in answers.outcomes] == [True, False, True], "only what is at fault waits"
        [fault] = await w.core.admitter.faults.listed()
        assert fault["incident"] in answers.outcomes[1].rejection.message_zh
        assert fault["incident"] in caplog.text
        assert (fault["event_id"], fault["author"], fault["times"]) == (poison.event.event_id, poison.event.author, 1)
        assert "POISON" not in fault["problem"], "nothing of what it says"
        shown = await overview(w.core)
        assert [(line.incident, line.title, line.times) for line in shown.faults] == [(fault["incident"], "445100", 1)]
        again = await w.send(w.file("GOOD0003"), poison)
        assert again.outcomes[1].rejection.reason == "SEQUENCE_REUSED", "what came later has used its place up"
        await w.admitted(*group)


async def test_an_event_set_aside_goes_in_when_the_program_is_mended(database_url: str) -> None:
    async with world(database_url) as w:
        poison = w.file("POISON01")
        _break(w, poison.event.stream)
        for times in (1, 2):
            assert await w.reason(poison) == "INTERNAL_FAULT"
            assert (await w.core.admitter.faults.listed())[0]["times"] == times
        _mend(w)
        await w.admitted(poison)


async def test_a_fault_in_checking_is_answered_too(tmp_path: Path) -> None:
    async with world(f"sqlite:///{tmp_path}/gateway.db") as w:
        broken = True

        def directory() -> Directory:
            if broken:
                raise ZeroDivisionError("a bug")
            return w.core.admitter.directory

        w.core.checker = Checker(directory, w.clock, w.core.admitter.pace, w.core.admitter.faults)
        filing = w.file()
        assert await w.reason(filing) == "INTERNAL_FAULT"
        assert [row["problem"] for row in await w.core.admitter.faults.listed()] == [
            f"ZeroDivisionError at {Path(__file__).name}:{directory.__code__.co_firstlineno + 2}"
        ]
        broken = False
        await w.admitted(filing)


async def test_refusals_are_kept_for_the_newest_only(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.lookups.KEPT_REFUSALS", 20)
    monkeypatch.setattr("gateway.store.lookups._PRUNE_EVERY", 10)
    async with world(database_url) as w:
        refused = [w.accepting.make(f"applications/T{n:04}", w.filing(agreement="agreements/none")) for n in range(60)]
        reasons = []
        for each in refused:
            w.clock.move(seconds=1)
            reasons.append(await w.reason(each))
        assert len(set(reasons)) == 1
        counted = await w.core.database.run(lambda tx: tx.fetch_one(QUERIES.count_journal), read_only=True)
        assert counted is not None
        assert 20 <= counted["rejections"] <= 31
        assert await w.reason(refused[-1]) == reasons[-1], "kept, so the same"
        assert await w.reason(refused[0]) == "SEQUENCE_REUSED", "forgotten, so refused again, for what is still known"


def item(name: str) -> directory_pb2.ItemPublished:
    """An item of 漳州."""
    document = next(each for each in items_of(seed(), HOME))
    document.name = name
    return directory_pb2.ItemPublished(document=document)

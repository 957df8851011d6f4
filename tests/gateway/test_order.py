"""An author's order holds through faults: what has no answer yet is never overtaken by what came behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.answers import Answers
from gateway.submissions import Lane
from tests.gateway.kit import HOME, World, world
from tongban import errors
from tongban.journal.envelopes import Opened
from tongban.storage.base import Transaction
from tongban.v1 import directory_pb2

T = TypeVar("T")


class _Away:
    """A database whose next commit waits, and then finds the disk away."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.fails = asyncio.Event()
        self._failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Fail once, when told to."""
        if not self._failed:
            self._failed = True
            await self.fails.wait()
            raise errors.Unavailable(what="database")
        result: T = await self._real.run(work, read_only=read_only)
        return result


async def _sent(w: World, lane: Lane, *events: Opened) -> Any:
    try:
        return await w.core.admitter.admit(list(events), lane)
    except Exception as error:
        return error


async def test_nothing_is_admitted_behind_what_got_no_answer(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(database_url) as w:
        first, second = w.file("TEST0001"), w.file("TEST0002")
        database = _Away(w.core.database)
        monkeypatch.setattr(w.core.admitter, "_database", database)
        lane = Lane()
        going = asyncio.create_task(_sent(w, lane, first))
        await asyncio.sleep(0)
        # It gathers into the next batch while the first one commits, and that next batch would succeed.
        behind = asyncio.create_task(_sent(w, lane, second))
        await asyncio.sleep(0)
        database.fails.set()
        assert type(await going) is errors.Unavailable
        assert type(await behind) is errors.Unavailable
        assert await w.read_all(HOME) == []
        # The node dials again and sends both: with the second admitted, the first would be refused as reused.
        await w.admitted(first, second)


async def test_a_fault_in_one_submission_is_answered_and_stops_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(database_url) as w:
        first, second, other = w.file("TEST0001"), w.file("TEST0002"), w.home
        work = w.core.admitter._work

        def broken(tx: Transaction, submissions: Any, *rest: Any) -> Any:
            if any(o is first for submission in submissions for o in submission):
                raise RuntimeError("a fault of ours")
            return work(tx, submissions, *rest)

        monkeypatch.setattr(w.core.admitter, "_work", broken)
        lane = Lane()
        profile = w.core.admitter.directory.node(HOME).profile
        updated = other.make(HOME, directory_pb2.NodeProfileUpdated(profile=profile))
        answers = await asyncio.gather(_sent(w, lane, first), _sent(w, lane, second), _sent(w, Lane(), updated))
        assert [answer.outcomes[0].rejection.reason for answer in answers if isinstance(answer, Answers)] == [
            "INTERNAL_FAULT",
            "",
            "",
        ]


async def test_a_fault_while_the_database_is_away_stops_what_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not be the event's fault at all, so nothing is answered, and nothing behind it uses its place up."""
    async with world(f"sqlite:///{tmp_path}/gateway.db") as w:
        first, second = w.file("TEST0001"), w.file("TEST0002")
        work = w.core.admitter._work

        def broken(*_: Any) -> Any:
            raise RuntimeError("a fault of ours")

        async def away() -> None:
            raise errors.Unavailable(what="database")

        monkeypatch.setattr(w.core.admitter, "_work", broken)
        monkeypatch.setattr(w.core.admitter.faults, "write", away)
        lane = Lane()
        answers = await asyncio.gather(_sent(w, lane, first), _sent(w, lane, second))
        assert [type(answer) for answer in answers] == [errors.Unavailable, errors.Unavailable]
        monkeypatch.setattr(w.core.admitter, "_work", work)
        await w.admitted(first, second)

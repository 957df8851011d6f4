"""Bugs that need more than other words in a function: a process that speaks too early, forgets, or makes twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from nodes.store import QUERIES
from tongban.storage.base import Database, Transaction

FLUSH_SECONDS = 0.05
"""How long after the word the commit follows, where a process speaks too early."""


class _Tried(Exception):
    """Carries the result out of a unit that is rolled back."""

    def __init__(self, result: Any) -> None:
        self.result = result


class _LateDatabase:
    """Answers at once with what a unit would give, and commits it a moment later: a write-behind cache."""

    def __init__(self, database: Database, late: set[asyncio.Task[Any]]) -> None:
        self._database = database
        self._late = late
        self.dialect = database.dialect

    async def run(self, work: Callable[[Transaction], Any], *, read_only: bool = False) -> Any:
        """The result now, the commit later."""
        if read_only:
            return await self._database.run(work, read_only=True)

        def trying(tx: Transaction) -> None:
            raise _Tried(work(tx))

        try:
            await self._database.run(trying)
        except _Tried as tried:
            task = asyncio.get_running_loop().create_task(self._commit(work))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return tried.result
        raise AssertionError("a unit that was tried came to no result")

    async def _commit(self, work: Callable[[Transaction], Any]) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        with contextlib.suppress(Exception):
            await self._database.run(work)


def writing_behind(function: Callable[..., Any]) -> Callable[..., Any]:
    late: set[asyncio.Task[Any]] = set()

    async def answered_early(self: Any, *args: Any) -> Any:
        database = self._database
        self._database = _LateDatabase(database, late)
        try:
            return await function(self, *args)
        finally:
            self._database = database

    return answered_early


def acknowledging_early(take: Callable[..., Any]) -> Callable[..., Any]:
    late: set[asyncio.Task[Any]] = set()

    async def acknowledged_early(self: Any, deliveries: Any) -> dict[str, int]:
        async def later() -> None:
            await asyncio.sleep(FLUSH_SECONDS)
            with contextlib.suppress(Exception):
                await take(self, deliveries)

        task = asyncio.get_running_loop().create_task(later())
        late.add(task)
        task.add_done_callback(late.discard)
        return {deliveries.channel: deliveries.deliveries[-1].position}

    return acknowledged_early


def tail_before_commit(commit: Callable[..., Any]) -> Callable[..., Any]:
    async def delivered_early(self: Any, submissions: Any) -> Any:
        def trying(tx: Transaction) -> None:
            raise _Tried(self._work(tx, submissions))

        try:
            await self._database.run(trying)
        except _Tried as tried:
            self.tail.keep(tried.result.entries)
            self._moved(tried.result.heads)
        self._index.stale = True
        await asyncio.sleep(FLUSH_SECONDS)
        return await commit(self, submissions)

    return delivered_early


def losing_a_cursor(welcomed: Callable[..., Any]) -> Callable[..., Any]:
    async def one_too_far(self: Any, welcome: Any) -> None:
        await welcomed(self, welcome)
        core = self._core
        heads = {cursor.channel: cursor.position for cursor in welcome.heads}
        position = core.cursors.get("mailbox", 0)
        if 0 < position < heads.get("mailbox", 0):
            core.cursors["mailbox"] = position + 1
            moved = {"channel": "mailbox", "position": position + 1}
            await core.database.run(lambda tx: tx.execute(QUERIES.put_cursor, moved))

    return one_too_far


def made_again(receipt: Any) -> Any:
    """Another receipt for the same event, as a gateway makes it that does not keep the first."""
    again = type(receipt)()
    again.CopyFrom(receipt)
    again.leaf_index += 1
    return again

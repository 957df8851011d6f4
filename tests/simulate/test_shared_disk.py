"""The disk that replicas share does what PostgreSQL does, where two units meet."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest

from tests.federation.virtual import VirtualLoop, run_virtual
from tests.simulate.shared_disk import Replica, SharedDisk
from tongban.errors import Unavailable
from tongban.storage.base import Transaction, TransactionSpoiled
from tongban.storage.inline import SimulatedDisk
from tongban.storage.queries import Query
from tongban.storage.sqltext import CAST_TYPES

_READ = Query.of("read", "One.", "SELECT name, position FROM channels WHERE name = :name")
_MOVE = Query.of("move", "Moves one.", "UPDATE channels SET position = position + 1 WHERE name = :name")
_OPEN = Query.of("open", "Opens one.", "INSERT INTO channels VALUES (:name, 0) ON CONFLICT (name) DO NOTHING")
_LOCK = Query.of("lock", "Locks one.", "SELECT name, position FROM channels WHERE name = :name FOR UPDATE", CAST_TYPES)
_SHARE = Query.of(
    "share", "Shares one.", "SELECT name, position FROM channels WHERE name = :name FOR SHARE", CAST_TYPES
)
_SKIP = Query.of(
    "skip", "Locks one.", "SELECT name, position FROM channels WHERE name = :name FOR UPDATE SKIP LOCKED", CAST_TYPES
)


class _Both:
    """Two replicas, whose units stop where a test says so."""

    def __init__(self) -> None:
        image = SimulatedDisk()
        image._connection.execute("CREATE TABLE channels (name TEXT PRIMARY KEY, position INTEGER)")
        image._connection.execute("INSERT INTO channels VALUES ('a', 0), ('b', 0)")
        self.disk = SharedDisk(random.Random(1))
        self.disk.restore(image.image())
        image.discard()
        self.one, self.two = self.disk.share(), self.disk.share()
        self.one.stopped = self.two.stopped = 0.0

    def stop(self, replica: Replica) -> None:
        """The unit that runs lets others go on for a second."""
        assert replica.unit is not None
        replica.unit._stop(1.0)

    async def position(self, name: str) -> int:
        """Where a channel stands, for everybody."""
        row = await self.two.look_up(lambda tx: tx.fetch_one(_READ, {"name": name}))
        assert row is not None
        found: int = row["position"]
        return found


def _play(act: Callable[[_Both], Awaitable[None]]) -> None:
    both = _Both()

    async def main() -> None:
        await act(both)

    run_virtual(main(), VirtualLoop())
    both.disk.discard()


def test_nobody_sees_what_is_not_committed_and_a_writer_of_the_same_row_waits() -> None:
    async def act(both: _Both) -> None:
        seen: list[int] = []

        def first(tx: Transaction) -> None:
            tx.execute(_MOVE, {"name": "a"})
            both.stop(both.one)
            row = tx.fetch_one(_READ, {"name": "a"})
            assert row is not None
            seen.append(row["position"])

        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        assert await both.position("a") == 0
        await both.two.run(lambda tx: tx.execute(_MOVE, {"name": "b"}))
        assert await both.position("b") == 1, "another row is free"
        began = asyncio.get_running_loop().time()
        await both.two.run(lambda tx: tx.execute(_MOVE, {"name": "a"}))
        assert asyncio.get_running_loop().time() - began > 0.5
        await slow
        assert seen == [1]
        assert await both.position("a") == 2

    _play(act)


def test_what_is_locked_for_update_stays_and_is_skipped_by_who_does_not_wait() -> None:
    async def act(both: _Both) -> None:
        def first(tx: Transaction) -> None:
            tx.fetch_all(_LOCK, {"name": "a"})
            both.stop(both.one)
            tx.execute(_MOVE, {"name": "a"})

        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        assert not await both.two.run(lambda tx: tx.fetch_all(_SKIP, {"name": "a"}))
        assert len(await both.two.run(lambda tx: tx.fetch_all(_SKIP, {"name": "b"}))) == 1
        rows = await both.two.run(lambda tx: tx.fetch_all(_LOCK, {"name": "a"}))
        assert rows[0]["position"] == 1, "who waited sees what was committed meanwhile"
        await slow

    _play(act)


def test_what_is_shared_is_read_by_all_and_written_by_nobody() -> None:
    async def act(both: _Both) -> None:
        def first(tx: Transaction) -> None:
            tx.fetch_all(_SHARE, {"name": "a"})
            both.stop(both.one)

        now = asyncio.get_running_loop().time
        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        began = now()
        await both.two.run(lambda tx: tx.fetch_all(_SHARE, {"name": "a"}))
        assert now() - began < 0.5
        await both.two.run(lambda tx: tx.execute(_MOVE, {"name": "a"}))
        assert now() - began > 0.5
        await slow

    _play(act)


def test_a_row_that_another_is_opening_is_waited_for() -> None:
    async def act(both: _Both) -> None:
        def first(tx: Transaction) -> int:
            found = tx.execute(_OPEN, {"name": "new"})
            both.stop(both.one)
            return found

        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        assert await both.two.run(lambda tx: tx.execute(_OPEN, {"name": "new"})) == 0
        assert await slow == 1

    _play(act)


def test_who_waits_in_a_circle_runs_again() -> None:
    async def act(both: _Both) -> None:
        runs = 0

        def locking(replica: Replica, first: str, then: str) -> Callable[[Transaction], None]:
            def work(tx: Transaction) -> None:
                nonlocal runs
                runs += 1
                tx.execute(_MOVE, {"name": first})
                both.stop(replica)
                tx.execute(_MOVE, {"name": then})

            return work

        await asyncio.gather(both.one.run(locking(both.one, "a", "b")), both.two.run(locking(both.two, "b", "a")))
        assert runs == 3
        assert (await both.position("a"), await both.position("b")) == (2, 2)

    _play(act)


def test_what_a_dead_replica_had_not_committed_is_gone_with_its_locks() -> None:
    async def act(both: _Both) -> None:
        def first(tx: Transaction) -> None:
            tx.execute(_MOVE, {"name": "a"})
            both.stop(both.one)

        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        both.disk.cut_off(both.one)
        await both.two.run(lambda tx: tx.execute(_MOVE, {"name": "a"}))
        assert await both.position("a") == 1
        with pytest.raises(Unavailable):
            await slow
        with pytest.raises(Unavailable):
            await both.one.look_up(lambda tx: tx.fetch_one(_READ, {"name": "a"}))

    _play(act)


def test_a_connection_that_is_lost_at_the_commit_leaves_the_unit_done_once_or_its_outcome_open() -> None:
    async def act(both: _Both) -> None:
        unknown = 0
        for _ in range(20):
            both.one.loses_connection = True
            try:
                await both.one.run(lambda tx: tx.execute(_MOVE, {"name": "a"}))
            except Unavailable as error:
                unknown += error.facts["outcome"] == "unknown"
        assert 0 < unknown < 20
        assert await both.position("a") == 20

    _play(act)


def test_a_caller_that_gives_up_does_not_stop_its_unit() -> None:
    async def act(both: _Both) -> None:
        def first(tx: Transaction) -> None:
            tx.execute(_MOVE, {"name": "a"})
            both.stop(both.one)

        slow = asyncio.create_task(both.one.run(first))
        await asyncio.sleep(0.1)
        slow.cancel()
        await asyncio.sleep(2.0)
        assert await both.position("a") == 1

    _play(act)


def test_what_a_unit_swallows_voids_it_all_the_same() -> None:
    async def act(both: _Both) -> None:
        def work(tx: Transaction) -> None:
            tx.execute(_MOVE, {"name": "a"})
            with contextlib.suppress(Unavailable):
                both.stop(both.one)
            with contextlib.suppress(Unavailable):
                tx.execute(_MOVE, {"name": "b"})

        running = asyncio.create_task(both.one.run(work))
        await asyncio.sleep(0.1)
        both.disk.cut_off(both.one)
        with pytest.raises((Unavailable, TransactionSpoiled)):
            await running
        assert (await both.position("a"), await both.position("b")) == (0, 0)

    _play(act)

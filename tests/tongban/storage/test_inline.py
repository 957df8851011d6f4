"""The simulated disk: what dies with its process, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from tests.tongban.storage.kit import QUERIES, note, prepare, versions
from tongban.errors import StorageFull, Unavailable
from tongban.storage import SimulatedDisk
from tongban.storage.base import Transaction

INSERT = QUERIES["insert_note"]


class Crash(BaseException):
    """The power cut of these tests."""


def _crash() -> None:
    raise Crash


async def test_a_crash_before_the_commit_loses_the_unit_only() -> None:
    disk = SimulatedDisk()
    first = disk.mount()
    await prepare(first)
    await first.run(lambda tx: tx.execute(INSERT, note(1)))
    second = disk.mount(before_commit=_crash)
    with pytest.raises(Crash):
        await second.run(lambda tx: tx.execute(INSERT, note(2)))
    third = disk.mount()
    assert await versions(third) == [1]
    disk.discard()


async def test_a_crash_after_the_commit_keeps_the_unit() -> None:
    disk = SimulatedDisk()
    await prepare(disk.mount())
    with pytest.raises(Crash):
        await disk.mount(after_commit=_crash).run(lambda tx: tx.execute(INSERT, note(2)))
    assert await versions(disk.mount()) == [2]
    disk.discard()


async def test_a_dead_handle_neither_reads_nor_writes() -> None:
    disk = SimulatedDisk()
    dead = disk.mount()
    await prepare(dead)
    alive = disk.mount()
    for read_only in (False, True):
        with pytest.raises(Unavailable):
            await dead.run(lambda tx: tx.fetch_all(QUERIES["list_streams"]), read_only=read_only)
    await dead.close()
    await alive.run(lambda tx: tx.execute(INSERT, note(1)))
    await alive.close()
    with pytest.raises(Unavailable):
        await alive.run(lambda tx: tx.execute(INSERT, note(2)))
    disk.discard()


async def test_an_old_backup_comes_back() -> None:
    disk = SimulatedDisk()
    database = disk.mount()
    await prepare(database)
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    backup = disk.image()
    await database.run(lambda tx: tx.execute(INSERT, note(2)))
    disk.restore(backup)
    assert await versions(disk.mount()) == [1]
    disk.discard()


async def test_a_reading_unit_cannot_write_here_either() -> None:
    disk = SimulatedDisk()
    database = disk.mount()
    await prepare(database)
    with pytest.raises(Unavailable):
        await database.run(lambda tx: tx.execute(INSERT, note(1)), read_only=True)
    await database.run(lambda tx: tx.execute(INSERT, note(1)))
    disk.discard()


async def test_units_keep_their_order_behind_a_slow_disk() -> None:
    delays = iter([0.02, 0.0, 0.01])
    disk = SimulatedDisk()
    await prepare(disk.mount())
    database = disk.mount(latency=lambda: asyncio.sleep(next(delays)))
    done: list[int] = []

    async def write(version: int) -> None:
        await database.run(lambda tx: tx.execute(INSERT, note(version)))
        done.append(version)

    await asyncio.gather(*(write(version) for version in (1, 2, 3)))
    assert done == [1, 2, 3]
    disk.discard()


async def test_a_run_does_not_yield_to_the_loop() -> None:
    disk = SimulatedDisk()
    database = disk.mount()
    await prepare(database)
    unit = database.run(lambda tx: tx.execute(INSERT, note(1)))
    with pytest.raises(StopIteration) as finished:
        unit.send(None)
    assert finished.value.value == 1
    disk.discard()


async def test_a_crash_between_two_statements_loses_the_whole_unit() -> None:
    disk = SimulatedDisk()
    await prepare(disk.mount())
    database = disk.mount()
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Crash

    database.before_statement = ask

    def work(tx: Transaction) -> None:
        tx.execute(INSERT, note(1))
        tx.execute(INSERT, note(2))

    with pytest.raises(Crash):
        await database.run(work)
    database.before_statement = None
    assert await versions(database) == []
    disk.discard()


async def test_a_full_disk_refuses_by_name_and_takes_work_again_when_there_is_space() -> None:
    disk = SimulatedDisk()
    database = disk.mount()
    await prepare(database)
    disk.fill()

    def work(tx: Transaction) -> None:
        for version in range(1, 2000):
            tx.execute(INSERT, note(version))

    with pytest.raises(StorageFull):
        await database.run(work)
    assert await versions(database) == []
    disk.free()
    await database.run(work)
    assert len(await versions(database)) == 1999
    disk.discard()

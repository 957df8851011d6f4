"""Group commit: every request is answered once, in order, and the queue is bounded."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tongban.storage.kit import QUERIES, note, versions
from tongban.errors import Overloaded, Unavailable
from tongban.storage import Database, GroupCommit


class Refusal(Exception):
    """What a request gets when it alone is refused."""


class Recorder:
    """A handler that doubles what it gets, one batch at a time, and stops at a gate when told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = 0

    async def __call__(self, batch: list[int]) -> list[int | Exception]:
        assert self.under_way == 0, "two batches under way"
        self.under_way = 1
        self.batches.append(batch)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.under_way = 0
        if 999 in batch:
            raise ConnectionError("the whole batch")
        return [Refusal(n) if n % 7 == 0 else n * 2 for n in batch]


async def test_what_waits_goes_together() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler, max_items=3)
    tasks = [asyncio.create_task(group.submit(1))]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(group.submit(n)) for n in (2, 3, 4, 5)]
    await asyncio.sleep(0.01)
    assert handler.batches == [[1]]
    assert group.waiting == 4
    handler.gate.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert handler.batches == [[1], [2, 3, 4], [5]]


async def test_an_idle_group_answers_at_once_and_keeps_no_task() -> None:
    group = GroupCommit(Recorder())
    before = asyncio.all_tasks()
    assert await group.submit(1) == 2
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_batches_are_bounded_in_bytes() -> None:
    handler = Recorder()
    group = GroupCommit(handler, max_bytes=10, size=lambda n: n)
    await asyncio.gather(*(group.submit(n) for n in (4, 5, 6, 50, 1)))
    assert handler.batches == [[4, 5], [6], [50], [1]]


async def test_a_full_queue_refuses_and_heals() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler, max_items=1, max_waiting=2)
    tasks = [asyncio.create_task(group.submit(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(group.submit(n)) for n in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as caught:
        await group.submit(4)
    assert caught.value.facts["retry"] == "1.0"
    handler.gate.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert await group.submit(4) == 8


async def test_the_queue_is_bounded_in_bytes() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler, max_items=1, max_waiting_bytes=10, size=lambda n: n)
    tasks = [asyncio.create_task(group.submit(50))]
    await asyncio.sleep(0.01)
    tasks.append(asyncio.create_task(group.submit(9)))
    await asyncio.sleep(0.01)
    with pytest.raises(Overloaded):
        await group.submit(2)
    handler.gate.set()
    assert await asyncio.gather(*tasks) == [100, 18]


async def test_a_handler_that_fails_fails_its_batch_only() -> None:
    group = GroupCommit(Recorder(), max_items=2)
    answers = await asyncio.gather(*(group.submit(n) for n in (1, 999, 3)), return_exceptions=True)
    assert [type(a) for a in answers] == [ConnectionError, ConnectionError, int]


async def test_a_handler_that_answers_too_few() -> None:
    async def silent(batch: list[int]) -> list[int | Exception]:
        return []

    with pytest.raises(RuntimeError, match="0 answers to 1"):
        await GroupCommit(silent).submit(1)


async def test_close_answers_what_was_taken() -> None:
    handler = Recorder()
    group = GroupCommit(handler, max_items=1)
    async with group:
        tasks = [asyncio.create_task(group.submit(n)) for n in (1, 2, 3)]
        await asyncio.sleep(0)
    assert [task.result() for task in tasks] == [2, 4, 6]
    with pytest.raises(Unavailable):
        await group.submit(4)
    await group.close()


async def test_a_cancelled_caller_who_waits_is_dropped() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler)
    tasks = [asyncio.create_task(group.submit(1))]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(group.submit(n)) for n in (2, 3)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()  # under way: takes effect, unanswered
    tasks[1].cancel()  # waiting: dropped
    handler.gate.set()
    assert await tasks[2] == 6
    assert handler.batches == [[1], [3]]


async def test_tearing_the_loop_down_leaves_nobody_waiting() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler, max_items=1)
    tasks = [asyncio.create_task(group.submit(n)) for n in (1, 2)]
    await asyncio.sleep(0.01)
    assert group._draining is not None
    group._draining.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(a) for a in answers] == [asyncio.CancelledError] * 2


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), max_size=40),
    st.integers(1, 6),
    st.integers(1, 40),
)
def test_every_submit_is_answered_once_and_order_is_kept(
    arrivals: list[tuple[int, int]], max_items: int, max_waiting: int
) -> None:
    async def scenario() -> None:
        handler = Recorder()
        group = GroupCommit(handler, max_items=max_items, max_waiting=max_waiting)
        answers: list[tuple[int, object]] = []

        async def caller(n: int) -> None:
            try:
                answers.append((n, await group.submit(n)))
            except (Refusal, Overloaded) as error:
                answers.append((n, error))

        tasks = []
        for n, turns in arrivals:
            tasks.append(asyncio.create_task(caller(n)))
            for _ in range(turns):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        await group.close()
        assert sorted(n for n, _ in answers) == sorted(n for n, _ in arrivals)
        taken = [n for n, answer in answers if not isinstance(answer, Overloaded)]
        handled = [n for batch in handler.batches for n in batch]
        assert handled == taken, "answered out of order"
        assert all(len(batch) <= max_items for batch in handler.batches)
        for n, answer in answers:
            if n % 7 == 0:
                assert isinstance(answer, (Refusal, Overloaded))
            else:
                assert answer == n * 2 or isinstance(answer, Overloaded)

    asyncio.run(scenario())


async def test_one_commit_serves_many(database: Database) -> None:
    commits = 0

    async def handler(batch: list[int]) -> list[int | Exception]:
        nonlocal commits
        commits += 1
        rows = [note(version) for version in batch]
        await database.run(lambda tx: tx.execute_many(QUERIES["insert_note"], rows))
        return list(batch)

    async with GroupCommit(handler) as group:
        assert await asyncio.gather(*(group.submit(n) for n in range(1, 201))) == list(range(1, 201))
    assert await versions(database) == list(range(1, 201))
    assert commits <= 3

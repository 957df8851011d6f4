"""Group commit: every request is answered once, in order, and the queue is bounded."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tongban.storage.kit import QUERIES, note, versions
from tongban import deadlines
from tongban.errors import DeadlinePassed, Overloaded, Unavailable
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


Owned = tuple[str, int]


class Owners:
    """A handler of requests that have owners, one batch at a time."""

    def __init__(self) -> None:
        self.batches: list[list[Owned]] = []

    async def __call__(self, batch: list[Owned]) -> list[Owned | Exception]:
        self.batches.append(batch)
        await asyncio.sleep(0)
        return list(batch)


def of_owners(handler: Owners, *, max_waiting_bytes: int = 1000, quantum: int = 10) -> GroupCommit[Owned, Owned]:
    """Requests are an owner and a size; odd sizes are urgent."""
    return GroupCommit(
        handler,
        max_bytes=100,
        max_waiting_bytes=max_waiting_bytes,
        size=lambda request: request[1],
        owner=lambda request: request[0],
        urgent=lambda request: request[1] % 2 == 1,
        quantum=quantum,
    )


def fill(group: GroupCommit[Owned, Owned], owner: str) -> list[asyncio.Future[Owned]]:
    """Put in requests of size 2 until there is no room for another."""
    answers: list[asyncio.Future[Owned]] = []
    with contextlib.suppress(Overloaded):
        while True:
            answers.append(group.put((owner, 2)))
    return answers


async def test_a_flooding_owner_delays_another_by_no_more_than_a_batch() -> None:
    handler = Owners()
    group = of_owners(handler)
    flood = [group.put(("flood", 2)) for _ in range(150)]
    await asyncio.sleep(0)
    assert [len(batch) for batch in handler.batches] == [50], "alone, it gets whole batches"
    late = group.put(("late", 4))
    await late
    assert handler.batches[1].count(("flood", 2)) <= 5
    assert ("late", 4) in handler.batches[1]
    await asyncio.gather(*flood)
    await group.close()


async def test_an_owner_may_fill_half_of_the_room_and_the_next_half_of_what_is_left() -> None:
    group = of_owners(Owners())
    for owner, expected in (("a", 376), ("b", 188), ("c", 94)):
        assert 2 * len(fill(group, owner)) == expected - expected % 2
    with pytest.raises(Overloaded) as caught:
        await group.submit(("a", 1))
    assert caught.value.retry_seconds == 1.0
    assert await group.submit(("b", 1)) == ("b", 1)
    await group.close()


async def test_the_last_quarter_of_the_room_is_for_what_is_urgent() -> None:
    group = of_owners(Owners(), max_waiting_bytes=100)
    for owner in "abcdefgh":
        fill(group, owner)
    assert 70 < group.waiting_bytes <= 75
    with pytest.raises(Overloaded):
        await group.submit(("z", 8))
    assert await group.submit(("z", 9)) == ("z", 9)
    await group.close()


async def test_who_waits_for_room_gets_it_when_a_batch_is_taken() -> None:
    handler = Owners()
    group = of_owners(handler, max_waiting_bytes=100)
    fill(group, "a")
    with pytest.raises(Overloaded):
        await group.room(("a", 2), 0)
    await group.room(("a", 2), 1)
    assert await group.submit(("a", 2)) == ("a", 2)
    await group.close()
    with pytest.raises(Unavailable):
        await group.submit(("a", 2))


async def test_the_time_to_come_back_is_what_the_lane_needs() -> None:
    async def slow(batch: list[Owned]) -> list[Owned | Exception]:
        await asyncio.sleep(0.05)
        return list(batch)

    group: GroupCommit[Owned, Owned] = GroupCommit(
        slow, max_bytes=1, max_waiting_bytes=400, size=lambda r: r[1], owner=lambda r: r[0], quantum=1
    )
    waiting = [group.put(("a", 1)) for _ in range(150)]
    await asyncio.sleep(0.2)
    assert 3 < (group.overloaded(("a", 1)).retry_seconds or 0) < 15
    for answer in waiting:
        answer.cancel()
    await group.close()


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    handler = Recorder()
    handler.gate.clear()
    group = GroupCommit(handler, max_items=1)
    first = group.put(1)
    await asyncio.sleep(0.01)
    with deadlines.within(0.01):
        late = group.put(2)
    with deadlines.within(60):
        patient = group.put(3)
    await asyncio.sleep(0.02)
    handler.gate.set()
    assert (await first, await patient) == (2, 6)
    with pytest.raises(DeadlinePassed):
        await late
    assert handler.batches == [[1], [3]]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30), st.integers(0, 2)), max_size=60),
    st.integers(1, 40),
)
def test_every_owners_requests_are_answered_once_in_its_own_order(
    arrivals: list[tuple[str, int, int]], quantum: int
) -> None:
    async def scenario() -> None:
        handler = Owners()
        group = of_owners(handler, quantum=quantum, max_waiting_bytes=300)
        taken: list[tuple[str, int]] = []
        tasks = []
        for owner, size, turns in arrivals:
            request = (owner, size)
            with contextlib.suppress(Overloaded):
                tasks.append(group.put(request))
                taken.append(request)
            for _ in range(turns):
                await asyncio.sleep(0)
        assert await asyncio.gather(*tasks) == taken
        await group.close()
        handled = [request for batch in handler.batches for request in batch]
        for owner in "abc":
            assert [r for r in handled if r[0] == owner] == [r for r in taken if r[0] == owner]

    asyncio.run(scenario())

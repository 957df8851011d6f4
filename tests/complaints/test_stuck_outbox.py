"""Complaint: a record that cannot be sent stays in the outbox for ever, nobody is told, and those behind it wait.

Raised as opencrvs/opencrvs-core#12292 and #10988.
"""

from __future__ import annotations

import logging

import pytest

from nodes.store import QUERIES
from tests.federation.journey import submission
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.federation.whole import request_id
from tongban.storage.base import Transaction
from tongban.storage.queries import Query
from tongban.v1 import approval_pb2, lifecycle_pb2, mailroom_pb2, parcel_pb2, registry_pb2

BREAK = Query.of("break", "Damages a waiting event.", "UPDATE events SET envelope = :bytes WHERE event_id = :event_id")


async def file(stage: Stage, count: int) -> list[str]:
    """So many filings at 潮州; their names."""
    desk, staff = stage.accepting.desks.window, stage.accepting.staff()
    return [(await desk.submit_application(staff, submission())).name for _ in range(count)]


async def known_at_home(stage: Stage, names: list[str]) -> list[str]:
    """Which of these the home node has."""
    return [name for name in names if await stage.home.core.state(name) is not None]


def owned(task: registry_pb2.Task) -> None:
    """It has an owner, a next time, and words for both."""
    assert task.owner == "supervisor"
    assert task.next_time.ToSeconds() > task.create_time.ToSeconds()
    assert task.message_zh
    assert task.finding.remedy_zh


def trip_over(stage: Stage, stream: str) -> None:
    """From now on the gateway's database trips over this stream: a fault of ours that no rule foresees."""
    stage.disks.disk("gateway")._connection.execute(
        f"CREATE TRIGGER broken BEFORE INSERT ON events WHEN NEW.stream = '{stream}'"
        " BEGIN SELECT RAISE(ABORT, 'broken'); END"
    )


def mend(stage: Stage) -> None:
    """The fault is mended."""
    stage.disks.disk("gateway")._connection.execute("DROP TRIGGER broken")


def test_one_bad_record_blocks_none_behind_it_and_can_be_retried(caplog: pytest.LogCaptureFixture) -> None:
    """A record on which the server fails stays in the outbox, and all behind it wait (opencrvs-core#12292, #10988).

    Here the server fails on one of twenty records for a reason of its own: nineteen go through, the one is a task
    with an owner and a next time, and when the fault is mended the retry button sends it, contents and all.
    """

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        names = await file(stage, 20)
        trip_over(stage, names[1])
        stage.accepting.line.up = True
        await stage.federation.settled(300)
        assert await known_at_home(stage, names) == [names[0], *names[2:]]
        (task,) = (await stage.status(stage.accepting)).tasks
        assert task.stream == names[1]
        owned(task)
        mend(stage)
        request = registry_pb2.RetryTaskRequest(task_id=task.task_id)
        await stage.accepting.desks.registry.retry_task(stage.accepting.staff(), request)
        await stage.federation.settled(120)
        assert await known_at_home(stage, names) == names
        assert not (await stage.status(stage.accepting)).tasks
        await stage.same_everywhere(names[1])
        opened = await stage.home.desks.approval.open_application(
            stage.home.staff(), approval_pb2.OpenApplicationRequest(name=names[1])
        )
        assert opened.form["applicant_name"] == "陈阿婆"

    with caplog.at_level(logging.CRITICAL):
        play(act)


def test_steps_that_belong_together_are_retried_together(caplog: pytest.LogCaptureFixture) -> None:
    """Retrying one record of several that belong together leaves halves behind (opencrvs-core#12292).

    Here a parcel's packing is one group over two streams: refused together, retried by any of its tasks, whole.
    """

    async def act(stage: Stage) -> None:
        (name,) = await file(stage, 1)
        await stage.federation.settled()
        stage.accepting.line.cut()
        desk, staff = stage.accepting.desks.mailroom, stage.accepting.staff("mailroom-1")
        request = mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=stage.home.core.name, post="mailroom-1"),
            items=[f"{name}/originals/deed"],
            seals=["SEAL-0001"],
        )
        parcel = (await desk.pack_parcel(staff, request)).parcel.name
        trip_over(stage, parcel)
        stage.accepting.line.up = True
        await stage.federation.settled(300)
        tasks = (await stage.status(stage.accepting)).tasks
        assert len(tasks) > 1
        for task in tasks:
            owned(task)
        mend(stage)
        await stage.accepting.desks.registry.retry_task(
            stage.accepting.staff(), registry_pb2.RetryTaskRequest(task_id=tasks[-1].task_id)
        )
        await stage.federation.settled(120)
        assert not (await stage.status(stage.accepting)).tasks
        await stage.same_everywhere(parcel)
        await stage.same_everywhere(name)

    with caplog.at_level(logging.CRITICAL):
        play(act)


def test_a_retry_that_fails_again_keeps_its_task(caplog: pytest.LogCaptureFixture) -> None:
    """Pressing retry makes the record vanish from the list, and it is still not sent (opencrvs-core#10988).

    Here what was retried in vain is a task again, and can be retried as often as it takes.
    """

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        (name,) = await file(stage, 1)
        trip_over(stage, name)
        stage.accepting.line.up = True
        await stage.federation.settled(300)
        seen = set()
        for _ in range(3):
            (task,) = (await stage.status(stage.accepting)).tasks
            owned(task)
            assert task.task_id not in seen
            seen.add(task.task_id)
            request = registry_pb2.RetryTaskRequest(task_id=task.task_id)
            await stage.accepting.desks.registry.retry_task(stage.accepting.staff(), request)
            await stage.federation.settled(300)
        (task,) = (await stage.status(stage.accepting)).tasks
        mend(stage)
        await stage.accepting.desks.registry.retry_task(
            stage.accepting.staff(), registry_pb2.RetryTaskRequest(task_id=task.task_id)
        )
        await stage.federation.settled(120)
        assert not (await stage.status(stage.accepting)).tasks
        state = await stage.home.core.state(name)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_SUBMITTED

    with caplog.at_level(logging.CRITICAL):
        play(act)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 40], ids=["empty", "rubbish"])
def test_a_record_that_its_own_node_cannot_read_blocks_none_behind_it(
    damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """One unreadable record in the outbox stops the whole outbox (opencrvs-core#12292).

    Here the node's own disk has spoiled a waiting record: it is set aside with an owner, and the others are sent.
    """

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        names = await file(stage, 10)

        def spoil(tx: Transaction) -> None:
            row = tx.fetch_all(QUERIES.list_waiting, {"after": 0, "size": 10})[2]
            tx.execute(BREAK, {"event_id": row["event_id"], "bytes": damage})

        await stage.accepting.core.database.run(spoil)
        stage.accepting.line.up = True
        await stage.federation.settled(300)
        assert await known_at_home(stage, names) == [*names[:2], *names[3:]]
        (task,) = (await stage.status(stage.accepting)).tasks
        assert (task.stream, task.reason) == (names[2], "DAMAGED")
        owned(task)

    with caplog.at_level(logging.CRITICAL):
        play(act)


def test_everything_that_waits_is_shown_with_who_and_when(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody can see what is stuck, or since when (opencrvs-core#10988).

    Here the node's page tells how many steps wait, why the line is down, and each task with its owner and next time.
    """

    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        stage.accepting.line.cut()
        await file(stage, 3)
        status = await stage.status(stage.accepting)
        assert status.waiting_events == 3
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        assert (await stage.status(stage.accepting)).waiting_events == 0

    with caplog.at_level(logging.CRITICAL):
        play(act, regions=(HOME, ACCEPTING))

"""A node is away for thirty days, works on, and comes back with all of it: what fits is admitted, the rest explained.

On the virtual clock.  How long ten thousand events take in real time is measured by `python -m tests.bench.absence`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.items import items_of
from gateway.operator import Operator
from nodes.journal.drafts import Actor, Draft
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, FarLine, Stage, back, play
from tests.federation.whole import NodeRun
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import (
    agreement_pb2,
    approval_pb2,
    directory_pb2,
    lifecycle_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

DAY = 86400.0
AGREEMENT = "agreements/zhangzhou-chaozhou-shantou"
PER_DAY = 10
"""Applications that are filed and sent off a day while away: six events each."""


def act_on(act: Callable[[Stage], Awaitable[None]], **options: Any) -> None:
    """Play an act where lines tell that they are back, and where the parties let a copy be a month old."""
    play(act, line_to=FarLine, offline_days=31, **options)


async def decide(run: NodeRun, stream: str, body: str, content: Any) -> None:
    """Record a step for which there is no desk yet."""
    await run.core.record(Actor("s-tester"), lambda view: ([Draft(stream, body, content)], None))


async def standing(run: NodeRun, name: str) -> int:
    """The application's state as the node sees it."""
    state = await run.core.state(name)
    return int(state.state) if state is not None else 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thirty_days_away() -> None:
    async def act(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        away, others = stage.accepting, stage.federation.nodes[OUTSIDE]
        away.line.cut()
        filed: list[str] = []

        async def file_and_send() -> None:
            journey = stage.journey()
            await journey.submit()
            await stage.send_off(journey.name)
            filed.append(journey.name)

        for _ in range(30):
            await asyncio.gather(*(file_and_send() for _ in range(PER_DAY)))
            await asyncio.sleep(DAY)
        queued = await stage.waiting(away)
        assert queued == 30 * PER_DAY * 6
        # It worked on by itself all the while: every step stands in its own journal.
        assert all([await standing(away, name) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED for name in filed])

        came_back = loop.time()
        back(away)
        begun = 0.0
        times: list[float] = []
        while waiting := await stage.waiting(away):
            if waiting < queued and not begun:
                begun = loop.time()
            start = loop.time()
            await _publish(others, len(times))
            times.append(loop.time() - start)
        assert begun - came_back <= 5
        assert loop.time() - came_back <= 60
        # The others are served meanwhile, each in its turn.
        assert sorted(times)[int(len(times) * 0.99)] <= 1.0
        await stage.federation.settled(60)
        # What was filed in the last week is judged by the day it was filed on, what is older by today: both good here.
        assert not (await stage.status(away)).tasks
        for name in filed:
            await stage.same_everywhere(name)

    act_on(act, regions=(HOME, ACCEPTING, OUTSIDE))


async def _publish(run: NodeRun, number: int) -> str:
    """What another node does meanwhile: it publishes an item; its name, once that is receipted and has come back."""
    name = f"items/{run.core.name.removeprefix('nodes/')}.new-{number}"
    document = directory_pb2.ItemDocument(
        name=name, home=run.core.name, title=f"事项 {number}", modes=[types_pb2.MODE_AGENT]
    )
    await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=document))
    with run.core.watch(name) as watch:
        while not (await run.core.database.run(functools.partial(_confirmed, name=name), read_only=True)):
            await watch.changed()
    return name


def _confirmed(tx: Transaction, name: str) -> int:
    row = tx.fetch_one(QUERIES.read_stream, {"name": name})
    return int(row["version"]) if row is not None else 0


def test_an_agreement_that_was_suspended_meanwhile() -> None:
    """Filed before it: honoured, as the suspension says.  Filed after it, unknowing: refused, and the clerk is told."""

    async def act(stage: Stage) -> None:
        away, home = stage.accepting, stage.home
        away.line.cut()
        before, after = stage.journey(), stage.journey()
        await before.submit()
        await asyncio.sleep(DAY)
        suspended = agreement_pb2.AgreementSuspended()
        suspended.effect_time.FromDatetime(home.core.clock.now())
        suspended.honour_time.FromDatetime(home.core.clock.now() + dt.timedelta(days=20))
        await decide(home, AGREEMENT, "agreement_suspended", suspended)
        await asyncio.sleep(2 * DAY)
        await after.submit()
        sent = await stage.send_off(after.name)
        await asyncio.sleep(DAY)
        back(away)
        await stage.federation.settled(120)
        await stage.same_everywhere(before.name)
        assert await standing(home, before.name) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED
        assert await standing(home, after.name) == await standing(away, after.name) == 0
        tasks = (await stage.status(away)).tasks
        refused = next(task for task in tasks if task.stream == after.name)
        assert refused.reason == "AGREEMENT_SUSPENDED"
        told(refused, "2026-11-26 09:00", "“收件”", "其间:2026-11-24 09:00 漳州市对协议", "“中止”")
        # What was built on it fell with it, and has an owner too.
        assert {task.stream for task in tasks} == {after.name, sent.parcel.name}
        assert all(task.owner and task.HasField("next_time") for task in tasks)

    act_on(act)


def test_an_agreement_that_ended_meanwhile() -> None:
    """From its last day nothing new is admitted, whenever it was filed; the clerk is told who ended it, and when."""

    async def act(stage: Stage) -> None:
        away, home = stage.accepting, stage.home
        away.line.cut()
        await stage.journey().submit()
        await asyncio.sleep(DAY)
        ended = agreement_pb2.AgreementTerminated(effect_date={"year": 2026, "month": 11, "day": 25})
        await decide(home, AGREEMENT, "agreement_terminated", ended)
        await asyncio.sleep(29 * DAY)
        back(away)
        await stage.federation.settled(120)
        (task,) = (await stage.status(away)).tasks
        assert task.reason == "AGREEMENT_TERMINATED"
        told(task, "2026-11-23 09:00", "“收件”", "其间:2026-11-24 09:00 漳州市对协议", "“终止”")
        assert "2026-11-25" in task.message_zh

    act_on(act)


@pytest.mark.parametrize(("days", "admitted"), [(6, True), (9, False)])
def test_an_agreement_that_expired_meanwhile(days: int, admitted: bool) -> None:
    """A filing is judged by the day it was made, if that is a week ago at most, and by today where it is longer ago."""

    async def act(stage: Stage) -> None:
        away = stage.accepting
        await agree_until(stage, day=24)
        away.line.cut()
        early = stage.journey()
        await early.submit()
        await asyncio.sleep(days * DAY)
        back(away)
        await stage.federation.settled(120)
        tasks = (await stage.status(away)).tasks
        if admitted:
            assert not tasks
            assert await standing(stage.home, early.name) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED
        else:
            assert [task.reason for task in tasks] == ["AGREEMENT_EXPIRED"]
            told(tasks[0], "2026-11-23 09:00", "“收件”,未生效")
            assert "2026-11-24 到期" in tasks[0].message_zh

    act_on(act, agreed=False)


async def agree_until(stage: Stage, *, day: int) -> None:
    """The agreement of 漳州 and 潮州, with a last day."""
    seed = data.load()
    for item in items_of(seed, stage.home.core.name):
        request = registry_pb2.PublishItemRequest(document=item)
        await stage.home.desks.registry.publish_item(stage.home.staff(), request)
    await stage.federation.settled()
    known = {node.name: node for node in stage.home.core.shared.directory.nodes()}
    document = zhangzhou_chaozhou_shantou(seed, known)
    document.expire_date.year, document.expire_date.month, document.expire_date.day = 2026, 11, day
    await stage.federation.sign(document)


def test_an_application_that_was_withdrawn_elsewhere() -> None:
    async def act(stage: Stage) -> None:
        away, window = stage.home, stage.accepting
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        away.line.cut()
        await asyncio.sleep(DAY)
        await away.desks.approval.accept_application(
            away.staff(), approval_pb2.AcceptApplicationRequest(name=journey.name)
        )
        await asyncio.sleep(DAY)
        await window.desks.window.withdraw_application(
            journey.window(), window_pb2.WithdrawApplicationRequest(name=journey.name)
        )
        await asyncio.sleep(28 * DAY)
        back(away)
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)
        (task,) = (await stage.status(away)).tasks
        assert task.reason == "STREAM_CONFLICT"
        told(task, "2026-11-24 09:00", "受理", "其间:2026-11-25 09:00 潮州市对办件", "撤回")
        # Doing it again is refused by name, and the task stays with its owner until a person has dealt with it.
        with pytest.raises(errors.MoveNotAllowed):
            await away.desks.registry.retry_task(away.staff(), registry_pb2.RetryTaskRequest(task_id=task.task_id))
        assert [each.task_id for each in (await stage.status(away)).tasks] == [task.task_id]

    act_on(act)


def test_a_node_that_was_suspended_meanwhile() -> None:
    """It receives on, is told that it is suspended, since when and by whom; resumed, it does its steps again."""

    async def act(stage: Stage) -> None:
        away = stage.accepting
        federation = stage.federation
        assert federation.gateway is not None
        operator = Operator(federation.gateway, federation.keys["gateway"], federation.entropy)
        away.line.cut()
        journey = stage.journey()
        await journey.submit()
        await asyncio.sleep(DAY)
        await operator.suspend(away.core.name, "audit")
        await asyncio.sleep(DAY)
        back(away)
        await federation.settled(120)
        (task,) = (await stage.status(away)).tasks
        assert task.reason == "NODE_NOT_ACTIVE"
        told(task, "2026-11-23 09:00", "“收件”", "其间:2026-11-24 09:00 网关 test对节点 445100", "暂停")
        await operator.resume(away.core.name)
        await federation.settled(120)
        retried = await away.desks.registry.retry_task(
            away.staff(), registry_pb2.RetryTaskRequest(task_id=task.task_id)
        )
        assert retried.task_id == task.task_id
        await federation.settled(120)
        assert not (await stage.status(away)).tasks
        assert await standing(stage.home, journey.name) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED
        await stage.same_everywhere(journey.name)
        # What was sealed the first time opens at the other end, though its first keys went nowhere.
        opened = await stage.home.desks.approval.open_application(
            stage.home.staff(), approval_pb2.OpenApplicationRequest(name=journey.name)
        )
        assert opened.form["applicant_name"] == "陈阿婆"

    act_on(act)


def told(task: registry_pb2.Task, *words: str) -> None:
    """The clerk is told this in Chinese; somebody owns it, and it comes up again."""
    for word in words:
        assert word in task.story_zh, task.story_zh
    assert task.story_en
    assert task.finding.remedy_zh
    assert task.owner == "supervisor"
    assert task.next_time.ToSeconds() > task.create_time.ToSeconds()

"""How old a node's copy of the agreements may be, and that a node learns before it forwards."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from agreements.domain.coverage import Coverage
from nodes.copy_age import CopyAge
from tests.agreements.making import agreement, document, item, nodes
from tests.federation.journey import submission
from tests.federation.stage import ACCEPTING, FarLine, Stage, back, play
from tongban import errors
from tongban.clock import Clock, SystemClock
from tongban.v1 import lifecycle_pb2, negotiation_pb2, window_pb2

DAY = 86400.0
AGREEMENT = "agreements/zhangzhou-chaozhou-shantou"


async def suspend(stage: Stage) -> None:
    """漳州 suspends the whole agreement from now on, and honours nothing."""
    run = stage.home
    await run.desks.agreements.suspend_agreement(run.staff(), negotiation_pb2.SuspendAgreementRequest(name=AGREEMENT))


def test_a_window_files_offline_for_as_long_as_its_clause_allows() -> None:
    async def act(stage: Stage) -> None:
        run = stage.accepting
        run.line.cut()
        await asyncio.sleep(6.9 * DAY)
        filed = await run.desks.window.submit_application(run.staff(), submission())
        await asyncio.sleep(0.2 * DAY)
        with pytest.raises(errors.DirectoryTooOld) as refusal:
            await run.desks.window.submit_application(run.staff(), submission())
        assert refusal.value.text("zh").startswith("本节点的协议副本已 7 天 2 小时 未更新,超过条款允许的 7 天")
        with pytest.raises(errors.DirectoryTooOld):
            await run.desks.window.find_route(run.staff(), window_pb2.FindRouteRequest(item=submission().item))
        listed = await run.desks.window.list_applications(run.staff(), window_pb2.ListApplicationsRequest())
        assert [each.name for each in listed.applications] == [filed.name]
        # A restart does not make the copy young again.
        await stage.federation.stop_node(ACCEPTING)
        run = await stage.federation.start_node(ACCEPTING, dial=False)
        with pytest.raises(errors.DirectoryTooOld):
            await run.desks.window.submit_application(run.staff(), submission())
        await stage.federation.stop_node(ACCEPTING)
        run = await stage.federation.start_node(ACCEPTING)
        back(run)
        await stage.federation.settled()
        await run.desks.window.submit_application(run.staff(), submission())

    play(act, line_to=FarLine)


def test_a_home_files_for_itself_however_old_its_copy_is() -> None:
    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        await asyncio.sleep(60 * DAY)
        run = stage.home
        await run.desks.window.submit_application(run.staff(), submission())

    play(act, line_to=FarLine)


def test_a_suspension_reaches_every_window_within_a_minute() -> None:
    async def act(stage: Stage) -> None:
        begun = stage.loop.time()
        await suspend(stage)
        run = stage.accepting
        while True:
            try:
                await run.desks.window.find_route(run.staff(), window_pb2.FindRouteRequest(item=submission().item))
            except errors.AgreementSuspended:
                break
            await asyncio.sleep(0.05)
        assert stage.loop.time() - begun < 60

    play(act)


def test_a_window_that_was_away_knows_it_before_its_first_step_goes_out() -> None:
    async def act(stage: Stage) -> None:
        run = stage.accepting
        run.line.cut()
        application = await run.desks.window.submit_application(run.staff(), submission())
        await suspend(stage)
        await asyncio.sleep(dt.timedelta(hours=1).total_seconds())
        known: list[int] = []
        waiting = run.core.copy.current

        async def watch() -> None:
            await waiting.wait()
            found = run.core.shared.agreement(AGREEMENT)
            assert found is not None
            known.append(found.state)
            # Nothing has gone out yet: the filing has no answer, and nothing else has one.
            known.append(await stage.waiting(run))

        watching = asyncio.create_task(watch())
        run.line.up = True
        await stage.federation.settled()
        await watching
        assert known == [lifecycle_pb2.AGREEMENT_STATE_SUSPENDED, 1]
        tasks = (await stage.status(run)).tasks
        assert [(task.stream, task.reason) for task in tasks] == [(application.name, "AGREEMENT_SUSPENDED")]

    play(act)


class _Begun:
    """A node whose first session ended in the middle of the feeds."""

    clock: Clock = SystemClock()

    def __init__(self) -> None:
        self.cursors = {"feeds/agreements": 5}

    async def set(self, **settings: str) -> None:
        raise AssertionError(settings)


async def test_a_copy_that_was_never_read_to_its_end_has_no_age() -> None:
    copy = CopyAge(_Begun())
    copy.load({})
    copy.opened({"feeds/agreements": 9})
    copy.closed()
    assert copy.age() is None
    covering = Coverage([agreement(document())], [item("items/a.x")], nodes("nodes/a", "nodes/b"))
    clause = covering.clauses("items/a.x")[0]
    with pytest.raises(errors.DirectoryTooOld):
        copy.check(clause)
    copy.check(None)

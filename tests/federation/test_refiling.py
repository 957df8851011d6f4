"""Work of a node whose disk was put back by hand: done again by a person's word, under a number of its own."""

from __future__ import annotations

import asyncio

import pytest

from nodes.dialer import Dialer
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, Stage, play
from tests.federation.whole import NodeRun
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, lifecycle_pb2, registry_pb2, window_pb2


async def _retry(run: NodeRun, task: registry_pb2.Task) -> None:
    await run.desks.registry.retry_task(run.staff(), registry_pb2.RetryTaskRequest(task_id=task.task_id))


def test_a_filing_whose_number_is_taken_is_filed_again_under_a_new_one() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        first = (await journey.submit()).name
        await stage.federation.settled()
        run = await stage.restart_from(image)
        journey.accepting = run
        assert (await journey.submit()).name == first, "a number made twice, as a restored counter makes it"
        await run.desks.window.withdraw_application(run.staff(), window_pb2.WithdrawApplicationRequest(name=first))
        run.dialling = asyncio.create_task(Dialer(run.core, run.line).run())
        await stage.federation.settled(120)
        filing, withdrawal = (await stage.status(run)).tasks
        if filing.reason == errors.PredecessorRejected.reason():
            filing, withdrawal = withdrawal, filing

        with pytest.raises(errors.PredecessorRejected):
            await _retry(run, withdrawal)
        await _retry(run, filing)
        await stage.federation.settled(120)
        with pytest.raises(errors.PredecessorRejected):
            await _retry(run, withdrawal)
        assert await _state(run, first) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED, "it is another person's"

        told = {task.stream: task for task in (await stage.status(run)).tasks}
        assert first in told, "what was made further under the old number stays for a person"
        [(name, notice)] = [(stream, task) for stream, task in told.items() if stream != first]
        assert name.removeprefix("applications/") in notice.message_zh
        assert first.removeprefix("applications/") in notice.message_en
        await stage.same_everywhere(name)
        await stage.same_everywhere(first)
        for each in (run, stage.home):
            assert await _state(each, name) == lifecycle_pb2.APPLICATION_STATE_SUBMITTED
        asked = approval_pb2.OpenApplicationRequest(name=name)
        opened = await stage.home.desks.approval.open_application(stage.home.staff(), asked)
        assert opened.form, "what was typed then is sealed anew, and opens at home"
        await run.desks.registry.finish_task(run.staff(), registry_pb2.FinishTaskRequest(task_id=notice.task_id))
        row = await run.core.database.run(lambda tx: tx.fetch_one(QUERIES.read_stream, {"name": name}), read_only=True)
        assert row is not None
        assert not row["parked"]

    play(act)


async def _state(run: NodeRun, name: str) -> int:
    state: application_pb2.Application = await run.core.state(name)
    return int(state.state)

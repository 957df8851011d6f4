"""What falls due has an owner within a minute, a deadline, an escalation and an end, on both nodes; and once only."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator

from mailroom.domain.watch import Terms
from nodes.desk.staff import Staff
from nodes.minding import NodeMinder
from tests.federation.stage import ACCEPTING, Stage, play
from tests.federation.whole import NodeRun
from tongban.v1 import mailroom_pb2, parcel_pb2

TERMS = Terms()
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@contextlib.asynccontextmanager
async def minded(*runs: NodeRun) -> AsyncIterator[None]:
    """These nodes mind their parcels."""
    tasks = [asyncio.create_task(NodeMinder(run.core, TERMS).run()) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def porter(run: NodeRun) -> Staff:
    return run.staff("mailroom-1")


async def listed(run: NodeRun, **filters: bool) -> list[tuple[str, str, bool]]:
    request = mailroom_pb2.ListCasesRequest(own=filters.get("own", False), escalated=filters.get("escalated", False))
    answer = await run.desks.cases.list_cases(porter(run), request)
    return [(case.code, case.owner, case.escalated) for case in answer.cases]


async def parcel_of(run: NodeRun, name: str) -> parcel_pb2.Parcel:
    return await run.desks.mailroom.get_parcel(porter(run), mailroom_pb2.GetParcelRequest(name=name))


async def sent(stage: Stage) -> mailroom_pb2.PackParcelResponse:
    journey = stage.journey()
    await journey.submit()
    packed = await stage.send_off(journey.name)
    await stage.federation.settled()
    return packed


async def until(stage: Stage, time: dt.datetime) -> None:
    await asyncio.sleep((time - stage.federation.clock.now()).total_seconds())


def raised(parcel: parcel_pb2.Parcel) -> list[str]:
    return [e.code for e in parcel.exceptions if e.event_type == "parcel_exception_raised"]


async def take_in(run: NodeRun, packed: mailroom_pb2.PackParcelResponse) -> parcel_pb2.Parcel:
    request = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=["SEAL-0001"], waybill="EB1")
    return await run.desks.mailroom.take_in_parcel(porter(run), request)


def test_an_overdue_leg_has_an_owner_within_a_minute_and_its_arrival_ends_it() -> None:
    async def act(stage: Stage) -> None:
        packed = await sent(stage)
        name = packed.parcel.name
        parcel = await parcel_of(stage.accepting, name)
        due = parcel.legs[0].due_time.ToDatetime(dt.UTC)
        async with minded(stage.accepting, stage.home):
            await until(stage, due - dt.timedelta(seconds=1))
            assert "late" not in raised(await parcel_of(stage.accepting, name))
            await until(stage, due + dt.timedelta(seconds=60))
            for run in (stage.accepting, stage.home):
                assert ("late", f"nodes/{ACCEPTING}", False) in await listed(run)
            assert "late" in [code for code, _, _ in await listed(stage.accepting, own=True)]
            assert await listed(stage.home, own=True) == []
            assert "late" not in [code for code, _, _ in await listed(stage.accepting, escalated=True)]
            await asyncio.sleep(25 * HOUR)
            assert ("late", f"nodes/{ACCEPTING}", True) in await listed(stage.accepting, escalated=True)
            assert await listed(stage.home, escalated=True) == []
            await take_in(stage.home, packed)
            await stage.federation.settled()
            for run in (stage.accepting, stage.home):
                assert await listed(run) == []
            await asyncio.sleep(3 * DAY)
            after = await parcel_of(stage.home, name)
            assert len(raised(after)) == len(set(raised(after)))
            assert {e.resolution for e in after.exceptions if e.code == "late"} == {"found"}
        await stage.same_everywhere(name)

    play(act)


def test_a_minder_that_starts_again_raises_nothing_twice() -> None:
    async def act(stage: Stage) -> None:
        packed = await sent(stage)
        name = packed.parcel.name
        due = (await parcel_of(stage.accepting, name)).legs[0].due_time.ToDatetime(dt.UTC)
        await until(stage, due + dt.timedelta(hours=1))
        assert raised(await parcel_of(stage.accepting, name)) == []
        for _ in range(4):
            async with minded(stage.accepting, stage.home):
                await asyncio.sleep(MINUTE)
            await stage.federation.settled()
        await stage.federation.stop_node(ACCEPTING)
        run = await stage.federation.start_node(ACCEPTING)
        async with minded(run):
            await asyncio.sleep(HOUR)
        assert sorted(raised(await parcel_of(run, name))) == ["late", "one-sided"]

    play(act)

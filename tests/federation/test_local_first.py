"""Work goes on without a line, and flows when it is back: nothing lost, nothing doubled, nobody waited for."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

import pytest

import gateway.session
import nodes.session
from nodes.desk.history import history_of
from tests.federation.journey import ITEM, submission
from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, Stage, play
from tongban import errors
from tongban.clock import Clock
from tongban.v1 import (
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    types_pb2,
    window_pb2,
)


def test_a_day_without_a_line() -> None:
    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        journey = stage.journey()
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await asyncio.sleep(86_400)
        assert await stage.waiting(stage.accepting) == 6
        assert await stage.home.core.state(journey.name) is None
        view = await stage.accepting.desks.window.get_application(
            journey.window(), window_pb2.GetApplicationRequest(name=journey.name)
        )
        assert view.sync_state == window_pb2.SYNC_STATE_PENDING
        assert view.originals[0].name.endswith("/originals/deed")
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        assert await stage.waiting(stage.accepting) == 0
        assert not (await stage.status(stage.accepting)).tasks
        await stage.same_everywhere(journey.name)
        await stage.same_everywhere(packed.parcel.name)

    play(act)


def test_the_gateway_stops_and_starts_in_the_middle() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.stop_gateway()
        await stage.send_off(journey.name)
        await asyncio.sleep(300)
        await stage.federation.start_gateway()
        await stage.federation.settled(120)
        await journey.decide()
        await stage.federation.stop_gateway()
        await stage.federation.start_gateway()
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)
        state = await stage.accepting.core.state(journey.name)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED

    play(act)


def test_a_node_stops_and_starts_in_the_middle() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        stage.accepting.line.cut()
        await journey.submit()
        await stage.federation.stop_node(ACCEPTING)
        run = await stage.federation.start_node(ACCEPTING)
        assert (await run.core.state(journey.name)).state == lifecycle_pb2.APPLICATION_STATE_SUBMITTED
        await stage.federation.settled(120)
        await stage.federation.stop_node(HOME)
        await stage.send_off(journey.name)
        await asyncio.sleep(60)
        await stage.federation.start_node(HOME)
        await stage.federation.settled(120)
        journey.accepting, journey.home = stage.accepting, stage.home
        await journey.decide()
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)

    play(act)


def test_what_was_decided_on_an_old_state_is_undone_and_owned() -> None:
    """漳州 decides offline what 潮州 has withdrawn: the first step is refused, and those built on it with it."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        stage.home.line.cut()
        await journey.decide()
        assert (await stage.home.core.state(journey.name)).state == lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED
        await stage.accepting.desks.window.withdraw_application(
            journey.window(), window_pb2.WithdrawApplicationRequest(name=journey.name)
        )
        await stage.federation.settled()
        stage.home.line.up = True
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)
        assert (await stage.home.core.state(journey.name)).state == lifecycle_pb2.APPLICATION_STATE_WITHDRAWN
        tasks = (await stage.status(stage.home)).tasks
        assert [task.reason for task in tasks] == ["STREAM_CONFLICT", *["PREDECESSOR_REJECTED"] * 3]
        assert {task.owner for task in tasks} == {"supervisor"}
        assert all(task.stream == journey.name and task.message_zh and task.message_en for task in tasks)
        view = await stage.home.desks.window.get_application(
            stage.home.staff(), window_pb2.GetApplicationRequest(name=journey.name)
        )
        assert view.sync_state == window_pb2.SYNC_STATE_REJECTED
        # And the way is open again: the decider files it away.
        closed = await stage.home.desks.approval.close_application(
            stage.home.staff(), approval_pb2.CloseApplicationRequest(name=journey.name)
        )
        assert closed.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
        await stage.federation.settled()
        await stage.same_everywhere(journey.name)

    play(act)


def test_a_parcel_is_taken_in_before_its_sender_was_heard() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        stage.accepting.line.cut()
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await asyncio.sleep(3 * 3600)
        taker = stage.home.staff("mailroom-1")
        desk = stage.home.desks.mailroom
        taken = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=["SEAL-0001"], waybill="EB1")
        shown = await desk.take_in_parcel(taker, taken)
        assert shown.state == lifecycle_pb2.PARCEL_STATE_TAKEN_IN
        await desk.take_in_parcel(taker, taken)
        when = stage.federation.clock.now()
        assert await desk.record_early_intakes() == 0
        await asyncio.sleep(7200)
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        # The scanner is used once more before what it kept was recorded, and once more after.
        for _ in range(2):
            again = await desk.take_in_parcel(taker, taken)
            assert again.state == lifecycle_pb2.PARCEL_STATE_TAKEN_IN
        assert await desk.record_early_intakes() == 0
        await stage.federation.settled(120)
        history = await stage.home.core.database.run(lambda tx: history_of(tx, packed.parcel.name), read_only=True)
        assert [entry.event_type for entry in history].count("parcel_taken_in") == 1
        assert not (await stage.status(stage.home)).tasks
        for run in (stage.home, stage.accepting):
            parcel = await run.core.state(packed.parcel.name)
            assert parcel.state == lifecycle_pb2.PARCEL_STATE_TAKEN_IN
            assert not parcel.exceptions
            assert parcel.custody.since_time.ToDatetime(when.tzinfo) == when
        await stage.same_everywhere(packed.parcel.name)

    play(act)


@dataclass(slots=True)
class Lagging:
    """A clock that is an hour behind another."""

    true: Clock

    def now(self) -> dt.datetime:
        """An hour ago."""
        return self.true.now() - dt.timedelta(hours=1)

    def monotonic(self) -> float:
        """As the other."""
        return self.true.monotonic()


def test_a_clock_that_lags_by_an_hour_works() -> None:
    """Its claimed times lie before what it has seen; it says so by citing nothing, and is never refused for it."""

    async def act(stage: Stage) -> None:
        federation = stage.federation
        await federation.stop_node(ACCEPTING)
        true = federation.clock
        federation.clock = Lagging(true)
        await federation.start_node(ACCEPTING)
        federation.clock = true
        journey = stage.journey()
        await journey.run()
        assert not (await stage.status(stage.accepting)).tasks
        await stage.same_everywhere(journey.name)

    play(act)


@pytest.mark.parametrize(("up", "down"), [(1, 1), (3, 2), (40, 7)])
def test_the_smallest_credit_carries_a_journey(up: int, down: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.session, "CREDIT_EVENTS", up)
    monkeypatch.setattr(gateway.session, "CREDIT_BYTES", 4000)
    monkeypatch.setattr(nodes.session, "CREDIT_EVENTS", down)
    monkeypatch.setattr(nodes.session, "CREDIT_BYTES", 1)

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        journey = stage.journey()
        for _ in range(20):
            await journey.submit()
        await stage.send_off(journey.name)
        stage.accepting.line.up = True
        await stage.federation.settled(600)
        await journey.decide()
        await stage.federation.settled(600)
        await stage.same_everywhere(journey.name)

    stage = play(act)
    assert [type(e).__name__ for e in stage.federation.session_errors if "Credit" in type(e).__name__] == []


def test_more_than_fits_into_a_message_waits_in_a_mailbox() -> None:
    """Scans of many applications, for a node that was away: pages are cut before they grow too large to carry."""

    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        window = stage.accepting.desks.window
        for _ in range(8):
            request = submission()
            for number in range(3):
                extra = request.materials.add(content=bytes(190_000), media_type="image/png")
                extra.material.code, extra.material.form = (
                    f"other-{number + 5}",
                    types_pb2.MATERIAL_FORM_ELECTRONIC,
                )
            await window.submit_application(stage.accepting.staff(), request)
        await stage.federation.settled(60)
        core = stage.federation.gateway
        assert core is not None
        sizes, after = [], 0
        while after < core.heads[f"nodes/{HOME}"]:
            page = await core.read(f"nodes/{HOME}", after, 128)
            sizes.append(page.ByteSize())
            after = page.deliveries[-1].position
        largest = max(sizes)
        assert 1 << 20 < largest < 4 << 20
        stage.home.line.up = True
        await stage.federation.settled(60)

    play(act)


def test_without_an_agreement_nothing_can_be_filed() -> None:
    async def act(stage: Stage) -> None:
        other = stage.federation.nodes[OUTSIDE]
        with pytest.raises(errors.Refused) as refused:
            await other.desks.window.find_route(
                other.staff(), window_pb2.FindRouteRequest(item=ITEM, applicant_kind=types_pb2.APPLICANT_KIND_PERSON)
            )
        assert refused.value.reason() in ("NO_AGREEMENT_IN_FORCE", "ITEM_NOT_COVERED")
        with pytest.raises(errors.Refused):
            await other.desks.window.submit_application(other.staff(), submission())
        assert await stage.waiting(other) == 0

    play(act, regions=(HOME, ACCEPTING, OUTSIDE))

"""A result that was handed out under a wrong clock: the gateway refuses the step, and the window can do it again."""

from __future__ import annotations

import datetime as dt

from tests.federation.stage import ACCEPTING, Stage, play
from tests.simulate.ground import MachineClock
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2, window_pb2


def test_a_new_code_opens_what_was_handed_out_in_vain() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await journey.send(journey.accepting, journey.home, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS, "SEAL-0001")
        await journey.decide()
        await journey.send(journey.home, journey.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0002")
        desk, clerk = stage.accepting.desks.window, journey.window()
        ready = await desk.ready_result(clerk, window_pb2.ReadyResultRequest(name=journey.name))
        await stage.federation.settled()
        clock = clocks[ACCEPTING]
        clock.ahead = dt.timedelta(hours=1)
        await desk.collect_result(clerk, _with(journey.name, ready.pickup_code))
        await stage.federation.settled()
        clock.ahead = dt.timedelta(0)
        state = await stage.accepting.core.state(journey.name)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
        ready = await desk.ready_result(clerk, window_pb2.ReadyResultRequest(name=journey.name))
        collected = await desk.collect_result(clerk, _with(journey.name, ready.pickup_code))
        assert collected.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED

    clocks: dict[str, MachineClock] = {}

    async def with_clocks(stage: Stage) -> None:
        clocks[ACCEPTING] = MachineClock(stage.federation.clock)
        stage.federation.clock_of = lambda name: clocks.get(name, stage.federation.clock)
        await stage.federation.stop_node(ACCEPTING)
        await stage.federation.start_node(ACCEPTING)
        await stage.federation.settled()
        await act(stage)

    play(with_clocks)


def _with(name: str, code: str) -> window_pb2.CollectResultRequest:
    return window_pb2.CollectResultRequest(name=name, pickup_code=code, proof=application_pb2.COLLECTION_PROOF_CODE)

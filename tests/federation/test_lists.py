"""Lists show what came while a node was away, however much of it arrived at once."""

from __future__ import annotations

from tests.federation.stage import Stage, play
from tongban.v1 import lifecycle_pb2, window_pb2


def test_an_application_of_several_events_in_one_delivery_is_listed() -> None:
    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        journey = stage.journey()
        await journey.submit()
        await stage.send_off(journey.name)
        await stage.federation.settled()
        stage.home.line.up = True
        await stage.federation.settled(120)
        listed = await stage.home.desks.window.list_applications(
            stage.home.staff(), window_pb2.ListApplicationsRequest(role=lifecycle_pb2.ROLE_DECIDER)
        )
        assert [a.name for a in listed.applications] == [journey.name]

    play(act)

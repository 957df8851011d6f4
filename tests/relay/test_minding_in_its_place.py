"""A relay that is away: the node that booked the leg raises what falls due in its place, and nobody does so twice."""

from __future__ import annotations

import asyncio
import datetime as dt

from mailroom.domain.watch import Terms
from nodes.minding import NodeMinder
from tests.federation.stage import ACCEPTING, Stage, play
from tests.federation.whole import end
from tests.relay.participating import SpokenFeeds, booked, dispatched, packed, parcel_at, start_relay, stop_relay
from tongban.v1 import parcel_pb2

HOUR, MINUTE = 3600.0, 60.0
TERMS = Terms()


def late(state: parcel_pb2.Parcel) -> list[dt.datetime]:
    return [each.create_time.ToDatetime(dt.UTC) for each in state.exceptions if each.code == "late"]


async def a_late_leg(stage: Stage, *, relay_away: bool) -> list[dt.timedelta]:
    """How long after its due time a leg was said to be late, each time."""
    relay = await start_relay(stage, SpokenFeeds(), terms=TERMS)
    minding = asyncio.create_task(NodeMinder(stage.accepting.core, TERMS).run())
    parcel = await packed(stage)
    await booked(stage, parcel, due_in=dt.timedelta(hours=3))
    await dispatched(stage, parcel)
    await asyncio.sleep(MINUTE)
    if relay_away:
        await stop_relay(stage, relay)
    await asyncio.sleep(4 * HOUR)
    state = await parcel_at(stage, ACCEPTING, parcel.parcel.name)
    if relay_away:
        again = await start_relay(stage, SpokenFeeds(), terms=TERMS)
        await asyncio.sleep(HOUR)
        state = await parcel_at(stage, ACCEPTING, parcel.parcel.name)
        await stop_relay(stage, again)
    else:
        await stop_relay(stage, relay)
    await end(minding)
    due = state.legs[0].due_time.ToDatetime(dt.UTC)
    return [time - due for time in late(state)]


def test_the_booking_node_raises_what_a_relay_that_is_away_leaves_lying() -> None:
    async def act(stage: Stage) -> None:
        [delay] = await a_late_leg(stage, relay_away=True)
        assert TERMS.backup <= delay < TERMS.backup + dt.timedelta(seconds=MINUTE)

    play(act)


def test_where_the_relay_is_there_it_raises_alone() -> None:
    async def act(stage: Stage) -> None:
        [delay] = await a_late_leg(stage, relay_away=False)
        assert dt.timedelta() <= delay < dt.timedelta(seconds=MINUTE)

    play(act)

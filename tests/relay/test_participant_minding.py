"""What falls due is raised in time, once, by whoever minds it, and never because a clock has jumped."""

from __future__ import annotations

import asyncio
import datetime as dt

from mailroom.carriers.base import Meaning
from mailroom.domain.exceptions import is_open
from mailroom.domain.watch import Terms
from nodes.core import LineState
from nodes.relay.careful import CarefulTime
from nodes.relay.minding import Minder
from nodes.relay.rounds import Agenda, Rounds
from tests.clocks import ManualClock
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.federation.whole import end
from tests.relay.participating import (
    SpokenFeeds,
    booked,
    dispatched,
    packed,
    parcel_at,
    seen,
    start_relay,
    stop_relay,
    taken_in,
    until,
)
from tongban.clock import Clock
from tongban.v1 import parcel_pb2

MINUTE = 60.0


def raised(state: parcel_pb2.Parcel, code: str) -> list[dt.datetime]:
    """When an exception was raised, each time."""
    return [each.create_time.ToDatetime(dt.UTC) for each in state.exceptions if each.code == code]


def test_each_clock_of_a_leg_rings_within_a_minute_of_its_time_and_once() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        terms = Terms(silence=dt.timedelta(hours=30))
        relay = await start_relay(stage, feeds, terms=terms)
        parcel = await packed(stage)
        start = stage.federation.clock.now()
        leg = await booked(stage, parcel, due_in=dt.timedelta(hours=50))
        await dispatched(stage, parcel)
        given = stage.federation.clock.now()
        await until(lambda: leg in feeds.watched)
        await asyncio.sleep(25 * 3600)
        state = await parcel_at(stage, ACCEPTING, parcel.parcel.name)
        (one_sided,) = raised(state, "one-sided")
        assert dt.timedelta() <= one_sided - (given + dt.timedelta(hours=24)) < dt.timedelta(seconds=MINUTE)
        heard = stage.federation.clock.now()
        feeds.say(leg, seen(Meaning.MOVING, heard))
        await asyncio.sleep(31 * 3600)
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        (late,) = raised(state, "late")
        assert dt.timedelta() <= late - (start + dt.timedelta(hours=50)) < dt.timedelta(seconds=MINUTE)
        (silent,) = raised(state, "silent")
        assert dt.timedelta() <= silent - (heard + dt.timedelta(hours=30)) < dt.timedelta(seconds=MINUTE)
        assert all(each.owner == f"nodes/{ACCEPTING}" for each in state.exceptions if each.code == "late")
        await stop_relay(stage, relay)
        relay = await start_relay(stage, feeds, terms=terms)
        await asyncio.sleep(3600)
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert [len(raised(state, code)) for code in ("late", "silent", "one-sided")] == [1, 1, 1]
        await taken_in(stage, parcel)
        await until(lambda: leg in feeds.forgotten)
        await stage.federation.settled()
        state = await parcel_at(stage, ACCEPTING, parcel.parcel.name)
        assert not any(is_open(each) for each in state.exceptions)
        await stop_relay(stage, relay)

    play(act)


def test_a_leg_that_names_no_relay_is_minded_by_the_node_that_booked_it() -> None:
    async def act(stage: Stage) -> None:
        core = stage.accepting.core
        minding = asyncio.create_task(Rounds(core, Minder(core, Terms()).look).run())
        other = asyncio.create_task(Rounds(stage.home.core, Minder(stage.home.core, Terms()).look).run())
        parcel = await packed(stage)
        await booked(stage, parcel, relay="", due_in=dt.timedelta(hours=2))
        await dispatched(stage, parcel)
        due = stage.federation.clock.now() + dt.timedelta(hours=2)
        await asyncio.sleep(2 * 3600 + MINUTE)
        await stage.federation.settled()
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        (late,) = raised(state, "late")
        assert abs(late - due) < dt.timedelta(seconds=MINUTE)
        await end(minding, other)

    play(act)


def test_a_clock_that_jumps_ahead_raises_nothing_and_one_that_is_set_right_again_goes_on() -> None:
    async def act(stage: Stage) -> None:
        jumping = Jumping(stage.federation.clock)
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds, clock=jumping)
        parcel = await packed(stage)
        leg = await booked(stage, parcel, due_in=dt.timedelta(hours=20))
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        jumping.ahead = dt.timedelta(days=3)
        await asyncio.sleep(3600)
        await stage.federation.settled()
        assert not (await parcel_at(stage, HOME, parcel.parcel.name)).exceptions
        jumping.ahead = dt.timedelta()
        await asyncio.sleep(19 * 3600 + MINUTE)
        await stage.federation.settled()
        assert len(raised(await parcel_at(stage, HOME, parcel.parcel.name), "late")) == 1
        await stop_relay(stage, relay)

    play(act)


class Jumping:
    """A machine's clock that somebody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        return self._clock.now() + self.ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()


def test_time_is_never_ahead_of_the_gateways_and_goes_on_without_it() -> None:
    clock, line = ManualClock(), LineState()
    careful = CarefulTime(clock, line)
    assert careful.now() == clock.now()
    line.epoch, line.skew = 1, 90.0
    assert careful.now() == clock.now() - dt.timedelta(seconds=90)
    clock.move(hours=1)
    assert careful.now() == clock.now() - dt.timedelta(seconds=90)
    line.skew = -30.0
    assert careful.now() == clock.now()


def test_an_agenda_gives_each_name_once_at_its_last_time() -> None:
    agenda = Agenda()
    agenda.put("a", 5.0)
    agenda.put("b", 3.0)
    agenda.put("a", 1.0)
    agenda.put("c", 2.0)
    agenda.put("c", None)
    assert (agenda.next(), len(agenda)) == (1.0, 2)
    assert agenda.due(3.0) == ["a", "b"]
    assert agenda.due(10.0) == []
    agenda.put("a", 5.0)
    assert agenda.due(10.0) == ["a"]
    assert agenda.next() is None

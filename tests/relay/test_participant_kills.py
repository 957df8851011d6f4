"""The relay is killed wherever it writes or speaks to the carriers' side: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from mailroom.carriers.base import Meaning, SignedBy
from mailroom.domain.exceptions import is_open
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.relay.participating import (
    REGION,
    RELAY,
    SpokenFeeds,
    booked,
    carrier_order,
    dispatched,
    kill_relay,
    packed,
    parcel_at,
    seen,
    start_relay,
    stop_relay,
    until,
)
from tongban.storage.base import Transaction


class Killed(Exception):
    """The process ended here."""


class Death:
    """Ends the process at the n-th of its moments."""

    def __init__(self, stage: Stage, at: int) -> None:
        self._stage = stage
        self.left = at
        self.near = False
        self.came = asyncio.Event()

    def moment(self, *_: Any) -> None:
        """One more moment has passed."""
        if self.came.is_set():
            raise Killed
        self.left -= self.near
        if self.near and self.left == 0:
            self._stage.disks.disk(REGION).unmount()
            self.came.set()
            raise Killed


def story(kind: str, at: int) -> bool:
    """An order, a scan, words of a carrier and an exception, with a death on the way; whether the death came."""
    came = False

    async def act(stage: Stage) -> None:
        nonlocal came
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        await stage.federation.settled()
        await stop_relay(stage, relay)
        death = Death(stage, at)
        if kind == "feeds":
            feeds.before = death.moment
        relay = await start_relay(
            stage,
            feeds,
            before_commit=death.moment if kind == "before_commit" else None,
            after_commit=death.moment if kind == "after_commit" else None,
        )
        mortal, death.near = relay, True

        async def undertaker() -> None:
            nonlocal relay
            await death.came.wait()
            await kill_relay(stage, mortal)
            feeds.before = lambda what: None
            relay = await start_relay(stage, feeds)

        burying = asyncio.create_task(undertaker())
        parcel = await packed(stage)
        leg = await booked(stage, parcel, order=carrier_order())
        await until(lambda: leg in feeds.ordered, seconds=120)
        feeds.assign(leg, "SF7777777777")
        await until(lambda: leg in feeds.watched, seconds=120)
        await dispatched(stage, parcel, "SF7777777777")
        start = stage.federation.clock.now()
        for step in range(15):
            feeds.say(
                leg, *(seen(Meaning.MOVING, start + dt.timedelta(seconds=step), code=f"sf.{i}") for i in range(2))
            )
        feeds.say(leg, seen(Meaning.DELIVERED, start, signed_by=SignedBy.LOCKER, exception="refused"))
        await until(lambda: not feeds.waiting, seconds=300)
        came = death.came.is_set()
        if came:
            await burying
        else:
            burying.cancel()
        await stage.federation.settled()
        for region in (HOME, ACCEPTING, REGION):
            state = await parcel_at(stage, region, parcel.parcel.name)
            assert len(state.legs[0].observations) == 31
            assert state.legs[0].waybill == "SF7777777777"
            open_now = sorted(each.code for each in state.exceptions if is_open(each))
            assert open_now == ["refused", "signed-by-other"]
        await stage.same_everywhere(parcel.parcel.name)

        def work(tx: Transaction) -> int:
            rows = tx.fetch_all(QUERIES.list_history, {"stream": parcel.parcel.name})
            return sum(row["author"] == RELAY for row in rows)

        # One waybill, 31 words, one exception that a word called for.
        assert await stage.home.core.database.run(work, read_only=True) == 33
        await stop_relay(stage, relay)

    play(act)
    return came


@pytest.mark.parametrize("kind", ["before_commit", "after_commit", "feeds"])
@pytest.mark.parametrize("first", [1, 2])
def test_it_dies_at_every_step_and_nothing_is_lost_or_doubled(kind: str, first: int) -> None:
    at = first
    while story(kind, at) and at < 60:
        at += 5
    assert at > 5, "the death never came"

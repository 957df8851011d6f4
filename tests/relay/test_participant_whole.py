"""Gateway, two nodes, the relay with its feeds, and the three stand-in carriers: what happens outside is at both nodes.

Nothing of ours is put on: the carriers are servers on sockets, and time jumps while nobody says anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import aiohttp

from mailroom.domain.exceptions import is_open
from nodes.store import QUERIES
from tests.carriers.kuaidi import FORM
from tests.carriers.loop import SocketLoop
from tests.carriers.loop import play as play_on
from tests.carriers.standin import silent
from tests.carriers.world import World, hours
from tests.federation.stage import ACCEPTING, HOME, Stage
from tests.federation.virtual import Disks, VirtualLoop, seeded
from tests.federation.whole import Federation
from tests.relay.participating import (
    RELAY,
    RelayRun,
    booked,
    carrier_order,
    dispatched,
    kill_relay,
    packed,
    parcel_at,
    start_relay,
    stop_relay,
    until,
)

JD = "JD0123456789012"
VISIBLE = 2.0


class Outside(World):
    """The carriers and the relay's feeds; the participant reads the news."""

    relay: RelayRun

    async def _read(self) -> None:
        await asyncio.Event().wait()


def play(story: Callable[[Stage, Outside], Awaitable[None]], *, pushes: bool = True) -> None:
    """Run a story in a federation of its own."""

    async def main(loop: SocketLoop) -> None:
        outside, disks = Outside(loop, pushes=pushes, salt="SALT"), Disks()
        federation = Federation(outside.clock, seeded(5), disks.open)
        stage = Stage(federation, disks, cast("VirtualLoop", loop))
        await outside.open()
        try:
            await federation.start_gateway()
            for region in (HOME, ACCEPTING):
                await federation.start_node(region)
            await federation.settled()
            await federation.agree()
            outside.relay = await start_relay(stage, outside.feeds)
            await federation.settled()
            await story(stage, outside)
            await stop_relay(stage, outside.relay)
            await federation.stop()
        finally:
            await outside.close()
            disks.discard()

    play_on(main)


async def words(stage: Stage, parcel: str, region: str = HOME) -> list[str]:
    """The codes that a node has of a parcel's first leg."""
    return [each.code for each in (await parcel_at(stage, region, parcel)).legs[0].observations]


async def at_both(stage: Stage, parcel: str, count: int) -> bool:
    """Whether both nodes have so many words."""
    return all([len(await words(stage, parcel, region)) == count for region in (HOME, ACCEPTING)])


def test_a_push_is_at_both_nodes_within_two_seconds() -> None:
    async def story(stage: Stage, outside: Outside) -> None:
        packing = await packed(stage)
        name = packing.parcel.name
        await booked(stage, packing, carrier="jd", waybill=JD)
        await dispatched(stage, packing, JD)
        await until(lambda: JD in outside.kuaidi.subscribed)
        took = []
        for step in range(20):
            outside.kuaidi.scan(JD, "1002", f"第 {step} 站")
            await outside.kuaidi.push(JD, "jd")
            took.append(await until(partial(at_both, stage, name, step + 1)))
            await asyncio.sleep(30)
        assert sorted(took)[18] <= VISIBLE
        outside.rules_kept()

    play(story)


def test_what_pushes_have_lost_for_a_day_polling_brings_to_both_nodes() -> None:
    async def story(stage: Stage, outside: Outside) -> None:
        packing = await packed(stage)
        name = packing.parcel.name
        await booked(stage, packing, carrier="jd", waybill=JD)
        await dispatched(stage, packing, JD)
        await hours(1)
        for text in ("已揽收", "干线", "到达"):
            outside.kuaidi.scan(JD, "103" if text == "已揽收" else "1002", text)
            await hours(6)
        outside.kuaidi.scan(JD, "303", "他人代收")
        await hours(6)
        assert await until(lambda: at_both(stage, name, 4), seconds=3600) <= 3600
        assert (await words(stage, name))[-1] == "kd.303"
        state = await parcel_at(stage, ACCEPTING, name)
        assert "signed-by-other" in {each.code for each in state.exceptions if is_open(each)}
        outside.rules_kept()

    play(story, pushes=False)


def test_a_forged_push_makes_no_event() -> None:
    async def story(stage: Stage, outside: Outside) -> None:
        packing = await packed(stage)
        await booked(stage, packing, carrier="jd", waybill=JD)
        await dispatched(stage, packing, JD)
        await until(lambda: JD in outside.kuaidi.subscribed)
        outside.kuaidi.scan(JD, "301", "已签收")
        forged = outside.kuaidi.push_body(JD, "jd", salt="GUESSED")
        async with (
            aiohttp.ClientSession() as session,
            session.post(outside.url("kuaidi100"), data=forged, headers=FORM) as answer,
        ):
            await answer.read()
        await asyncio.sleep(60)
        assert await words(stage, packing.parcel.name) == []

    play(story)


def test_an_order_survives_the_relays_death_and_is_made_once() -> None:
    async def story(stage: Stage, outside: Outside) -> None:
        packing = await packed(stage)
        name = packing.parcel.name
        outside.sf.behave(silent())
        await booked(stage, packing, order=carrier_order())
        await until(lambda: outside.sf.orders)
        # Both halves of the process die: the waybill is there, and nobody of ours knows.
        await kill_relay(stage, outside.relay)
        await outside.crash()
        assert not (await parcel_at(stage, ACCEPTING, name)).legs[0].waybill
        await hours(2)
        await outside.start()
        outside.relay = await start_relay(stage, outside.feeds)

        async def is_numbered() -> bool:
            states: list[Any] = [await parcel_at(stage, region, name) for region in (HOME, ACCEPTING)]
            return all(state.legs[0].waybill for state in states)

        await until(is_numbered, seconds=1800)
        assert len(outside.sf.orders) == 1
        rows = await stage.home.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_history, {"stream": name}))
        assert sum(row["author"] == RELAY for row in rows) == 1
        outside.rules_kept()

    play(story)

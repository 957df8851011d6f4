"""The process dies at each of its commits, before it or after: no waybill is doubled, no word is lost or invented."""

from __future__ import annotations

import contextlib
from collections import Counter
from functools import partial

import pytest

from mailroom.carriers.wire import order_reference
from tests.carriers.loop import SocketLoop
from tests.carriers.loop import play as play_on
from tests.carriers.world import LEG, PHONE, World, hours, leg, minutes, order_of
from tongban.errors import Unavailable
from tongban.storage.base import Database

JD_NUMBER, SF_NUMBER = "JD0123456789012", "SF1234567890123"
COMMITS = range(1, 26)


class Mortal(World):
    """A world whose relay loses its disk at a commit."""

    dies_at = 0
    after = False
    commits = 0

    async def mount(self) -> Database:
        if self.after:
            return self.disk.mount(after_commit=self._count)
        return self.disk.mount(before_commit=self._count)

    def _count(self) -> None:
        if self.dies_at:
            self.commits += 1
            if self.commits == self.dies_at:
                self.disk.unmount()
                raise Unavailable(what="database", cause="killed")


async def rest(world: Mortal, length: int) -> None:
    """Some minutes, or until it is dead: there is nothing to wait for then."""
    for _ in range(length):
        await minutes(1)
        if world.commits >= world.dies_at:
            raise Unavailable(what="database", cause="killed")


async def live(world: Mortal) -> None:
    """What the participant says at start, and what carriers do meanwhile."""
    with contextlib.suppress(Unavailable):
        await world.feeds.order(LEG, "shunfeng", order_of(LEG))
        await world.feeds.watch(leg(1), "jd", JD_NUMBER, PHONE, world.until)
        await world.feeds.watch(leg(2), "shunfeng", SF_NUMBER, PHONE, world.until)
        await rest(world, 1)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        world.sf.scan(SF_NUMBER, "50", "已收件")
        for attempt in range(2):
            if JD_NUMBER in world.kuaidi.subscribed:
                await world.kuaidi.push(JD_NUMBER, "jd", retries=0)
            await world.sf.push(world.url("shunfeng"), SF_NUMBER, retries=0)
            await rest(world, 5 + attempt)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_relay_that_dies_at_any_commit_goes_on_where_it_was(after: bool) -> None:
    died = 0

    async def story(loop: SocketLoop, dies_at: int) -> None:
        nonlocal died
        world = Mortal(loop, pushes=True, salt="SALT")
        world.after = after
        await world.open()
        try:
            world.dies_at = dies_at
            await live(world)
            died += world.commits >= dies_at
            world.dies_at = 0
            await world.crash()
            await world.start()
            if not world.assigned():
                await world.feeds.order(LEG, "shunfeng", order_of(LEG))
            await world.feeds.watch(leg(1), "jd", JD_NUMBER, PHONE, world.until)
            await world.feeds.watch(leg(2), "shunfeng", SF_NUMBER, PHONE, world.until)
            for carrier, number, code in ((world.kuaidi, JD_NUMBER, "103"), (world.sf, SF_NUMBER, "50")):
                carrier.scans.setdefault(number, []) or carrier.scan(number, code, "后来")
            await hours(4)
            assert set(world.assigned()) == {world.sf.orders[order_reference(LEG)]}
            assert len(world.sf.orders) == 1
            for name, carrier, number in ((leg(1), world.kuaidi, JD_NUMBER), (leg(2), world.sf, SF_NUMBER)):
                said = Counter(world.words(name))
                assert set(said) == {scan.text for scan in carrier.scans[number]}
                # Once more only where it died between the participant's recording and its `done`.
                assert max(said.values()) <= 2
            world.rules_kept()
        finally:
            await world.close()

    for dies_at in COMMITS:
        play_on(partial(story, dies_at=dies_at))
    assert died >= 20

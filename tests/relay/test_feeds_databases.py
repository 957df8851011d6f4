"""The feeds on real databases of both kinds, in real time: what they do must not hang on the simulated disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from mailroom.carriers.wire import order_reference
from nodes.relay.news import OrderCancelled
from tests.carriers.kuaidi import SUCCESS
from tests.carriers.world import LEG, PHONE, World, leg, order_of
from tongban.storage.base import Database
from tongban.storage.open import open_database

SF_NUMBER, JD_NUMBER = "SF1234567890123", "JD0123456789012"


class Stored(World):
    """A world whose feeds lie in a real database."""

    url_of_database = ""

    async def mount(self) -> Database:
        return await open_database(self.url_of_database)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[Stored]:
    made = Stored(asyncio.get_running_loop(), pushes=True, salt="SALT")
    made.url_of_database = database_url
    await made.open()
    yield made
    await made.close()


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


async def test_pulls_pushes_orders_and_a_restart(world: Stored) -> None:
    world.sf.scan(SF_NUMBER, "50", "已收件")
    assert await world.feeds.watch(leg(1), "shunfeng", SF_NUMBER, PHONE, world.until)
    await until(lambda: world.words(leg(1)) == ["已收件"])

    assert await world.feeds.watch(leg(2), "jd", JD_NUMBER, PHONE, world.until)
    await until(lambda: JD_NUMBER in world.kuaidi.subscribed)
    world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
    pushes = [world.kuaidi.push(JD_NUMBER, "jd") for _ in range(8)]
    assert {pushed.body for pushed in await asyncio.gather(*pushes)} == {SUCCESS}
    await until(lambda: world.words(leg(2)) == ["已揽收"])

    await asyncio.gather(*(world.feeds.order(LEG, "shunfeng", order_of(LEG)) for _ in range(8)))
    await until(world.assigned)
    assert set(world.assigned()) == {world.sf.orders[order_reference(LEG)]}

    await world.crash()
    await world.start()
    for name, carrier, number in ((leg(1), "shunfeng", SF_NUMBER), (leg(2), "jd", JD_NUMBER)):
        assert await world.feeds.watch(name, carrier, number, PHONE, world.until)
    await world.feeds.cancel(LEG)
    await until(lambda: world.of(OrderCancelled))
    assert (world.words(leg(1)), world.words(leg(2))) == (["已收件"], ["已揽收"])
    assert len(world.sf.times("create")) == 1
    world.rules_kept()

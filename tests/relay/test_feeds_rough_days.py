"""Days on which everything goes wrong at once, by chance and repeatable: what is promised holds all the same."""

from __future__ import annotations

import random

import pytest

from nodes.relay.news import OrderFailed
from tests.carriers.standin import Bad, StandIn, cut, down, garbage, late, silent
from tests.carriers.world import PHONE, World, hours, leg, minutes, order_of, play

EVENTS = 12
NUMBERS = {1: ("jd", "JD0123456789012"), 2: ("shunfeng", "SF1234567890123"), 3: ("ems", "EB123456785CN")}
ORDERS = {4: "shunfeng", 5: "shunfeng", 6: "ems"}
CODES = {"jd": "1002", "shunfeng": "31", "ems": "306"}


def bad_day(chance: random.Random) -> Bad:
    """One thing that goes wrong."""
    works = chance.random() < 0.5
    return chance.choice([down(), garbage(), late(chance.uniform(1, 40)), silent(works=works), cut(works=works)])


async def something(world: World, chance: random.Random, carriers: dict[str, StandIn], event: int) -> None:
    """A scan, perhaps its push, perhaps trouble, perhaps a crash."""
    for name, carrier in carriers.items():
        number = next(number for kind, number in NUMBERS.values() if kind == name)
        carrier.scan(number, CODES[name], f"{name} {event}")
        carrier.behave(*(bad_day(chance) for _ in range(chance.choice([0, 0, 1, 3]))))
    if chance.random() < 0.5 and "JD0123456789012" in world.kuaidi.subscribed:
        world.kuaidi.push_soon("JD0123456789012", "jd", chance.uniform(0, 600))
    if chance.random() < 0.5:
        await world.sf.push(world.url("shunfeng"), "SF1234567890123", retries=0)
    if chance.random() < 0.3:
        await world.sf.push(world.url("shunfeng"), "SF1234567890123", ("80", "伪造签收"), retries=0)
    if chance.random() < 0.4:
        await world.crash()
        await minutes(chance.uniform(0, 30))
        await world.start()
    await say_everything(world)


async def say_everything(world: World) -> None:
    """What the participant says at start, and may say at any time."""
    for place, (carrier, number) in NUMBERS.items():
        await world.feeds.watch(leg(place), carrier, number, PHONE, world.until)
    for place, carrier in ORDERS.items():
        if not world.assigned(leg(place)):
            await world.feeds.order(leg(place), carrier, order_of(leg(place)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_doubled_or_invented(seed: int) -> None:
    async def story(world: World) -> None:
        chance = random.Random(seed)
        carriers: dict[str, StandIn] = {"jd": world.kuaidi, "shunfeng": world.sf, "ems": world.ems}
        await say_everything(world)
        for event in range(EVENTS):
            await something(world, chance, carriers, event)
            await hours(chance.uniform(0.1, 4))
        await say_everything(world)
        await hours(36)
        for place, (carrier, _) in NUMBERS.items():
            assert sorted(world.words(leg(place))) == sorted(f"{carrier} {event}" for event in range(EVENTS))
        for place, carrier in ORDERS.items():
            waybills = set(world.assigned(leg(place)))
            failed = [each for each in world.of(OrderFailed) if each.leg == leg(place)]
            assert len(waybills) <= 1
            assert waybills or (carrier == "ems" and failed)
        assert all(len(waybills) == 1 for waybills in world.ems.orders.values())
        world.rules_kept()

    play(story)

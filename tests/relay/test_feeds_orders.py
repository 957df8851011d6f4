"""Ordering and cancelling: a leg never gets two waybills, and whoever asked hears how it ended."""

from __future__ import annotations

import dataclasses

import pytest

from mailroom.carriers.wire import order_reference
from nodes.relay.news import CancelFailed, OrderCancelled, OrderFailed
from tests.carriers.standin import Bad, cut, down, garbage, late, silent
from tests.carriers.world import LEG, PHONE, World, hours, leg, minutes, order_of, play
from tongban import errors

REFERENCE = order_reference(LEG)


async def order(world: World, name: str = LEG, carrier: str = "shunfeng") -> None:
    await world.feeds.order(name, carrier, order_of(name))


@pytest.mark.parametrize("carrier", ["shunfeng", "ems"])
def test_a_leg_gets_a_waybill_and_saying_it_again_gets_no_other(carrier: str) -> None:
    async def story(world: World) -> None:
        for _ in range(3):
            await order(world, carrier=carrier)
        await minutes(1)
        (number,) = world.assigned()
        for _ in range(3):
            await order(world, carrier=carrier)
        await minutes(5)
        assert set(world.assigned()) == {number}
        stand_in = world.sf if carrier == "shunfeng" else world.ems
        assert len(stand_in.times("create")) == 1
        world.rules_kept()

    play(story, pushes=False)


@pytest.mark.parametrize(
    "bad",
    [silent(), silent(works=False), late(30), cut(), cut(works=False), garbage(), down(), garbage(b"")],
    ids=["silent", "silent-undone", "late", "cut", "cut-undone", "garbage", "down", "empty"],
)
def test_an_order_whose_answer_is_lost_is_looked_for_before_it_is_sent_again(bad: Bad) -> None:
    async def story(world: World) -> None:
        world.sf.behave(bad)
        await order(world)
        await hours(1)
        assert world.assigned() == [world.sf.orders[REFERENCE]]
        assert list(world.sf.orders) == [REFERENCE]
        found = world.sf.times("find", REFERENCE)
        created = world.sf.times("create", REFERENCE)
        assert all(any(look < again for look in found) for again in created[1:])
        world.rules_kept()

    play(story, pushes=False)


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 0.01, 5.0])
def test_a_crash_between_sending_and_storing_books_once(seconds: float) -> None:
    async def story(world: World) -> None:
        world.sf.behave(late(3.0))
        await order(world)
        await minutes(seconds / 60)
        await world.crash()
        await minutes(0.5)
        await world.start()
        await order(world)
        await minutes(10)
        assert set(world.assigned()) == {world.sf.orders[REFERENCE]}
        assert len(world.sf.orders) == 1
        assert len(world.sf.times("create")) <= 2
        world.rules_kept()

    play(story, pushes=False)


def test_a_duplicate_is_the_order_that_is_there() -> None:
    async def story(world: World) -> None:
        world.sf.orders[REFERENCE] = "SF7777777777777"
        await order(world)
        await minutes(2)
        assert world.assigned() == ["SF7777777777777"]
        assert world.of(OrderFailed) == []

    play(story, pushes=False)


@pytest.mark.parametrize("bad", [silent(), cut(), garbage(), down()], ids=["silent", "cut", "garbage", "down"])
def test_ems_which_cannot_be_asked_is_never_sent_an_order_twice(bad: Bad) -> None:
    async def story(world: World) -> None:
        world.ems.behave(bad)
        await order(world, carrier="ems")
        await hours(8)
        assert len(world.ems.orders.get(REFERENCE, [])) <= 1
        (failed,) = world.of(OrderFailed)
        assert isinstance(failed.error, errors.CarrierOutcomeUnknown)
        await order(world, carrier="ems")
        await world.crash()
        await world.start()
        await order(world, carrier="ems")
        await hours(8)
        assert len(world.ems.orders.get(REFERENCE, [])) <= 1
        assert all(isinstance(each.error, errors.CarrierOutcomeUnknown) for each in world.of(OrderFailed))

    play(story, pushes=False)


def test_what_never_arrived_is_sent_again_also_to_ems() -> None:
    async def story(world: World) -> None:
        port = world.ems.port
        await world.ems.stop()
        await order(world, carrier="ems")
        await minutes(5)
        assert world.of(OrderFailed) == []
        (trouble,) = world.troubles()
        assert (trouble.leg, type(trouble.error)) == (LEG, errors.CarrierUnreachable)
        again = type(world.ems)(world.clock)
        again.port = await again._site.start("127.0.0.1", port)
        world.ems = again
        await hours(1)
        assert world.assigned() == again.orders[REFERENCE]
        assert [each.over for each in world.troubles()] == [False, True]

    play(story, pushes=False)


@pytest.mark.parametrize(
    ("code", "error"),
    [("8247", errors.CarrierRefused), ("9999", errors.CarrierRefused)],
)
def test_a_refusal_is_final_and_in_words(code: str, error: type[errors.TongbanError]) -> None:
    async def story(world: World) -> None:
        world.sf.faults["EXP_RECE_CREATE_ORDER"] = code
        await order(world)
        await hours(1)
        (failed,) = world.of(OrderFailed)
        assert type(failed.error) is error
        assert failed.error.facts["code"] == code
        assert code in failed.error.text("zh")
        assert code in failed.error.text("en")
        world.sf.faults.clear()
        await order(world)
        await minutes(2)
        assert world.assigned() == [world.sf.orders[REFERENCE]]

    play(story, pushes=False)


def test_nobody_takes_orders_for_a_bag_or_through_the_aggregator() -> None:
    async def story(world: World) -> None:
        for carrier in ("diplomatic-bag", "jd"):
            await order(world, carrier=carrier)
        await minutes(1)
        assert [type(each.error) for each in world.of(OrderFailed)] == [errors.CarrierCannot] * 2

    play(story, pushes=False)


@pytest.mark.parametrize("carrier", ["shunfeng", "ems"])
def test_an_order_is_cancelled_once_and_stays_so(carrier: str) -> None:
    async def story(world: World) -> None:
        await order(world, carrier=carrier)
        await minutes(1)
        await world.feeds.cancel(LEG)
        await minutes(1)
        await world.feeds.cancel(LEG)
        await minutes(1)
        stand_in = world.sf if carrier == "shunfeng" else world.ems
        assert stand_in.cancelled == {REFERENCE}
        assert [each.leg for each in world.of(OrderCancelled)] == [LEG]
        await order(world, carrier=carrier)
        await minutes(1)
        (failed,) = world.of(OrderFailed)
        assert isinstance(failed.error, errors.CarrierOrderCancelled)
        assert len(stand_in.times("create")) == 1

    play(story, pushes=False)


@pytest.mark.parametrize(
    "bad", [silent(), silent(works=False), cut(), late(15)], ids=["silent", "undone", "cut", "late"]
)
def test_an_order_that_is_under_way_is_cancelled_whatever_became_of_it(bad: Bad) -> None:
    async def story(world: World) -> None:
        world.sf.behave(bad)
        await order(world)
        await minutes(0.05)
        await world.feeds.cancel(LEG)
        await hours(1)
        assert set(world.sf.orders) == world.sf.cancelled
        assert [each.leg for each in world.of(OrderCancelled)] == [LEG]
        assert world.assigned() == []
        world.rules_kept()

    play(story, pushes=False)


def test_cancelling_goes_on_after_a_crash() -> None:
    async def story(world: World) -> None:
        await order(world)
        await minutes(1)
        world.sf.dead = True
        await world.feeds.cancel(LEG)
        await minutes(10)
        await world.crash()
        world.sf.dead = False
        await world.start()
        await minutes(10)
        assert world.sf.cancelled == {REFERENCE}
        assert len(world.of(OrderCancelled)) == 1

    play(story, pushes=False)


def test_what_the_carrier_does_not_cancel_stands() -> None:
    async def story(world: World) -> None:
        await order(world)
        await minutes(1)
        world.sf.faults["EXP_RECE_UPDATE_ORDER"] = "8252"
        await world.feeds.cancel(LEG)
        await minutes(5)
        (failed,) = world.of(CancelFailed)
        assert isinstance(failed.error, errors.CarrierRefused)
        assert failed.error.facts["code"] == "8252"
        assert world.of(OrderCancelled) == []

    play(story, pushes=False)


def test_cancelling_what_was_never_ordered_is_no_news() -> None:
    async def story(world: World) -> None:
        await world.feeds.cancel(LEG)
        await hours(1)
        assert world.news == []

    play(story, pushes=False)


def test_a_carrier_that_hangs_over_orders_holds_up_no_other() -> None:
    async def story(world: World) -> None:
        world.ems.dead = True
        for number in range(1, 31):
            await order(world, leg(number), "ems")
        for number in range(31, 41):
            await order(world, leg(number))
        world.kuaidi.scan("JD0123456789012", "103", "已揽收")
        await world.feeds.watch(LEG, "jd", "JD0123456789012", PHONE, world.until)
        await minutes(2)
        assert all(len(world.assigned(leg(number))) == 1 for number in range(31, 41))
        assert world.words() == ["已揽收"]

    play(story, pushes=False)


def test_a_couriers_words_are_never_on_the_disk() -> None:
    async def story(world: World) -> None:
        world.records = False
        number = "SF1234567890123"
        world.sf.scan(number, "80", "已由 欧阳不留痕 13799998888 签收")
        await world.feeds.watch(LEG, "shunfeng", number, PHONE, world.until)
        await minutes(1)
        assert len(world.words()) == 1
        images = [world.disk.image()]
        await world.feeds.done(world.news[0])
        images.append(world.disk.image())
        assert not [text for text in ("欧阳不留痕", "13799998888") for image in images if text.encode() in image]

    play(story, pushes=False)


def test_what_names_people_is_never_on_the_disk() -> None:
    async def story(world: World) -> None:
        request = order_of(LEG)
        secret = dataclasses.replace(request, receiver=dataclasses.replace(request.receiver, name="欧阳不留痕"))
        world.sf.behave(silent(), down())
        await world.feeds.order(LEG, "shunfeng", secret)
        await minutes(3)
        await world.feeds.watch(LEG, "shunfeng", "SF1234567890123", PHONE, world.until)
        image = world.disk.image()
        for text in ("欧阳不留痕", PHONE, "延安北路", world.sf.checkword):
            assert text.encode() not in image

    play(story, pushes=False)

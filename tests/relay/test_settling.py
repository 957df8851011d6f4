"""A carriers' side that is older than the journal, or lost: no second waybill, no subscription and no word the less."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from mailroom.carriers.wire import order_reference
from nodes.relay.news import OrderCancelled, OrderFailed
from nodes.relay.settling import Ordered
from tests.carriers.world import LEG, PHONE, World, hours, leg, minutes, order_of, play
from tongban import errors
from tongban.storage.queries import Query

FORGET_MARKS = Query.of("forget marks", "As before they were kept.", "DELETE FROM marks")
JD_NUMBER, SF_NUMBER = "JD0123456789012", "SF1234567890123"


async def put_back(world: World, image: bytes | None, *ordered: Ordered) -> None:
    """The journal was put back, and beside it the feeds as they were; None where they are lost."""
    await world.crash()
    if image is None:
        world.disk.discard()
        world.disk = type(world.disk)()
    else:
        world.disk.restore(image)
    world.news.clear()
    world.incarnation += 1
    world.served = True
    world.ordered = list(ordered)
    await world.start()


async def order(world: World, carrier: str, name: str = LEG) -> None:
    """The participant says that a leg is to get a waybill."""
    await world.feeds.order(name, carrier, order_of(name))


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("asked", [False, True])
def test_what_was_ordered_since_is_found_and_not_ordered_again(lost: bool, asked: bool) -> None:
    async def story(world: World) -> None:
        port = world.sf.port
        if asked:
            # Asked, and not sent, when the backup was made.
            await world.sf.stop()
            await order(world, "shunfeng")
            await minutes(1)
        image = world.disk.image()
        if asked:
            world.sf = type(world.sf)(world.clock)
            world.sf.port = await world.sf._site.start("127.0.0.1", port)
        await order(world, "shunfeng")
        await hours(1)
        (number,) = set(world.assigned())
        await put_back(world, None if lost else image, Ordered(LEG, "shunfeng"))
        await order(world, "shunfeng")
        await hours(1)
        assert set(world.assigned()) == {number}
        assert list(world.sf.orders) == [order_reference(LEG)]
        assert len(world.sf.times("create", order_reference(LEG))) == 1
        world.rules_kept()

    play(story, pushes=False)


@pytest.mark.parametrize("lost", [False, True])
def test_ems_is_not_sent_an_order_again_that_it_may_have(lost: bool) -> None:
    async def story(world: World) -> None:
        image = world.disk.image()
        await order(world, "ems")
        await minutes(5)
        assert len(world.assigned()) == 1
        await put_back(world, None if lost else image, Ordered(LEG, "ems"))
        await order(world, "ems")
        await hours(8)
        assert world.assigned() == []
        (failed,) = world.of(OrderFailed)
        assert isinstance(failed.error, errors.CarrierOutcomeUnknown)
        assert len(world.ems.times("create")) == 1
        # What comes after is ordered as ever.
        await order(world, "ems", leg(2))
        await minutes(5)
        assert len(world.assigned(leg(2))) == 1

    play(story, pushes=False)


def test_what_never_was_ordered_is_ordered_after_it_was_looked_for() -> None:
    async def story(world: World) -> None:
        await put_back(world, world.disk.image(), Ordered(LEG, "shunfeng"))
        await order(world, "shunfeng")
        await hours(1)
        assert world.assigned() == [world.sf.orders[order_reference(LEG)]]
        assert len(world.sf.times("create")) == 1

    play(story, pushes=False)


@pytest.mark.parametrize("known", [False, True])
def test_an_order_that_the_backup_does_not_know_can_be_cancelled(known: bool) -> None:
    async def story(world: World) -> None:
        image = world.disk.image()
        await order(world, "shunfeng")
        await minutes(5)
        (number,) = world.assigned()
        await put_back(world, image, Ordered(LEG, "shunfeng", number if known else ""))
        await world.feeds.cancel(LEG)
        await hours(1)
        assert len(world.of(OrderCancelled)) == 1
        assert len(world.sf.times("cancel", order_reference(LEG))) == 1

    play(story, pushes=False)


def test_no_subscription_and_no_word_is_lost_and_no_pause_is_shortened() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "jd", JD_NUMBER, PHONE, world.until)
        await minutes(5)
        image = world.disk.image()
        await world.feeds.watch(leg(2), "jd", "JD0123456789013", PHONE, world.until)
        for number in (JD_NUMBER, "JD0123456789013"):
            world.kuaidi.scan(number, "103", "已揽收")
        await hours(3)
        assert (world.words(), world.words(leg(2))) == (["已揽收"], ["已揽收"])
        before = len(world.kuaidi.times("subscribe"))
        await put_back(world, image)
        # The participant says everything again.
        await world.feeds.watch(LEG, "jd", JD_NUMBER, PHONE, world.until)
        await world.feeds.watch(leg(2), "jd", "JD0123456789013", PHONE, world.until)
        await hours(4)
        assert (world.words(), world.words(leg(2))) == (["已揽收"], ["已揽收"])
        assert len(world.kuaidi.times("subscribe")) == before + 2
        for number in (JD_NUMBER, "JD0123456789013"):
            asked = world.kuaidi.times("query", number)
            assert all(b - a >= dt.timedelta(minutes=30) for a, b in pairwise(asked))
        world.rules_kept()

    play(story)


def test_words_that_the_feeds_had_told_are_told_again_to_an_older_journal() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await hours(2)
        world.sf.scan(SF_NUMBER, "80", "已签收")
        await hours(3)
        assert world.words() == ["已收件", "已签收"]
        await put_back(world, world.disk.image())
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(4)
        assert world.words() == ["已收件", "已签收"]
        # Set right once: the next start of the same journal changes nothing.
        await world.crash()
        await world.start()
        await hours(4)
        assert world.words() == ["已收件", "已签收"]
        world.rules_kept()

    play(story, pushes=False)


def test_feeds_of_a_program_that_kept_no_note_are_taken_as_they_are() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(5)
        await world.crash()
        await world.disk.mount().run(lambda tx: tx.execute(FORGET_MARKS))
        world.served = True
        world.ordered = [Ordered(leg(2), "ems")]
        await world.start()
        await order(world, "ems", leg(2))
        await minutes(5)
        assert len(world.assigned(leg(2))) == 1

    play(story, pushes=False)

"""The feeds' database: one schema on both kinds, and its promises where two units meet."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from importlib import resources

import pytest

from mailroom.carriers.base import Meaning, Observation, OrderResult, SignedBy, Source, ZoneBasis
from nodes.relay.booking_store import BookingStore, Stage
from nodes.relay.channel import rhythm_of
from nodes.relay.feeds_store import HINTED_PULLS, FeedStore, Number
from nodes.relay.news import Assigned, CancelFailed, Heard, News, OrderCancelled, OrderFailed, Trouble
from nodes.relay.news_text import news_text, read_news
from nodes.relay.schedule import Allowance
from nodes.relay.store import MIGRATIONS
from nodes.relay.vault import Vault
from tests.clocks import ManualClock
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.storage.migrations import schema_drift
from tongban.storage.open import open_database

LEG = "parcels/P35060026110000017/legs/1"
FREE = {"query": Allowance(pace=0.001, burst=1000)}
RHYTHM = rhythm_of("shunfeng", 60)
NUMBER = Number("shunfeng", "shunfeng", "SF1234567890123", "6789")


def seen(text: str = "已收件", minute: int = 0, **more: object) -> Observation:
    """A word of a carrier."""
    observation = Observation(
        carrier="shunfeng",
        waybill=NUMBER.waybill,
        code="sf.50",
        meaning=Meaning.ACCEPTED,
        text=text,
        place="漳州市",
        local_time=f"2026-11-23 09:{minute:02d}:00",
        observe_time=dt.datetime(2026, 11, 23, 1, minute, tzinfo=dt.UTC),
        zone_offset_minutes=480,
        zone_basis=ZoneBasis.CARRIER_LOCAL,
    )
    return dataclasses.replace(observation, **more)  # type: ignore[arg-type]  # each test names what it changes


class Kept:
    """A store and its clock."""

    def __init__(self, store: FeedStore, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.entropy = SeededEntropy(5)

    async def watch(self, leg: str = LEG, number: Number = NUMBER) -> None:
        until = self.clock.now() + dt.timedelta(days=30)
        await self.store.watch(leg, number, until, lambda asked: RHYTHM.soon(self.clock.now(), asked), subscribe=False)

    async def take(self, size: int = 10) -> tuple[Number, ...]:
        return (await self.store.take("shunfeng", size, FREE, RHYTHM, self.entropy)).numbers

    async def answered(self, number: Number, *observations: Observation) -> None:
        now = self.clock.now()
        await self.store.answered(number, observations, now + RHYTHM.usual, now + RHYTHM.closest)

    async def heard(self) -> list[str]:
        news = await self.store.news(0)
        return [each.text for told in news if isinstance(told, Heard) for each in told.observations]


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Kept]:
    """A fresh store on each kind of database."""
    clock = ManualClock()
    store = FeedStore(await open_database(database_url), clock, Vault(b"root", SeededEntropy(1)))
    await store.open()
    yield Kept(store, clock)
    await store.close()


async def test_the_schema_is_what_the_migrations_make(database_url: str) -> None:
    stated = resources.files("nodes.relay.store").joinpath("schema.sql").read_text("utf-8")
    database = await open_database(database_url)
    try:
        assert await schema_drift(database, MIGRATIONS, stated) == []
    finally:
        await database.close()


async def test_a_number_is_taken_once_and_again_after_its_pause(kept: Kept) -> None:
    await kept.watch()
    both = await asyncio.gather(kept.take(), kept.take())
    assert sorted(len(numbers) for numbers in both) == [0, 1]
    assert await kept.take() == ()
    kept.clock.move(minutes=3)
    assert len(await kept.take()) == 1


async def test_a_leg_hears_each_word_once_and_each_leg_hears_it(kept: Kept) -> None:
    await kept.watch()
    (number,) = await kept.take()
    await kept.answered(number, seen("二", 2), seen("一", 1))
    assert await kept.heard() == ["一", "二"]
    await kept.answered(number, seen("三", 3), seen("二", 2, source=Source.PUSH, carrier_id="77"), seen("一", 1))
    assert await kept.heard() == ["一", "二", "三"]
    await kept.watch("parcels/P35060026110000018/legs/1")
    kept.clock.move(minutes=3)
    (number,) = await kept.take()
    await kept.answered(number, seen("一", 1))
    assert await kept.heard() == ["一", "二", "三", "一"]


async def test_a_forgotten_number_keeps_its_pause(kept: Kept) -> None:
    await kept.watch()
    assert len(await kept.take()) == 1
    await kept.store.forget(LEG)
    await kept.watch()
    assert await kept.take() == ()
    await kept.store.forget(LEG)
    kept.clock.move(days=3)
    await kept.store.sweep()
    await kept.watch()
    assert len(await kept.take()) == 1


async def test_a_hint_is_asked_after_until_something_new_comes(kept: Kept) -> None:
    await kept.watch()
    (number,) = await kept.take()
    await kept.answered(number)
    assert await kept.take() == ()
    await kept.store.hinted("shunfeng", [NUMBER.waybill, "SF0000000000000"], lambda asked: kept.clock.now())
    for _ in range(HINTED_PULLS):
        kept.clock.move(minutes=3)
        (number,) = await kept.take()
        assert number.hints > 0
        await kept.answered(number)
    kept.clock.move(minutes=3)
    assert await kept.take() == ()


async def test_a_hint_that_comes_during_the_question_is_not_lost(kept: Kept) -> None:
    await kept.watch()
    (number,) = await kept.take()
    await kept.store.hinted("shunfeng", [NUMBER.waybill], lambda asked: kept.clock.now())
    await kept.answered(number, seen())
    kept.clock.move(minutes=3)
    assert len(await kept.take()) == 1


async def test_a_signed_push_counts_once(kept: Kept) -> None:
    await kept.watch()
    for _ in range(3):
        await kept.store.pushed("shunfeng", b"digest", [seen("一"), seen("不看", waybill="SF0")], {})
    assert await kept.heard() == ["一"]


async def test_those_that_share_a_telephone_go_together_and_who_failed_goes_alone(kept: Kept) -> None:
    numbers = [Number("shunfeng", "shunfeng", f"SF{place:013d}", "1111" if place < 4 else "2222") for place in range(6)]
    for place, number in enumerate(numbers):
        await kept.watch(f"parcels/P3506002611{place:07d}/legs/1", number)
    first, second = await kept.take(), await kept.take()
    assert {(each.phone, len(group)) for group in (first, second) for each in group} == {("1111", 4), ("2222", 2)}
    await kept.store.failed(first[0], None, kept.clock.now())
    kept.clock.move(hours=1)
    sizes = []
    while group := await kept.take():
        sizes.append(sorted(each.waybill for each in group))
    assert [first[0].waybill] in sizes
    assert sorted(map(len, sizes)) == [1, 2, 3]


async def test_an_allowance_outlives_the_process(database_url: str) -> None:
    clock = ManualClock()
    tight = {"query/day": Allowance(pace=600.0, burst=2)}
    waits = []
    for _ in range(4):
        store = FeedStore(await open_database(database_url), clock, Vault(b"root", SeededEntropy(1)))
        await store.open()
        waits.append(await store.pay("shunfeng", tight))
        await store.close()
    assert waits[:2] == [0.0, 0.0]
    assert all(599 < wait <= 600 for wait in waits[2:])


async def test_a_clock_that_is_set_back_silences_nobody_and_shortens_no_pause(kept: Kept) -> None:
    tight = {"query/day": Allowance(pace=600.0, burst=2)}
    await kept.watch()
    kept.clock.move(days=400)
    await kept.watch()
    assert len(await kept.take()) == 1
    assert await kept.store.pay("shunfeng", tight) == 0.0
    kept.clock.move(days=-400)
    await kept.store.sweep()
    kept.clock.move(minutes=59)
    assert await kept.take() == ()
    kept.clock.move(minutes=2)
    assert len(await kept.take()) == 1
    assert await kept.store.pay("shunfeng", tight) == 0.0


async def test_an_allowance_is_shared_by_two_that_ask_at_once(kept: Kept) -> None:
    tight = {"query/day": Allowance(pace=600.0, burst=3)}
    waits = await asyncio.gather(*(kept.store.pay("ems", tight) for _ in range(8)))
    assert sorted(wait > 0 for wait in waits) == [False] * 3 + [True] * 5


async def test_orders_change_only_as_they_may(kept: Kept) -> None:
    orders = BookingStore(kept.store)
    assert (await orders.asked(LEG, "shunfeng", "shunfeng")).stage is Stage.ASKED
    assert await orders.sending(LEG)
    assert (await orders.asked(LEG, "shunfeng", "shunfeng")).stage is Stage.SENT
    assert await orders.cancelling(LEG)
    assert not await orders.sending(LEG)
    await orders.assigned(LEG, OrderResult("SF1", "reference"))
    assert [type(each) for each in await kept.store.news(0)] == []
    found = await orders.get(LEG)
    assert found is not None
    assert (found.stage, found.waybill) == (Stage.CANCELLING, "SF1")
    assert await orders.to_cancel() == [LEG]
    await orders.cancelled(LEG)
    await orders.cancelled(LEG)
    assert not await orders.cancelling(LEG)
    assert [type(each) for each in await kept.store.news(0)] == [OrderCancelled]


async def test_a_waybill_is_told_again_to_who_asks_again_after_it_was_done(kept: Kept) -> None:
    orders = BookingStore(kept.store)
    await orders.asked(LEG, "shunfeng", "shunfeng")
    await orders.assigned(LEG, OrderResult("SF1", "P35060026110000017-1"))
    await orders.asked(LEG, "shunfeng", "shunfeng")
    (told,) = await kept.store.news(0)
    await kept.store.done(told)
    assert await kept.store.news(0) == []
    await orders.asked(LEG, "shunfeng", "shunfeng")
    (again,) = await kept.store.news(0)
    assert isinstance(again, Assigned)
    assert again.id > told.id
    assert again.result == OrderResult("SF1", "P35060026110000017-1")


async def test_trouble_is_told_when_it_begins_changes_and_ends(kept: Kept) -> None:
    down = errors.CarrierUnreachable(carrier="ems", code="timeout", said="10 s", where="line")
    for error in (down, down, errors.CarrierBusy(carrier="ems", code="429", said="429", where="-"), None, None):
        await (kept.store.troubled("ems", "", error) if error else kept.store.mended("ems"))
        kept.clock.move(minutes=1)
    told = [each for each in await kept.store.news(0) if isinstance(each, Trouble)]
    assert [(type(each.error), each.over) for each in told] == [
        (errors.CarrierUnreachable, False),
        (errors.CarrierBusy, False),
        (errors.CarrierBusy, True),
    ]


@pytest.mark.parametrize(
    "news",
    [
        Heard(7, LEG, (seen(), seen("代签", 3, signed_by=SignedBy.AGENT, meaning=Meaning.DELIVERED, exception="late"))),
        Assigned(7, LEG, "shunfeng", OrderResult("SF1", "reference")),
        OrderCancelled(7, LEG, "ems"),
    ],
)
def test_news_reads_back_as_it_was(news: News) -> None:
    assert read_news(7, LEG, news_text(news)) == news


@pytest.mark.parametrize("kind", [OrderFailed, CancelFailed])
def test_errors_read_back_as_they_were(kind: type[OrderFailed]) -> None:
    error = errors.CarrierRefused(carrier="shunfeng", code="8247", said="8247 运单号有误", where="-")
    back = read_news(7, LEG, news_text(kind(7, LEG, "shunfeng", error)))
    assert isinstance(back, kind)
    assert (type(back.error), back.error.facts, back.error.text("zh")) == (type(error), error.facts, error.text("zh"))

"""Asking carriers: everything is heard once, no limit is ever broken, and no carrier holds up another."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest

from mailroom.carriers.base import Source
from tests.carriers.standin import cut, down, garbage, late, silent
from tests.carriers.world import LEG, PHONE, World, hours, leg, minutes, play
from tongban import errors

EMS_NUMBER, SF_NUMBER, JD_NUMBER = "EB123456785CN", "SF1234567890123", "JD0123456789012"


async def watch_all(world: World) -> None:
    assert await world.feeds.watch(leg(1), "jd", JD_NUMBER, PHONE, world.until)
    assert await world.feeds.watch(leg(2), "shunfeng", SF_NUMBER, PHONE, world.until)
    assert await world.feeds.watch(leg(3), "ems", EMS_NUMBER, PHONE, world.until)


def test_each_carrier_is_asked_and_heard() -> None:
    async def story(world: World) -> None:
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        world.sf.scan(SF_NUMBER, "50", "已收件")
        world.ems.scan(EMS_NUMBER, "702", "下段")
        await watch_all(world)
        await minutes(1)
        assert [world.words(leg(n)) for n in (1, 2, 3)] == [["已揽收"], ["已收件"], ["下段"]]
        assert {seen.source for n in (1, 2, 3) for seen in world.heard(leg(n))} == {Source.PULL}
        world.rules_kept()

    play(story, pushes=False)


def test_what_is_heard_again_is_not_told_again() -> None:
    async def story(world: World) -> None:
        world.sf.scan(SF_NUMBER, "50", "已收件")
        assert await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(12)
        world.sf.scan(SF_NUMBER, "80", "已签收")
        await hours(12)
        assert world.words() == ["已收件", "已签收"]
        assert len(world.sf.times("routes", SF_NUMBER)) > 5

    play(story, pushes=False)


def test_a_day_without_pushes_loses_nothing_and_breaks_no_limit() -> None:
    async def story(world: World) -> None:
        await watch_all(world)
        for hour in range(24):
            for carrier, number, code in (
                (world.kuaidi, JD_NUMBER, "1002"),
                (world.sf, SF_NUMBER, "31"),
                (world.ems, EMS_NUMBER, "306"),
            ):
                carrier.scan(number, code, f"{number} 第 {hour} 时")
            await hours(1)
        await hours(3)
        for number, name in ((JD_NUMBER, leg(1)), (SF_NUMBER, leg(2)), (EMS_NUMBER, leg(3))):
            assert world.words(name) == [f"{number} 第 {hour} 时" for hour in range(24)]
        world.rules_kept()

    play(story, pushes=False)


def test_no_number_is_asked_within_its_half_hour_whatever_happens() -> None:
    async def story(world: World) -> None:
        number = JD_NUMBER
        world.kuaidi.scan(number, "103", "已揽收")
        for turn in range(6):
            await world.feeds.watch(LEG, "jd", number, PHONE, world.until)
            await world.feeds.watch(leg(2), "jd", number, PHONE, world.until)
            await minutes(7)
            await world.feeds.forget(LEG)
            await world.feeds.forget(leg(2))
            if turn % 2:
                await world.crash()
                await world.start()
            await minutes(7)
        times = world.kuaidi.times("query", number)
        assert len(times) >= 2
        assert all(b - a >= dt.timedelta(minutes=30) for a, b in pairwise(times))
        assert world.kuaidi.locked == set()

    play(story, pushes=False)


def test_slow_and_failing_answers_do_not_shorten_the_half_hour() -> None:
    async def story(world: World) -> None:
        world.kuaidi.behave(late(9.5), silent(), cut(), garbage(), down(), late(30))
        await world.feeds.watch(LEG, "jd", JD_NUMBER, PHONE, world.until)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        await hours(24)
        assert world.words() == ["已揽收"]
        world.rules_kept()

    play(story, pushes=False)


def test_many_numbers_share_a_question_to_sf_up_to_ten() -> None:
    async def story(world: World) -> None:
        numbers = [f"SF{n:013d}" for n in range(1, 26)]
        for position, number in enumerate(numbers, start=1):
            world.sf.scan(number, "50", "已收件")
            await world.feeds.watch(leg(position), "shunfeng", number, PHONE, world.until)
        await minutes(30)
        assert all(world.words(leg(position)) == ["已收件"] for position in range(1, 26))
        batches = [len(each.numbers) for each in world.sf.asked]
        assert max(batches) <= 10
        await hours(2)
        assert max(len(each.numbers) for each in world.sf.asked) == 10
        world.rules_kept()

    play(story, pushes=False)


def test_more_numbers_than_the_day_allows_are_asked_in_turn_and_within_it() -> None:
    async def story(world: World) -> None:
        await world.crash()
        world.sf.a_day = 200
        await world.start()
        for position in range(1, 301):
            phone = str(1000 + position % 7)
            await world.feeds.watch(leg(position), "shunfeng", f"SF{position:013d}", phone, world.until)
        await hours(48)
        often = Counter(number for each in world.sf.asked for number in each.numbers)
        assert len(often) == 300
        assert min(often.values()) >= 6
        world.rules_kept()

    play(story, pushes=False)


def test_a_dead_carrier_holds_up_no_other_and_is_told_once() -> None:
    async def story(world: World) -> None:
        world.kuaidi.dead = True
        await watch_all(world)
        world.sf.scan(SF_NUMBER, "50", "已收件")
        world.ems.scan(EMS_NUMBER, "702", "下段")
        await minutes(1)
        assert (world.words(leg(2)), world.words(leg(3))) == (["已收件"], ["下段"])
        await hours(6)
        (trouble,) = world.troubles()
        assert (trouble.feed, trouble.leg, type(trouble.error)) == ("kuaidi100", "", errors.CarrierUnreachable)
        assert "kuaidi100" in trouble.error.text("zh")
        assert "cannot be reached" in trouble.error.text("en")
        assert trouble.finding.where("zh") == "寄递"
        assert [each.feed for each in await world.feeds.troubles()] == ["kuaidi100"]
        world.kuaidi.dead = False
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        await hours(3)
        assert world.words(leg(1)) == ["已揽收"]
        assert [each.over for each in world.troubles()] == [False, True]
        assert await world.feeds.troubles() == []
        world.rules_kept()

    play(story, pushes=False)


def test_an_account_that_is_refused_is_the_administrators_matter() -> None:
    async def story(world: World) -> None:
        world.sf.checkword = "ANOTHER"
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(4)
        (trouble,) = world.troubles()
        assert isinstance(trouble.error, errors.CarrierAccessDenied)
        assert trouble.error.facts["code"] == "A1006"
        assert trouble.finding.who("en") == "this node's administrator"
        assert len(world.sf.broken_rules) < 20

    play(story, pushes=False)


def test_a_bad_number_is_told_of_its_leg_and_spoils_no_other() -> None:
    async def story(world: World) -> None:
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await world.feeds.watch(leg(1), "shunfeng", "SF00BAD00000000", PHONE, world.until)
        await world.feeds.watch(leg(2), "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(6)
        assert world.words(leg(2)) == ["已收件"]
        (trouble,) = world.troubles()
        assert (trouble.leg, type(trouble.error), trouble.error.facts["code"]) == (
            leg(1),
            errors.CarrierRefused,
            "8247",
        )
        await world.feeds.watch(leg(1), "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(2)
        assert world.words(leg(1)) == ["已收件"]
        assert await world.feeds.troubles() == []
        assert [each.over for each in world.troubles()] == [False, True]

    play(story, pushes=False)


def test_one_null_description_hides_nothing() -> None:
    async def story(world: World) -> None:
        await watch_all(world)
        for carrier, number, codes in (
            (world.kuaidi, JD_NUMBER, ("103", "5", "301")),
            (world.sf, SF_NUMBER, ("50", "44", "80")),
            (world.ems, EMS_NUMBER, ("306", "702", "704")),
        ):
            carrier.scan(number, codes[0], "第一")
            carrier.scan(number, codes[1], None, None)
            carrier.scan(number, codes[2], "第三")
        await hours(3)
        for name in (leg(1), leg(2), leg(3)):
            assert [seen.text for seen in world.heard(name)].count("第三") == 1
            assert len(world.heard(name)) == 3

    play(story, pushes=False)


@pytest.mark.parametrize("code", ["A1005", "A1009", "A1099"])
def test_a_passing_refusal_of_the_gateway_passes(code: str) -> None:
    async def story(world: World) -> None:
        body = f'{{"apiResultCode":"{code}","apiErrorMsg":"x","apiResultData":""}}'.encode()
        world.sf.behave(garbage(body), garbage(body))
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(2)
        assert world.words() == ["已收件"]
        assert world.troubles() == []

    play(story, pushes=False)


def test_nobody_can_be_asked_about_a_bag() -> None:
    async def story(world: World) -> None:
        for carrier in ("diplomatic-bag", "hand", "agency-van", "some-unknown-courier"):
            assert not await world.feeds.watch(LEG, carrier, "B-123456", "", world.until)
        await hours(3)
        assert world.news == []

    play(story, pushes=False)


def test_news_is_told_until_it_is_done_and_survives_a_crash() -> None:
    async def story(world: World) -> None:
        world.records = False
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(1)
        assert world.words() == ["已收件"]
        await world.crash()
        world.records = True
        await world.start()
        await minutes(1)
        assert world.words() == ["已收件", "已收件"]
        await world.crash()
        await world.start()
        await hours(3)
        assert world.words() == ["已收件", "已收件"]

    play(story, pushes=False)


def test_a_leg_is_forgotten_when_its_time_is_over() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.clock.now() + dt.timedelta(hours=2))
        await hours(5)
        asked = len(world.sf.times("routes"))
        await hours(10)
        assert len(world.sf.times("routes")) == asked

    play(story, pushes=False)

"""Pushes: what counts, what has to be confirmed, what changes nothing, and when the carrier reads its success."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from itertools import pairwise

import aiohttp
import pytest

from mailroom.carriers.base import Source
from nodes.relay.push import AT_ONCE, READ_SECONDS
from tests.carriers.ems import SIGN_KEY
from tests.carriers.kuaidi import FORM
from tests.carriers.kuaidi import SUCCESS as KD_SUCCESS
from tests.carriers.sf import SUCCESS as SF_SUCCESS
from tests.carriers.standin import down
from tests.carriers.world import LEG, PHONE, World, hours, leg, minutes, play
from tongban import errors

SF_NUMBER, JD_NUMBER, EMS_NUMBER = "SF1234567890123", "JD0123456789012", "EB123456785CN"


async def send(url: str, body: bytes, content_type: str = "application/x-www-form-urlencoded") -> tuple[int, bytes]:
    """What anybody may post."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers={"Content-Type": content_type}) as response,
    ):
        return response.status, await response.read()


async def watching(world: World) -> None:
    """A number under watch, asked about a while ago."""
    await world.feeds.watch(LEG, "jd", JD_NUMBER, PHONE, world.until)
    await minutes(1)


def test_a_signed_push_counts_at_once_without_a_question() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        asked = len(world.kuaidi.times("query"))
        pushed = await world.kuaidi.push(JD_NUMBER, "jd")
        await minutes(0.01)
        assert (pushed.status, pushed.body, pushed.attempts) == (200, KD_SUCCESS, 1)
        assert world.words() == ["已揽收"]
        assert world.heard()[0].source is Source.PUSH
        assert len(world.kuaidi.times("query")) == asked

    play(story)


def test_the_same_word_pushed_and_pulled_is_one() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        await world.kuaidi.push(JD_NUMBER, "jd")
        await hours(8)
        world.kuaidi.scan(JD_NUMBER, "301", "已签收")
        await hours(12)
        await world.kuaidi.push(JD_NUMBER, "jd")
        await hours(1)
        assert world.words() == ["已揽收", "已签收"]

    play(story)


def test_a_forged_a_replayed_and_a_meddled_push_change_nothing() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        genuine = world.kuaidi.push_body(JD_NUMBER, "jd")
        world.kuaidi.scan(JD_NUMBER, "301", "已签收")
        forged = world.kuaidi.push_body(JD_NUMBER, "jd", salt="GUESSED")
        unsigned = world.kuaidi.push_body(JD_NUMBER, "jd", salt="")
        meddled = genuine.replace(b"103", b"301")
        before = world.disk.image()
        for body in (forged, unsigned, meddled):
            assert (await send(world.url("kuaidi100"), body))[1] != KD_SUCCESS
        await minutes(1)
        assert world.heard() == []
        assert [type(each.error) for each in world.troubles()] == [errors.CarrierPushForged]
        assert len(world.disk.image()) == len(before)

        assert await send(world.url("kuaidi100"), genuine) == (200, KD_SUCCESS)
        await minutes(1)
        assert world.words() == ["已揽收"]
        for _ in range(5):
            assert await send(world.url("kuaidi100"), genuine) == (200, KD_SUCCESS)
        await minutes(1)
        assert world.words() == ["已揽收"]

    play(story)


def test_a_replayed_abort_does_not_move_the_subscription() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        abort = world.kuaidi.push_body(JD_NUMBER, "jd", status="abort")
        assert await send(world.url("kuaidi100"), abort) == (200, KD_SUCCESS)
        for _ in range(12):
            await minutes(5)
            await send(world.url("kuaidi100"), abort)
        # Subscribed at first, and again half an hour after the abort, however often that was repeated.
        first, again, *rest = world.kuaidi.times("subscribe", JD_NUMBER)
        assert dt.timedelta(minutes=30) <= again - first < dt.timedelta(minutes=35)
        assert rest == []

    play(story)


@pytest.mark.parametrize("salt", ["", "SALT"])
def test_an_unsigned_push_of_sf_counts_when_a_pull_confirms_it(salt: str) -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(10)
        world.sf.scan(SF_NUMBER, "50", "已收件")
        pushed = await world.sf.push(world.url("shunfeng"), SF_NUMBER)
        assert (pushed.body, pushed.attempts) == (SF_SUCCESS, 1)
        await minutes(0.02)
        assert world.words() == ["已收件"]
        assert world.heard()[0].source is Source.PULL
        world.rules_kept()

    play(story, salt=salt)


def test_an_invented_push_of_sf_changes_nothing_and_causes_few_questions() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(10)
        asked = len(world.sf.times("routes"))
        for _ in range(50):
            await world.sf.push(world.url("shunfeng"), SF_NUMBER, ("80", "已签收"))
        await world.sf.push(world.url("shunfeng"), "SF9999999999999", ("80", "已签收"))
        await minutes(30)
        assert world.heard() == []
        assert len(world.sf.times("routes")) - asked <= 4
        assert world.sf.times("routes", "SF9999999999999") == []
        world.rules_kept()

    play(story)


def test_an_unsigned_push_of_kuaidi100_keeps_the_half_hour() -> None:
    async def story(world: World) -> None:
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        await watching(world)
        assert world.words() == ["已揽收"]
        world.kuaidi.scan(JD_NUMBER, "5", "派件中")
        pushed = await world.kuaidi.push(JD_NUMBER, "jd")
        assert pushed.body == KD_SUCCESS
        await minutes(20)
        assert world.words() == ["已揽收"]
        await minutes(20)
        assert world.words() == ["已揽收", "派件中"]
        assert all(b - a >= dt.timedelta(minutes=30) for a, b in pairwise(world.kuaidi.times("query")))
        world.rules_kept()

    play(story, salt="")


def test_a_push_of_ems_is_confirmed_by_a_pull_and_one_under_another_key_is_refused() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "ems", EMS_NUMBER, PHONE, world.until)
        await minutes(15)
        world.ems.scan(EMS_NUMBER, "704", "妥投")
        wrong = SIGN_KEY[:-4] + "AA=="
        refused = await world.ems.push(world.url("ems"), EMS_NUMBER, key=wrong, retries=0)
        assert refused.body != world.ems.success("S1")
        assert world.heard() == []
        pushed = await world.ems.push(world.url("ems"), EMS_NUMBER, retries=0)
        assert pushed.body == world.ems.success("S2")
        await minutes(0.02)
        assert world.words() == ["妥投"]

    play(story)


def test_an_answer_that_comes_after_the_push_is_waited_for() -> None:
    """The service that answers questions is behind the one that pushes."""

    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(10)
        await world.sf.push(world.url("shunfeng"), SF_NUMBER, ("50", "已收件"))
        await minutes(3)
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await minutes(12)
        assert world.words() == ["已收件"]

    play(story)


def test_success_is_said_only_after_the_commit_and_a_failure_is_pushed_again() -> None:
    async def story(world: World) -> None:
        await watching(world)
        for station in range(80):
            world.kuaidi.scan(JD_NUMBER, "1002", f"第 {station} 站" + "已发往下一站" * 40)
        world.disk.fill()
        body = world.kuaidi.push_body(JD_NUMBER, "jd")
        assert (await send(world.url("kuaidi100"), body))[1] != KD_SUCCESS
        world.kuaidi.push_soon(JD_NUMBER, "jd")
        await minutes(1)
        assert world.heard() == []
        world.disk.free()
        await minutes(40)
        assert len(world.words()) == 80
        assert {seen.source for seen in world.heard()} == {Source.PUSH}

    play(story)


def test_a_push_that_was_acknowledged_survives_a_crash() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.records = False
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        world.sf.scan(SF_NUMBER, "50", "已收件")
        assert (await world.kuaidi.push(JD_NUMBER, "jd")).body == KD_SUCCESS
        await world.crash()
        world.news.clear()
        world.records = True
        await world.start()
        await minutes(1)
        assert world.words() == ["已揽收"]

    play(story)


def test_an_unsigned_push_that_was_acknowledged_is_asked_after_by_the_next_process() -> None:
    async def story(world: World) -> None:
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await minutes(10)
        world.sf.behave(down(), down(), down())
        world.sf.scan(SF_NUMBER, "50", "已收件")
        assert (await world.sf.push(world.url("shunfeng"), SF_NUMBER)).body == SF_SUCCESS
        await world.crash()
        await world.start()
        await minutes(30)
        assert world.words() == ["已收件"]

    play(story)


def test_the_address_is_secret_and_the_body_bounded() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        good = world.kuaidi.push_body(JD_NUMBER, "jd")
        for url in (
            world.url("kuaidi100", "wrong"),
            world.url("kuaidi100", "0" * 40),
            world.url("kuaidi100", "密"),
            world.url("nobody", "kuaidi1000secret0of0the0address"),
        ):
            assert await send(url, good) == (404, b"")
        status, _ = await send(world.url("kuaidi100"), b"param=" + b"x" * (2 << 20))
        assert status == 413
        for garbage in (b"", b"\xff\xfe", b"param=%7B", b"param=null&sign=", b"{}", b"[" * 5000):
            for feed in ("kuaidi100", "shunfeng", "ems"):
                status, body = await send(world.url(feed), garbage)
                assert body not in (KD_SUCCESS, SF_SUCCESS)
        async with aiohttp.ClientSession() as session, session.get(world.url("kuaidi100")) as response:
            assert response.status == 405
        assert world.heard() == []
        assert await send(world.url("kuaidi100"), good, FORM["Content-Type"]) == (200, KD_SUCCESS)

    play(story)


def test_pushes_that_come_spare_questions_and_pushes_that_stop_do_not() -> None:
    async def story(world: World) -> None:
        await watching(world)
        for hour in range(24):
            world.kuaidi.scan(JD_NUMBER, "1002", f"第 {hour} 时")
            if hour % 4 == 0:
                await world.kuaidi.push(JD_NUMBER, "jd")
            await hours(1)
        spared = len(world.kuaidi.times("query"))
        for hour in range(24, 48):
            world.kuaidi.scan(JD_NUMBER, "1002", f"第 {hour} 时")
            await hours(1)
        await hours(3)
        assert world.words() == [f"第 {hour} 时" for hour in range(48)]
        assert spared <= 8 < len(world.kuaidi.times("query")) - spared
        world.rules_kept()

    play(story)


def test_order_and_number_of_pushes_do_not_matter() -> None:
    async def story(world: World) -> None:
        await watching(world)
        await world.feeds.watch(leg(2), "jd", JD_NUMBER, PHONE, world.until)
        bodies = []
        for hour in range(6):
            world.kuaidi.scan(JD_NUMBER, "1002", f"第 {hour} 时")
            bodies.append(world.kuaidi.push_body(JD_NUMBER, "jd"))
            await minutes(3)
        for body in (*reversed(bodies), *bodies, bodies[3]):
            assert await send(world.url("kuaidi100"), body) == (200, KD_SUCCESS)
        await minutes(1)
        assert sorted(world.words()) == sorted(world.words(leg(2))) == [f"第 {hour} 时" for hour in range(6)]

    play(story)


def test_bodies_that_never_end_hold_up_nobody_for_long() -> None:
    async def story(world: World) -> None:
        await watching(world)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        path = world.url("kuaidi100").split("/", 3)[3]
        head = f"POST /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nparam=".encode()
        port = int(world.url("kuaidi100").split(":")[2].split("/")[0])
        stalled = [await asyncio.open_connection("127.0.0.1", port) for _ in range(AT_ONCE)]
        for _, writer in stalled:
            writer.write(head)
        await asyncio.sleep(1)
        assert (await world.kuaidi.push(JD_NUMBER, "jd", retries=0)).body != KD_SUCCESS
        await asyncio.sleep(READ_SECONDS)
        assert (await world.kuaidi.push(JD_NUMBER, "jd", retries=0)).body == KD_SUCCESS
        await minutes(0.1)
        assert world.words() == ["已揽收"]
        for _, writer in stalled:
            writer.close()
            await writer.wait_closed()

    play(story)

"""Every error code that a carrier documents: told as whose fault it is, or borne in silence until it passes."""

from __future__ import annotations

import json

import pytest

from nodes.relay.news import OrderFailed
from tests.carriers.standin import Bad, garbage
from tests.carriers.world import LEG, PHONE, World, hours, minutes, order_of, play
from tongban import errors

SF_NUMBER, JD_NUMBER = "SF1234567890123", "JD0123456789012"
Error = type[errors.TongbanError] | None


def sf_gateway(code: str) -> Bad:
    return garbage(json.dumps({"apiResultCode": code, "apiErrorMsg": "说明", "apiResultData": ""}).encode())


def sf_business(code: str) -> Bad:
    inner = json.dumps({"success": False, "errorCode": code, "errorMsg": "说明", "msgData": None})
    return garbage(json.dumps({"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": inner}).encode())


def kuaidi(code: str) -> Bad:
    return garbage(json.dumps({"result": False, "returnCode": code, "message": "说明"}).encode())


def told(world: World, error: Error, leg: str, code: str) -> None:
    """Exactly this was told, with its code and in both languages."""
    if error is None:
        assert world.troubles() == []
        return
    first = world.troubles()[0]
    assert (type(first.error), first.leg, first.error.facts["code"]) == (error, leg, code)
    finding = first.finding
    assert all(part for part in (finding.what("zh"), finding.what("en"), finding.remedy("zh"), finding.remedy("en")))
    assert code in finding.what("zh") or error in (errors.CarrierUnreachable, errors.CarrierAnswerUnreadable)


SF_CODES: list[tuple[str, Error, str]] = [
    ("A1001", errors.CarrierRefused, LEG),
    ("A1002", errors.CarrierRefused, LEG),
    ("A1003", errors.CarrierAccessDenied, ""),
    ("A1004", errors.CarrierAccessDenied, ""),
    ("A1005", errors.CarrierBusy, ""),
    ("A1006", errors.CarrierAccessDenied, ""),
    ("A1007", errors.CarrierRefused, LEG),
    ("A1009", errors.CarrierUnreachable, ""),
    ("A1099", errors.CarrierUnreachable, ""),
    ("A9999", errors.CarrierRefused, LEG),
]


@pytest.mark.parametrize(("code", "error", "leg"), SF_CODES)
def test_what_the_gateway_of_sf_says(code: str, error: Error, leg: str) -> None:
    async def story(world: World) -> None:
        world.sf.behave(*[sf_gateway(code)] * 4)
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(24)
        told(world, error, leg, code)
        assert world.words() == ["已收件"]
        assert await world.feeds.troubles() == []
        world.rules_kept()

    play(story, pushes=False)


@pytest.mark.parametrize(
    ("code", "error", "leg"),
    [
        ("8003", None, ""),
        ("8247", errors.CarrierRefused, LEG),
        ("9999", errors.CarrierRefused, LEG),
        ("8018", None, ""),
    ],
)
def test_what_the_routes_of_sf_say(code: str, error: Error, leg: str) -> None:
    async def story(world: World) -> None:
        world.sf.behave(sf_business(code))
        world.sf.scan(SF_NUMBER, "50", "已收件")
        await world.feeds.watch(LEG, "shunfeng", SF_NUMBER, PHONE, world.until)
        await hours(24)
        if code != "8003":
            told(world, error, leg, code)
        assert world.words() == ["已收件"]

    play(story, pushes=False)


@pytest.mark.parametrize(
    ("code", "error", "leg"),
    [
        ("400", errors.CarrierRefused, LEG),
        ("408", errors.CarrierRefused, LEG),
        ("500", None, ""),
        ("501", errors.CarrierUnreachable, ""),
        ("502", errors.CarrierBusy, ""),
        ("503", errors.CarrierAccessDenied, ""),
        ("600", errors.CarrierAccessDenied, ""),
        ("601", errors.CarrierAccessDenied, ""),
        ("777", errors.CarrierRefused, LEG),
    ],
)
def test_what_kuaidi100_says(code: str, error: Error, leg: str) -> None:
    async def story(world: World) -> None:
        world.kuaidi.behave(*[kuaidi(code)] * 3)
        world.kuaidi.scan(JD_NUMBER, "103", "已揽收")
        await world.feeds.watch(LEG, "jd", JD_NUMBER, PHONE, world.until)
        await hours(30)
        told(world, error, leg, code)
        assert world.words() == ["已揽收"]
        assert await world.feeds.troubles() == []
        world.rules_kept()

    play(story, pushes=False)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("A1001", errors.CarrierRefused),
        ("A1003", errors.CarrierAccessDenied),
        ("A1004", errors.CarrierAccessDenied),
        ("A1005", None),
        ("A1006", errors.CarrierAccessDenied),
        ("A1009", None),
        ("A1099", None),
    ],
)
def test_what_the_gateway_of_sf_says_to_an_order(code: str, error: Error) -> None:
    async def story(world: World) -> None:
        world.sf.behave(*[sf_gateway(code)] * 2)
        await world.feeds.order(LEG, "shunfeng", order_of(LEG))
        await hours(1)
        failed = world.of(OrderFailed)
        assert [type(each.error) for each in failed] == ([error] if error else [])
        if error:
            await world.feeds.order(LEG, "shunfeng", order_of(LEG))
            await minutes(5)
            await world.feeds.order(LEG, "shunfeng", order_of(LEG))
            await minutes(5)
        assert len(set(world.assigned())) == 1
        assert len(world.sf.orders) == 1

    play(story, pushes=False)

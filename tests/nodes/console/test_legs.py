"""A leg by its pages: booked ahead, taken back, handed over, photographed, and what was heard of it by telephone."""

from __future__ import annotations

import pytest

from nodes.relay.runtime import say_carriers
from tests.nodes.console.browser import Browser
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tests.nodes.console.test_journey import file_one
from tests.nodes.console.test_scan import PNG, SEAL, WAYBILL, packed, scanned
from tongban.v1 import lifecycle_pb2

_S = lifecycle_pb2


async def _follow(browser: Browser, path: str, label: str) -> str:
    """The address behind a button of a parcel's page."""
    return (await browser.get(path)).links[label]


@pytest.mark.federation
async def test_a_leg_that_was_booked_is_taken_back_and_booked_again(halls: Halls) -> None:
    core = halls.federation.nodes[ACCEPTING].core
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        number = (await file_one(clerk)).path.split("/")[2]
        path, code = await packed(porter, number)
        page = await porter.get(await _follow(porter, path, "预约交寄"))
        unnumbered = await porter.send(page.form(), carrier="ems", waybill="")
        assert unnumbered.status == 400
        assert unnumbered.says("由快递承运须填运单号")
        booked = await porter.send(page.form(), carrier="shunfeng", waybill="sf1234567890123")
        assert booked.path == path, booked.text
        state = await core.state(path[1:])
        assert (state.state, state.legs[0].waybill) == (_S.PARCEL_STATE_OFFERED, "SF1234567890123")
        assert state.legs[0].HasField("due_time")
        page = await porter.get(await _follow(porter, path, "撤销预约"))
        assert (await porter.send(page.form())).path == path
        assert (await core.state(path[1:])).state == _S.PARCEL_STATE_SEALED

        page = await porter.get(await _follow(porter, path, "预约交寄"))
        await porter.send(page.form(), carrier="ems", waybill=WAYBILL)
        page = await porter.get(f"{path}/dispatch")
        assert page.says("邮政特快 EMS")
        given = await porter.send(page.form(), stub=code, seals=SEAL)
        assert given.path == path, given.text
        state = await core.state(path[1:])
        assert [leg.cancelled for leg in state.legs] == [True, False]
        assert state.custody.leg.endswith("/legs/2")

        page = await porter.get(await _follow(porter, path, "补面单照片"))
        refused = await porter.send(page.form(), {"photo": (b"nothing", "image/png")})
        assert refused.says("照片须为 JPEG 或 PNG")
        assert (await porter.send(page.form(), {"photo": (PNG, "image/png")})).path == path
        assert (await core.state(path[1:])).legs[1].waybill_photo_digest
        assert "补面单照片" not in (await porter.get(path)).links
    await halls.federation.settled()

    async with halls.at(HOME, "porter") as taker:
        page = await taker.get(await _follow(taker, path, "记录承运方消息"))
        said = {"meaning": "delivering", "text": "说是下午到", "observe_time": "2026-11-22T09:30"}
        told = await taker.send(page.form(), leg="2", **said)
        assert told.path == path, told.text
        assert told.says("派送中")
        earlier = await taker.send(page.form(), leg="2", **said | {"meaning": "accepted"})
        # Of one moment's words the one that reaches less far comes first.
        assert earlier.text.index("已揽收") < earlier.text.index("派送中")
        bad = await taker.send(page.form(), leg="2", meaning="delivering", observe_time="yesterday")
        assert bad.says("应为日期和时间")
        assert (await scanned(taker, code, SEAL, WAYBILL)).says("已接收")


async def _relay(halls: Halls, hears: list[str], orders: list[str]) -> None:
    """A relay in the directory, whose accounts are these."""
    halls.federation.relays = {"relay"}
    relay = await halls.federation.start_node("relay")
    assert await say_carriers(relay.core, hears, orders)
    await halls.federation.settled()


@pytest.mark.federation
async def test_only_a_carrier_that_the_relay_can_order_from_is_offered_for_ordering(halls: Halls) -> None:
    async with halls.at(ACCEPTING, "clerk") as clerk, halls.at(ACCEPTING, "porter") as porter:
        path, _ = await packed(porter, (await file_one(clerk)).path.split("/")[2])
        unheard = await porter.get(await _follow(porter, path, "预约交寄"))
        assert not unheard.says("订运单")
        await _relay(halls, hears=["ems", "jd", "shunfeng"], orders=["shunfeng"])
        page = await porter.get(await _follow(porter, path, "预约交寄"))
        assert page.says("能订的承运方:顺丰。"), page.text
        end = {"name": "收发室", "phone": "05961234567", "address": "某路 1 号"}
        ends = {f"{side}.{part}": said for side in ("sender", "receiver") for part, said in end.items()}
        refused = await porter.send(page.form(), carrier="ems", order="yes", **ends)
        assert refused.status == 400
        assert refused.says("能订的是:顺丰速运"), refused.text

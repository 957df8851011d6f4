"""The relay as a process beside a real gateway and nodes, killed under a carrier's pushes again and again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.items import items_of
from nodes.demo.cast import CHAOZHOU, ORIGINAL, ZHANGZHOU, Place, Text, submission
from nodes.demo.client import until
from nodes.demo.home import open_home
from nodes.demo.processes import command
from nodes.demo.setting import Setting
from tests.carriers.kuaidi import KuaidiStandIn
from tests.scenarios import acting, mail
from tongban.clock import SystemClock, SystemEntropy

WAYBILL = "EB900000011CN"
KILLS = 8


async def kill(setting: Setting) -> None:
    """The relay's process is gone in the middle of whatever it does."""
    process = setting.relay._process
    assert process is not None
    process.kill()
    await process.wait()


async def agree(setting: Setting) -> None:
    """The items of both, and their one agreement."""
    seed = data.load()
    for place in setting.places:
        for document in items_of(seed, place.name):
            await setting.publish(place.region, document)
    known = {node.name: node for node in await setting.nodes()}
    await setting.sign(zhangzhou_chaozhou_shantou(seed, known))


async def on_its_way(setting: Setting) -> str:
    """A parcel that 潮州 has given to a courier; its name."""
    caller = await setting.clients[CHAOZHOU.region].staff("window")
    filed = await caller(caller.window.SubmitApplication, submission(acting.request_id()))
    await acting.until_state(setting, ZHANGZHOU, filed.name, "SUBMITTED")
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [f"{filed.name}/originals/{ORIGINAL}"], "TB-KILL-1")
    await mail.give(setting, CHAOZHOU, packed, waybill=WAYBILL)
    await mail.until_parcel(setting, ZHANGZHOU, packed.parcel.name, "WITH_CARRIER")
    return packed.parcel.name


@pytest.mark.federation
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_relay_that_is_killed_again_and_again_loses_and_doubles_no_word(tmp_path: Path) -> None:
    carrier, chance = KuaidiStandIn(SystemClock()), random.Random(5)
    await carrier.start()
    places = (CHAOZHOU, ZHANGZHOU)
    home = open_home(tmp_path / "federation", [place.region for place in places], SystemEntropy())
    mail.give_account(home.relay, carrier)
    setting = Setting(home, places=places)
    try:
        await setting.start()
        await agree(setting)
        parcel = await on_its_way(setting)

        async def is_subscribed() -> bool:
            return WAYBILL in carrier.subscribed

        await until(is_subscribed, Text("中继订阅运单", "the relay to subscribe"))
        told = 0
        for _ in range(KILLS):
            pushing = asyncio.create_task(_push_for_ever(carrier))
            for _ in range(3):
                carrier.scan(WAYBILL, "1002", f"到达第 {told + 1} 站")
                told += 1
                await asyncio.sleep(chance.uniform(0.0, 0.15))
            await kill(setting)
            pushing.cancel()
            await setting.relay.start()
        await carrier.push(WAYBILL, "ems")
        for place in places:
            await until(partial(_has, setting, place, parcel, told), Text("全部消息", "every word"))
    finally:
        await setting.stop()
        await carrier.stop()
    for each in (home.relay, home.gateway, *(home.node(place.region) for place in places)):
        await command("fsck", "--home", str(each))


async def _push_for_ever(carrier: KuaidiStandIn) -> None:
    while True:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await carrier.push(WAYBILL, "ems", retries=0)
        await asyncio.sleep(0.02)


async def _has(setting: Setting, place: Place, parcel: str, count: int) -> bool:
    state = await mail.parcel(setting, place, parcel)
    codes = [each.observation_id for each in state.legs[0].observations]
    assert len(codes) == len(set(codes)) <= count
    return len(codes) == count

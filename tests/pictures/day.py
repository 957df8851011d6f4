"""The working day of docs/mailroom.md: 潮州 sends, 漳州 takes in, a parcel comes to 平潭 by mistake.

Every step is taken by keys on the pages that the document names; nothing is written past them but the applications that
the window took in before, and what the carrier says.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, FilePayload

from mailroom.domain.labels import Command, ItemLabel
from nodes.demo.cast import CHAOZHOU, ORIGINAL, PINGTAN, WITNESS, ZHANGZHOU, Place, Text
from nodes.demo.client import until
from nodes.demo.setting import Setting
from tests.carriers.kuaidi import KuaidiStandIn
from tests.pictures.camera import Person
from tests.scenarios.mail import PICTURE
from tongban.clock import SystemClock

WAYBILLS = ("EB900000011CN", "EB900000025CN")
SEALS = ("LS-260001", "LS-260002", "LS-260003", "LS-260004")
WORDS = (
    ("103", "【潮州市】湘桥揽投部已收件"),
    ("1002", "【汕头市】已到达汕头邮件处理中心"),
    ("5", "【漳州市】芗城揽投部安排投递"),
    ("301", "【漳州市】已签收,签收人:本人"),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One that was packed by hand."""

    path: str
    code: str
    seal: str
    waybill: str


class Day:
    """Who sits where, and what has happened so far."""

    def __init__(
        self, setting: Setting, carrier: KuaidiStandIn, browser: Browser, into: Path, applications: Sequence[str]
    ) -> None:
        self._setting = setting
        self._carrier = carrier
        self._browser = browser
        self._into = into
        # The page of packing has the newest first.
        self._labels = [ItemLabel.of(f"{name}/originals/{ORIGINAL}").text for name in reversed(applications)]

    async def run(self) -> None:
        """All of it, in order."""
        giver = await self._at(CHAOZHOU)
        parcels = [await self._pack(giver, number, 1 if number else 3) for number in range(len(SEALS))]
        await self._morning(giver, parcels)
        await self._hand_over(giver, parcels[:2])
        await self._carrier_speaks(giver, parcels[0])
        await self._take_in(parcels[0])
        await self._wrong_post(parcels[1])
        await self._cases(giver, parcels[0])
        await self._evening(giver)

    async def _at(self, place: Place) -> Person:
        home = self._setting.home
        return await Person.signed_in(
            self._browser, home.ports.consoles[place.region], "mailroom", home.password, self._into
        )

    async def _morning(self, giver: Person, parcels: Sequence[Parcel]) -> None:
        await giver.go("/shelf")
        await giver.press("main button.first")
        await giver.sees("盘点:请逐件扫码")
        await giver.scan(*(parcel.code for parcel in parcels[:2]))
        await giver.sees("已扫 2 / 4")
        await giver.keep("shelf", whole=True)
        await giver.scan(*(parcel.code for parcel in parcels[2:]), Command.DONE.text)
        await giver.sees("与账相符")
        await giver.paper("/print/commands", "commands", part=0.62)

    async def _pack(self, giver: Person, number: int, count: int) -> Parcel:
        await giver.go("/parcels/pack")
        for place in range(count):
            await giver.tab_to(f"#h-{place + 1}")
            await giver.page.keyboard.press("Space")
        await giver.page.select_option("#i-destination", label="漳州市 收发室")
        await giver.tab_to("[name=seals]")
        await giver.page.keyboard.type(SEALS[number])
        if not number:
            await giver.keep("pack", end="main form .actions")
        await giver.page.keyboard.press("Enter")
        await giver.page.wait_for_url("**/label")
        code = await giver.page.text_content("[data-stub]")
        path = "/" + "/".join(giver.page.url.split("/")[3:5])
        if not number:
            await giver.paper(f"/print{path}/label", "label")
        return Parcel(path, str(code), SEALS[number], WAYBILLS[number % 2])

    async def _hand_over(self, giver: Person, parcels: Sequence[Parcel]) -> None:
        await giver.go("/scan")
        await giver.page.select_option("#carrier", "ems")
        await giver.page.press("#carrier", "Tab")
        await giver.page.keyboard.press("Enter")
        await giver.sees("交出:请扫邮包码")
        first, second = parcels
        await giver.scan(first.code, first.waybill, first.seal)
        await giver.sees("已交出")
        await giver.scan(second.code, second.waybill)
        await giver.sees("请扫封签,还差 1 枚")
        await giver.keep("scan-out", whole=True)
        await giver.scan(second.seal)
        await giver.page.wait_for_selector("ol.done li.done >> nth=1")
        listed = "&".join(f"parcel={parcel.path[1:]}" for parcel in parcels)
        await giver.paper(f"/print/handover?{listed}", "handover", part=0.5)

    async def _carrier_speaks(self, giver: Person, parcel: Parcel) -> None:
        await giver.go(f"{parcel.path}/waybill-photo")
        photo: FilePayload = {"name": "waybill.png", "mimeType": "image/png", "buffer": PICTURE}
        await giver.page.set_input_files("[name=photo]", photo)
        await giver.press("main button.first")
        await giver.page.wait_for_url(f"**{parcel.path}")

        async def subscribed() -> bool:
            return parcel.waybill in self._carrier.subscribed

        await until(subscribed, Text("中继订阅运单", "the relay to subscribe"))
        for code, word in WORDS:
            self._carrier.scan(parcel.waybill, code, word)
            await asyncio.sleep(1.1)  # a carrier's times are in seconds
        await self._carrier.push(parcel.waybill, "ems")
        await giver.sees("承运方称签收")
        await giver.keep("parcel", part=0.8, end=".timeline")

    async def _take_in(self, parcel: Parcel) -> None:
        taker = await self._at(ZHANGZHOU)
        await taker.go("/scan")
        await taker.scan(parcel.code, parcel.seal, parcel.waybill)
        await taker.sees("已接收")
        await taker.keep("scan-in")
        await taker.scan(parcel.code, parcel.seal)
        await taker.sees("请第二人输入自己的用户名")
        await taker.keep("opening")
        await taker.scan(WITNESS)
        await taker.sees("已拆封")
        await taker.scan(self._labels[0], self._labels[1], Command.PAGES_SHORT.text, "2", Command.MISSING.text)
        await taker.sees("记为缺失")
        await taker.keep("check")
        await taker.scan(Command.DONE.text)
        await taker.sees("核对已登记")

    async def _wrong_post(self, parcel: Parcel) -> None:
        stranger = await self._at(PINGTAN)
        await stranger.go("/scan")
        await stranger.scan(parcel.code, parcel.seal, parcel.waybill)
        await stranger.sees("误投")
        await stranger.keep("wrong-post")

    async def _cases(self, giver: Person, parcel: Parcel) -> None:
        await giver.go("/cases?show=all")
        await giver.sees("缺失")
        await giver.sees("误投")
        await giver.keep("cases", part=0.6)
        await giver.go(f"{parcel.path}/cases/trace")
        await giver.tab_to("[name=note]")
        await giver.page.keyboard.type("牛皮纸大信封,封签号 LS-260001。请在拆封处和包装里再找一遍。")
        await giver.keep("trace")

    async def _evening(self, giver: Person) -> None:
        today = SystemClock().now().astimezone(dt.timezone(dt.timedelta(hours=8))).date()
        await giver.go(f"/ledger?day={today}&post=mailroom-1")
        await giver.sees("日末账面")
        await giver.keep("ledger")

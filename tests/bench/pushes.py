"""`python -m tests.bench.pushes`: how soon after a carrier's push a clerk sees it, at both ends of the parcel's way.

A gateway, four nodes and a relay, each a process on files, as `make run` starts them; the carrier is a stand-in that
signs its pushes.  Two pages of the console are open, one at each end, and wait for news as a browser does.  Measured is
from the moment at which the carrier begins to push until the page has the new word.  The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from nodes.demo.cast import CHAOZHOU, ORIGINAL, PLACES, ZHANGZHOU, Text, submission
from nodes.demo.client import until
from nodes.demo.home import open_home
from nodes.demo.setting import Setting
from tests.bench.processes import percentile
from tests.carriers.kuaidi import KuaidiStandIn
from tests.nodes.console.browser import Browser
from tests.scenarios import acting, mail
from tongban.cli import run_async
from tongban.clock import SystemClock, SystemEntropy

WAYBILL = "EB900000011CN"
PATIENCE = 30.0


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pushes", description=__doc__)
    parser.add_argument("--pushes", type=int, default=60, help="pushes, one after the other (60)")
    options = parser.parse_args()
    sys.stdout.write(json.dumps(run_async(measure(options.pushes))) + "\n")


async def measure(pushes: int) -> dict[str, float]:
    """Seconds from a push to the page, p50 and p95 over both ends."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        carrier = KuaidiStandIn(SystemClock())
        await carrier.start()
        home = open_home(Path(folder) / "federation", [place.region for place in PLACES], SystemEntropy())
        mail.give_account(home.relay, carrier)
        setting = Setting(home)
        try:
            await setting.start()
            await setting.agree()
            return await _measure(setting, carrier, pushes)
        finally:
            await setting.stop()
            await carrier.stop()


async def _measure(setting: Setting, carrier: KuaidiStandIn, pushes: int) -> dict[str, float]:
    parcel = await _on_its_way(setting)
    await until(lambda: _subscribed(carrier), Text("中继订阅运单", "the relay to subscribe"))
    seconds: list[float] = []
    here, there = (Browser(setting.home.ports.consoles[place.region]) for place in (CHAOZHOU, ZHANGZHOU))
    async with here, there:
        for browser in (here, there):
            await browser.sign_in("mailroom", setting.home.password)
        for number in range(pushes):
            word = f"到达第{number + 1}站"
            seconds += await _push(carrier, [here, there], parcel, word)
    return {
        "push_p50_seconds": round(percentile(seconds, 0.5), 3),
        "push_p95_seconds": round(percentile(seconds, 0.95), 3),
        "pushes": pushes,
    }


async def _subscribed(carrier: KuaidiStandIn) -> bool:
    return WAYBILL in carrier.subscribed


async def _on_its_way(setting: Setting) -> str:
    caller = await setting.clients[CHAOZHOU.region].staff("window")
    filed = await caller(caller.window.SubmitApplication, submission(acting.request_id()))
    await acting.until_state(setting, ZHANGZHOU, filed.name, "SUBMITTED")
    packed = await mail.pack(setting, CHAOZHOU, ZHANGZHOU, [f"{filed.name}/originals/{ORIGINAL}"], "TB-BENCH-1")
    await mail.give(setting, CHAOZHOU, packed, waybill=WAYBILL)
    await mail.until_parcel(setting, ZHANGZHOU, packed.parcel.name, "WITH_CARRIER")
    return packed.parcel.name


async def _push(carrier: KuaidiStandIn, browsers: list[Browser], parcel: str, word: str) -> list[float]:
    waiting = [asyncio.create_task(_seen(browser, parcel, await _mark(browser, parcel))) for browser in browsers]
    await asyncio.sleep(0.2)
    carrier.scan(WAYBILL, "1002", word)
    began = time.perf_counter()
    await carrier.push(WAYBILL, "ems")
    return [moment - began for moment in await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)]


async def _mark(browser: Browser, parcel: str) -> str:
    found = re.search(rf'data-live="/{parcel}/now" data-mark="([^"]*)"', (await browser.get(f"/{parcel}")).text)
    assert found is not None
    return found[1]


async def _seen(browser: Browser, parcel: str, mark: str) -> float:
    """When the page is told something new."""
    while (await browser.get(f"/{parcel}/now?mark={mark}")).status != 200:
        pass
    return time.perf_counter()


if __name__ == "__main__":
    main()

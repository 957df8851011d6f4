"""`python -m tests.pictures`: take the pictures of docs/mailroom.md anew."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from nodes.demo.cast import CHAOZHOU, PLACES, submission
from nodes.demo.home import open_home
from nodes.demo.setting import Setting
from tests.carriers.kuaidi import KuaidiStandIn
from tests.nodes.console.test_picture import FLAGS, chromium
from tests.pictures.day import Day
from tests.scenarios import acting, mail
from tongban.cli import run_async
from tongban.clock import SystemClock, SystemEntropy

INTO = Path(__file__).resolve().parents[2] / "docs/images/mailroom"
APPLICATIONS = 7


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--into", type=Path, default=INTO, help="directory (docs/images/mailroom)")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    run_async(take(options.into))
    for picture in sorted(options.into.glob("*.png")):
        print(f"{picture.stat().st_size:7d} {picture.name}")


async def take(into: Path) -> None:
    """A federation of processes, and the day in it."""
    with tempfile.TemporaryDirectory(prefix="tongban-pictures-") as folder:
        carrier = KuaidiStandIn(SystemClock())
        await carrier.start()
        home = open_home(Path(folder) / "federation", [place.region for place in PLACES], SystemEntropy())
        mail.give_account(home.relay, carrier)
        setting = Setting(home)
        try:
            await setting.start()
            await setting.agree()
            await _photographed(setting, carrier, into)
        finally:
            await setting.stop()
            await carrier.stop()


async def _photographed(setting: Setting, carrier: KuaidiStandIn, into: Path) -> None:
    caller = await setting.clients[CHAOZHOU.region].staff("window")
    filed = [
        (await caller(caller.window.SubmitApplication, submission(acting.request_id()))).name
        for _ in range(APPLICATIONS)
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        await Day(setting, carrier, browser, into, filed).run()
        await browser.close()


if __name__ == "__main__":
    main()

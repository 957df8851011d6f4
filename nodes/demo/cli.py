"""`tongban demo …`: the whole federation on this machine, and one application through it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
from rich.console import Console

from nodes.demo import show
from nodes.demo.cast import PLACES, Text
from nodes.demo.home import DemoHome, open_home
from nodes.demo.play import Play, Report
from nodes.demo.processes import DemoFailed, carried_through
from nodes.demo.setting import Setting
from tongban.cli import language, report, run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.errors import TongbanError
from tongban.serving import only_process

NICE_PORTS = 8750
"""The first of the ports that `run` takes when they are free, so that addresses are easy to remember."""


@click.group(short_help="演示:本机运行整个联邦 · the whole federation on this machine")
def demo() -> None:
    """演示:在本机启动网关和四个节点,办一件异地申请。

    The demonstration: a gateway and four nodes on this machine, and one application through them.
    """


@demo.command("run", short_help="启动、办一件、保持运行 · start, drive one application, stay up")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="数据目录 · where its data is kept",
)
def run(home: Path) -> None:
    """启动网关和四个节点,办一件,然后保持运行,直到 Ctrl-C。再次运行沿用原有数据。

    Start the gateway and four nodes, drive one application, stay up until Ctrl-C. Again goes on with the same data.
    """
    _perform(home, stay=True)


@demo.command("once", short_help="办一件后退出,末行为 JSON · drive one application and end; last line is JSON")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="数据目录 · where its data is kept",
)
def once(home: Path) -> None:
    """不需终端:办一件,全部停止,末行打印一个 JSON 对象。

    Without a terminal: drive one application, stop everything, print one JSON object as the last line.
    """
    done = _perform(home, stay=False)
    if done is not None:
        click.echo(json.dumps(done, ensure_ascii=False))


def _perform(path: Path, *, stay: bool) -> dict[str, object] | None:
    chosen = language()
    stage = show.Stage(Console(force_terminal=False if not stay else None), chosen)
    home = path.resolve()
    try:
        with only_process(home):
            regions = [place.region for place in PLACES]
            kept = open_home(home, regions, SystemEntropy(), preferred=NICE_PORTS if stay else 0)
            return run_async(_until_told(kept, stage, chosen, stay=stay))
    except DemoFailed as failed:
        click.secho(failed.text.of(chosen), fg="red", err=True)
    except TongbanError as error:
        report(error, chosen)
    sys.exit(1)


async def _until_told(home: DemoHome, stage: show.Stage, chosen: str, *, stay: bool) -> dict[str, object] | None:
    """Perform as a task, which Ctrl-C and SIGTERM cancel: for `run` that is the good end, for `once` a failure."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    performing = loop.create_task(_act(home, stage, chosen, stay=stay))

    def stop() -> None:
        # Once is enough: stopping takes a moment, and whoever is impatient must not leave half of it running.
        if not told.is_set():
            told.set()
            performing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A terminal that closes stops it too, unless it was started to outlive its terminal (nohup).
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, stop)
    try:
        return await performing
    except asyncio.CancelledError:
        if not told.is_set():
            raise
        if not stay:
            raise DemoFailed(Text("演示被中断", "The demonstration was interrupted")) from None
        stage.say(Text("已全部停止。", "Everything has stopped."))
        return None


async def _act(home: DemoHome, stage: show.Stage, chosen: str, *, stay: bool) -> dict[str, object]:
    clock, entropy = SystemClock(), SystemEntropy()
    start = clock.monotonic()
    setting = Setting(home, language=chosen, tell=stage.say)
    async with _running(setting, stage):
        await setting.agree()
        ready = clock.monotonic() - start
        stage.say(Text(f"联邦就绪,用时 {ready:.1f} 秒。", f"The federation is ready after {ready:.1f} s."))
        with stage.live():
            found: Report = await Play(setting.clients, stage, clock, entropy).run()
        stage.say(show.summary(found))
        if stay:
            stage.show(show.invitation(setting, home, chosen))
            await setting.watch()
    return {**found.as_json(), "ready_seconds": round(ready, 3), "nodes": len(PLACES)}


@asynccontextmanager
async def _running(setting: Setting, stage: show.Stage) -> AsyncIterator[None]:
    """The servers run within; they are stopped however it ends."""
    try:
        await setting.start()
        yield
    finally:
        stage.say(Text("停止各进程……", "Stopping the processes …"))
        await carried_through(setting.stop())

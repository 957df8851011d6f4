"""Servers as separate processes: started with the operator's own commands, watched, stopped in good order.

A server is ready when it answers, not when it was started: it has written where it listens, and the health service
(or the page's `/healthz`) says so.  Each gets `--with-stdin` and a pipe that only this process holds, so that it stops
by itself when this process is gone, however it went; and a session of its own, so that Ctrl-C on the terminal reaches
this process alone, which then stops them in the right order.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from nodes.demo.cast import Text
from tongban.serving import ADDRESSES, read_addresses

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05
LOG_LINES = 12

_Answer = TypeVar("_Answer")
Healthy = Callable[[dict[str, str]], Awaitable[bool]]


class DemoFailed(Exception):
    """The demonstration cannot go on; its text says why, in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def tongban() -> str:
    """The command, of the environment that this process runs in."""
    return str(Path(sys.executable).with_name("tongban"))


async def command(*arguments: str, language: str = "zh", stdin: str = "") -> str:
    """Run a `tongban` command to its end and give what it printed; DemoFailed with its own words when it refuses."""
    process = await asyncio.create_subprocess_exec(
        tongban(), "--lang", language, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    try:
        out, err = await process.communicate(stdin.encode())
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    if process.returncode:
        said = (err or out).decode("utf-8", "replace").strip()
        shown = " ".join(arguments[:2])
        raise DemoFailed(Text(f"命令 tongban {shown} 失败:\n{said}", f"The command tongban {shown} failed:\n{said}"))
    return out.decode("utf-8")


async def carried_through(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Await something to its end even when this task is cancelled meanwhile; the cancelling counts afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


class Server:
    """One server process."""

    def __init__(self, title: Text, arguments: list[str], home: Path, log: Path, healthy: Healthy) -> None:
        self.title = title
        self._arguments = arguments
        self._home = home
        self._log = log
        self._healthy = healthy
        self._process: Process | None = None
        self.addresses: dict[str, str] = {}

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs, or before."""
        return self._process.returncode if self._process is not None else None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        # What stands there is where its forerunner listened.
        (self._home / ADDRESSES).unlink(missing_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        process = await carried_through(self._spawn())
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._until_ready(process)
        except TimeoutError:
            raise self._failure("迟迟没有应答", "does not answer") from None

    async def _spawn(self) -> Process:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                tongban(),
                *self._arguments,
                "--with-stdin",
                stdin=PIPE,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        return self._process

    async def _until_ready(self, process: Process) -> None:
        while True:
            if process.returncode is not None:
                raise self._failure("没有启动成功", "did not start")
            if (self._home / ADDRESSES).exists():
                self.addresses = read_addresses(self._home)
                if await self._healthy(self.addresses):
                    return
            await asyncio.sleep(POLL_SECONDS)

    async def watch(self) -> None:
        """Until it ends, which is always a failure: whoever stops it cancels this first."""
        assert self._process is not None
        await self._process.wait()
        raise self._failure("意外停止", "stopped unexpectedly")

    async def stop(self) -> None:
        """Ask it to stop, wait, and end it by force only when it does not listen."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _failure(self, zh: str, en: str) -> DemoFailed:
        tail = last_lines(self._log)
        code = "-" if self.exit_code is None else self.exit_code
        return DemoFailed(
            Text(
                f"{self.title.zh} {zh}(退出码 {code})。日志 {self._log} 末尾:\n{tail}",
                f"{self.title.en} {en} (exit code {code}). The end of its log {self._log}:\n{tail}",
            )
        )


def last_lines(path: Path) -> str:
    """The end of a log."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  | {line[:300]}" for line in lines[-LOG_LINES:])

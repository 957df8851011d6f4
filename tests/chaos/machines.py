"""Machines: each a process that is started, killed, stopped and started again, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 90.0
STOP_SECONDS = 20.0
_CLI = "from tongban.cli import main; main()"


@dataclass(slots=True, eq=False)
class Machine:
    """One machine of the federation; `addresses` is empty while it does not answer."""

    name: str
    kind: str
    home: Path
    environment: Mapping[str, str]
    addresses: dict[str, str] = field(default_factory=dict)
    on_ready: Callable[[], None] = lambda: None
    restarting: bool = False
    stopped: bool = False
    _process: Process | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def log(self) -> Path:
        """What the process says, all its lives together."""
        return self.home / "server.log"

    @property
    def running(self) -> bool:
        """Whether there is a process, ready or not."""
        return self._process is not None and self._process.returncode is None

    async def until_ready(self) -> None:
        """Wait while it is down or starting."""
        await self._ready.wait()

    async def start(self) -> bool:
        """Start it and wait until it listens; False when it was killed before that."""
        command = [sys.executable, "-c", _CLI, self.kind, "serve", "--home", str(self.home), "--with-stdin"]
        # One that is stopped does not see its standard input close when this process dies, so the kernel kills it.
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=log, env={**os.environ, **self.environment}
            )
        self._process = process
        assert process.stdout is not None
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline()
        if not line:
            code = await process.wait()
            if code == -signal.SIGKILL:
                return False
            raise RuntimeError(f"{self.name} did not start (exit code {code}); see {self.log}")
        self.addresses = {k: v for k, v in json.loads(line).items() if k not in ("gateway", "node")}
        self.on_ready()
        self._ready.set()
        return True

    async def kill(self) -> None:
        """As a power cut does."""
        process = self._process
        self._gone()
        self.stopped = False
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def halt(self) -> None:
        """SIGSTOP: it holds everything and does nothing."""
        self._signal(signal.SIGSTOP)
        self.stopped = True

    def go_on(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)
        self.stopped = False

    async def end(self) -> int:
        """Ask it to end in good order; its exit code (negative: it had to be killed)."""
        process = self._process
        if process is None:
            return 0
        self._gone()
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await process.wait()
        except TimeoutError:
            process.kill()
            return await process.wait()

    def _gone(self) -> None:
        self._ready.clear()
        self.addresses = {}

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

"""`tongban … serve` as an operator runs it, told to stop as a supervisor tells it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    code: int
    seconds: float
    errors: str


class Serving:
    """One server process."""

    def __init__(self, kind: str, home: Path) -> None:
        self._command = [
            sys.executable,
            "-c",
            "from tongban.cli import main; main()",
            kind,
            "serve",
            "--home",
            str(home),
        ]
        self._log = home.parent / f"{home.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> dict[str, Any]:
        """Start it; what it says of where it listens."""
        addresses: dict[str, Any] = json.loads(await asyncio.to_thread(self._started))
        return addresses

    def _started(self) -> bytes:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._log.read_text("utf-8")
        return line

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Tell it something."""
        assert self._process is not None
        self._process.send_signal(number)

    async def stopped(self) -> Ended:
        """Tell it to stop, and wait until it has."""
        self.signal()
        return await self.ended()

    async def ended(self) -> Ended:
        """Wait until it has ended."""
        assert self._process is not None
        begun = time.monotonic()
        await asyncio.to_thread(self._process.wait, 30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return Ended(self._process.returncode, time.monotonic() - begun, self._log.read_text("utf-8"))

    def kill(self) -> None:
        """Make sure that nothing is left."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

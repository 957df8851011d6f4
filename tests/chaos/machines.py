"""Machines: each a process that is started, killed, stopped and started again, and never left behind."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.launch import Cold, Command, Life, Warm

READY_SECONDS = 90.0
STOP_SECONDS = 20.0


@dataclass(slots=True, eq=False)
class Machine:
    """One machine of the federation; `addresses` is empty while it does not answer."""

    name: str
    kind: str
    home: Path
    environment: Mapping[str, str]
    addresses: dict[str, str] = field(default_factory=dict)
    stopped: bool = False
    warm: bool = True
    mutant: str = ""
    _life: Life | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def running(self) -> bool:
        """Whether there is a process, ready or not."""
        return self._life is not None and self._life.running

    async def until_listens(self, service: str) -> str:
        """Where a service of it listens; waits while it is down or starting."""
        while service not in self.addresses:
            # Woken by a start, and down again before its turn came, it waits for the next one.
            await self._ready.wait()
            await asyncio.sleep(0)
        return self.addresses[service]

    async def start(self) -> bool:
        """Start it and wait until it listens; False when it was killed before that."""
        launch = Warm.start if self.warm or self.mutant else Cold.start
        serve = [self.kind, "serve", "--home", str(self.home)]
        life = await launch(Command(serve, self.environment, self.home / "server.log", self.mutant))
        self._life = life
        async with asyncio.timeout(READY_SECONDS):
            line = await life.first_line()
        if not line:
            code = await life.wait()
            if code == -signal.SIGKILL:
                return False
            raise RuntimeError(f"{self.name} did not start (exit code {code}): {self.last_words('server.log')}")
        self.addresses = {k: v for k, v in json.loads(line).items() if k not in ("gateway", "node")}
        self._ready.set()
        return True

    async def kill(self) -> None:
        """As a power cut does."""
        life = self._life
        self._gone()
        self.stopped = False
        if life is not None:
            life.send(signal.SIGKILL)
            await life.wait()

    def halt(self) -> None:
        """SIGSTOP: it holds everything and does nothing."""
        self._send(signal.SIGSTOP)
        self.stopped = True

    def go_on(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)
        self.stopped = False

    async def end(self) -> int:
        """Ask it to end in good order; its exit code (negative: it had to be killed)."""
        life = self._life
        if life is None:
            return 0
        self._gone()
        life.send(signal.SIGTERM)
        ending = asyncio.ensure_future(life.wait())
        done, _ = await asyncio.wait([ending], timeout=STOP_SECONDS)
        if not done:
            life.send(signal.SIGKILL)
        return await ending

    def last_words(self, log: str) -> str:
        """The end of one of its logs."""
        lines = (self.home / log).read_text("utf-8", "replace").splitlines()
        return " | ".join(lines[-3:])

    def _gone(self) -> None:
        self._ready.clear()
        self.addresses = {}

    def _send(self, number: int) -> None:
        if self._life is not None:
            self._life.send(number)

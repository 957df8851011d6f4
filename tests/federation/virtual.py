"""An event loop on a clock of its own: when nothing is ready, time jumps to the next timer."""

from __future__ import annotations

import asyncio
import datetime as dt
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

from tongban.clock import SeededEntropy
from tongban.storage.inline import InlineDatabase, SimulatedDisk

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
TICK = 1e-6
START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


class _Jumping(selectors.SelectSelector):
    """A selector that never waits: it tells its loop how far to jump."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop | None = None
        self.turns = 0
        self.max_turns = 3_000_000

    def select(self, timeout: float | None = None) -> list[Any]:
        self.turns += 1
        if self.turns > self.max_turns > 0:
            raise RuntimeError("the run does not come to its end")
        if timeout is None:
            raise RuntimeError("nothing is ready and no timer is set: the run would wait for ever")
        if timeout > 0 and self.loop is not None:
            self.loop.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is virtual."""

    def __init__(self, start: float = 0.0) -> None:
        selector = _Jumping()
        self._now = start
        super().__init__(selector)
        self._jumping = selector
        selector.loop = self

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def limit(self, turns: int) -> None:
        """A run that takes more turns than this is going round in circles; 0 for no limit."""
        self._jumping.max_turns = turns

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """A timer, never so soon that the time until then is lost in rounding: who waits for it must get there."""
        return super().call_at(max(when, self._now + TICK), callback, *args, context=context)


class VirtualClock:
    """The time of day on a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> dt.datetime:
        """START plus the loop's time."""
        return START + dt.timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()


class Disks:
    """Databases of a simulated federation, by name; they outlive the processes that mount them."""

    def __init__(self) -> None:
        self._disks: dict[str, SimulatedDisk] = {}

    async def open(self, name: str) -> InlineDatabase:
        """Mount a disk."""
        return self.disk(name).mount()

    def disk(self, name: str) -> SimulatedDisk:
        """The disk itself, for taking and putting back its image."""
        if name not in self._disks:
            self._disks[name] = SimulatedDisk()
        return self._disks[name]

    def discard(self) -> None:
        """Close every disk for good."""
        while self._disks:
            self._disks.popitem()[1].discard()


def run_virtual(main: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    """Run to the end on the virtual loop, leaving no task behind."""
    try:
        return loop.run_until_complete(main)
    finally:
        loop.limit(0)
        # Some end only on the second try: they were closing a link that nobody reads any more.
        for _ in range(3):
            if tasks := asyncio.all_tasks(loop):
                for task in tasks:
                    task.cancel()
                loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))
        loop.close()


def seeded(seed: int) -> SeededEntropy:
    """Chance that can be replayed."""
    return SeededEntropy(seed)

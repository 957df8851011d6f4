"""A virtual clock for programs that talk over real sockets: time jumps only when no socket has anything to say.

Both ends of every connection live in this process and on this loop, and the kernel hands a packet on before the call
that sent it returns.  So when nothing is ready now, nor after a moment of real time, nothing will be until a timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
TICK = 1e-6
MOMENT = 0.003
PATIENCE = 20.0
"""Real seconds for something that no timer bounds, such as a thread."""


class _Listening(selectors.EpollSelector):
    def __init__(self) -> None:
        super().__init__()
        self.loop: SocketLoop | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        ready: list[Any] = super().select(0)
        if ready or timeout == 0:
            return ready
        ready = super().select(PATIENCE if timeout is None else MOMENT)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing is ready and no timer is set: the run would wait for ever")
            assert self.loop is not None
            self.loop.jump(timeout)
        return ready


class SocketLoop(asyncio.SelectorEventLoop):
    """A loop with real sockets and virtual time."""

    def __init__(self) -> None:
        selector = _Listening()
        self._now = 0.0
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """A timer, never so soon that the time until then is lost in rounding."""
        return super().call_at(max(when, self._now + TICK), callback, *args, context=context)


def play(story: Callable[[SocketLoop], Awaitable[T]]) -> T:
    """Run a story to its end on a loop of its own."""
    loop = SocketLoop()

    async def main() -> T:
        return await story(loop)

    try:
        return loop.run_until_complete(main())
    finally:
        if tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.wait(tasks, timeout=10.0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

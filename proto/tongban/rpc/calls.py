"""The calls that a server has under way, so that one that stops can end those that do not end themselves.

gRPC's own end is a connection that breaks, or a call that is dropped in the moment it comes: its caller learns nothing
but that.  Turned away or ended here, a call is told that the server stops and when to try again, as in any refusal.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

_MOMENT, _MOMENTS = 0.1, 10


class Calls:
    """Tasks of handlers, from their first line to their last."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.closed = False
        self.turned_away = 0

    def begin(self) -> None:
        """This task handles a call from now on."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._idle.clear()

    def finish(self) -> bool:
        """It does no more; whether it was ended from here."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.discard(task)
        if not self._tasks:
            self._idle.set()
        if task not in self._ended:
            return False
        self._ended.discard(task)
        return True

    async def close(self, seconds: float) -> None:
        """Turn new calls away, and wait until those under way have ended, so long at the most.

        Whoever was just answered calls again in the same moment, so it also waits for a moment in which nobody calls.
        """
        self.closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
                for _ in range(_MOMENTS):
                    before = self.turned_away
                    await asyncio.sleep(_MOMENT)
                    if self.turned_away == before:
                        break

    def end(self) -> None:
        """End all that are under way."""
        for task in self._tasks:
            self._ended.add(task)
            task.cancel()

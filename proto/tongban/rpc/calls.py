"""The calls that a server has under way, so that one that stops can end those that do not end themselves.

gRPC's own end is a connection that breaks: its caller learns nothing but that.  Ended here, a call is told that the
server stops and when to try again, like any other refusal.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Calls:
    """Tasks of handlers, from their first line to their last."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """This task handles a call from now on."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)

    def finish(self) -> bool:
        """It does no more; whether it was ended from here."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.discard(task)
        if task not in self._ended:
            return False
        self._ended.discard(task)
        return True

    def end(self) -> None:
        """End all that are under way."""
        for task in self._tasks:
            self._ended.add(task)
            task.cancel()

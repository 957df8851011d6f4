"""How long the caller of what goes on here still waits, known to everything that is done for it.

The door of a service (`tongban.rpc.guard`) says it once, from the call's own deadline; the queue before the database
asks before it begins anything (`storage.batcher`), and a call to somebody else is given what is left, less a tenth
(`rpc.client`), so that whoever is nearest to the fault answers first.  It goes along with the task and with every task
that this one starts.  Times are the running loop's, so a virtual loop has virtual deadlines.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_SHAVED = 0.9
_end: ContextVar[float | None] = ContextVar("deadline", default=None)


def end() -> float | None:
    """The moment, in the running loop's time, after which nobody waits any more; None where somebody always does."""
    return _end.get()


def shaved(remaining: float | None, limit: float) -> float:
    """Seconds for a call made in turn: at most `limit`, and a tenth less than one's own caller waits."""
    return limit if remaining is None else max(0.0, min(limit, remaining * _SHAVED))


def limited(limit: float) -> float:
    """Seconds for a call made now, for whoever waits here."""
    moment = _end.get()
    return limit if moment is None else shaved(moment - asyncio.get_running_loop().time(), limit)


@contextlib.contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Around what is done for a caller who waits so long; None leaves things as they are."""
    if seconds is None:
        yield
        return
    token = _end.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _end.reset(token)

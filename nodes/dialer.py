"""Keeping the line: dial, keep the session, and dial again.

After a failure the node waits a little, then longer, up to half a minute, each time by chance somewhere between nothing
and that limit, so that a thousand nodes do not come back in the same instant.  It does not sit the time out: as soon as
the gateway's address answers again the wait ends, and a session that was welcomed starts the waits over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Protocol

import tenacity

from nodes.core import NodeCore
from nodes.session import NodeLink, NodeSession
from nodes.storage import named
from tongban import errors
from tongban.clock import Entropy
from tongban.exchange.tasks import first_to_end

logger = logging.getLogger(__name__)

FIRST_WAIT = 0.25
LONGEST_WAIT = 30.0


class Line(Protocol):
    """The way to the gateway."""

    async def connect(self) -> NodeLink:
        """A new link; raises Unavailable."""
        ...

    async def answers(self) -> None:
        """Returns when the gateway's address answers again after a failure; may never return."""
        ...

    async def close(self) -> None:
        """Let everything go."""
        ...


class Backoff(tenacity.wait.wait_base):
    """Full jitter over a doubling limit, from the injected source of chance."""

    def __init__(self, entropy: Entropy, first: float = FIRST_WAIT, longest: float = LONGEST_WAIT) -> None:
        self._entropy = entropy
        self._first = first
        self._longest = longest

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Seconds to wait after this attempt."""
        limit = min(self._longest, self._first * 2 ** min(retry_state.attempt_number - 1, 16))
        return self._entropy.uniform(0.05, limit)


class Dialer:
    """Keeps a node's line up until cancelled."""

    def __init__(self, core: NodeCore, line: Line) -> None:
        self._core = core
        self._line = line

    async def run(self) -> None:
        """Dial and keep sessions, for ever."""
        while True:
            retrying = tenacity.AsyncRetrying(
                retry=tenacity.retry_if_not_exception_type((asyncio.CancelledError, KeyboardInterrupt)),
                wait=Backoff(self._core.entropy),
                sleep=self._pause,
                before_sleep=self._note,
            )
            await retrying(self._session)

    async def _session(self) -> None:
        link = await self._line.connect()
        session = NodeSession(self._core, link)
        try:
            await session.run()
        except Exception as error:
            if not session.welcomed:
                raise
            # It had been welcomed, so the next attempt starts with the shortest wait, or when the gateway asked to be
            # left alone, after that.
            self._log(error)
            if isinstance(error, errors.Overloaded):
                await asyncio.sleep((error.retry_seconds or 0.0) * self._core.entropy.uniform(1.0, 1.2))
        finally:
            await link.close()
        await self._pause(self._core.entropy.uniform(0.05, FIRST_WAIT))

    def _note(self, state: tenacity.RetryCallState) -> None:
        if state.outcome is not None and (error := state.outcome.exception()) is not None:
            self._log(error)

    def _log(self, error: BaseException) -> None:
        if isinstance(error, errors.StorageFull):
            error = named(error)
        problem = error.text("zh") if isinstance(error, errors.TongbanError) else type(error).__name__
        if problem != self._core.line.problem:
            logger.warning("line to the gateway: %s", error)
        self._core.line.problem = problem
        self._core.line.error = error if isinstance(error, errors.TongbanError) else None

    async def _pause(self, seconds: float) -> None:
        await first_to_end(_sleep(seconds), _once(self._line.answers()))


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def _once(answers: Awaitable[None]) -> None:
    await answers

"""Who may stand in the doorway of the push port: so many connections, each for so long.

    connects ─► waiting ── its secret is right ─► served ─► waiting (kept alive) ─► cut after `IDLE_SECONDS`
                   └─ no whole head after `IDLE_SECONDS` ─► cut

**Promised.**  A connection that says nothing, says its head a byte at a time, or never asks again is cut after
`IDLE_SECONDS`; a body has its own time there.  At most `CONNECTIONS` are open: one
more takes the place of the one that has waited longest.  Only who knows the secret address is served, and of these so
few at once (`nodes.relay.push`) that somebody always waits; should nobody, the new one is told 503 and when to come
again.  So idle connections, however many, keep no carrier out.

**What can go wrong.**  Somebody connects faster than a carrier sends its head: then the carrier may be cut too, and
comes again.  Nothing that was heard is lost by a cut: success is said after COMMIT and never before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import web

logger = logging.getLogger(__name__)

CONNECTIONS: Final = 256
"""So many connections at most are open."""
IDLE_SECONDS: Final = 15.0
"""A connection waits so long for a request, its head included."""
LINGER_SECONDS: Final = 2.0
"""So long the rest of a body is read after its answer was given."""
RETRY_SECONDS: Final = 30
_FULL: Final = (
    f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {RETRY_SECONDS}\r\n"
    "Connection: close\r\nContent-Length: 0\r\n\r\n"
).encode()


class Doorway:
    """Counts connections, and knows which of them wait."""

    def __init__(self, limit: int = CONNECTIONS) -> None:
        self.limit = limit
        self._open: set[web.RequestHandler] = set()
        self._waiting: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        """The longest first, each with the end of its patience."""
        self._cut = 0
        self._refused = 0

    def came(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """A connection was made."""
        if len(self._open) >= self.limit and not self._make_room():
            self._refused += 1
            transport.write(_FULL)
            handler.force_close()
            return
        self._open.add(handler)
        self._wait(handler)

    def went(self, handler: web.RequestHandler) -> None:
        """A connection is gone."""
        self._open.discard(handler)
        self._wait_no_more(handler)

    @contextmanager
    def serving(self, handler: web.RequestHandler) -> Iterator[None]:
        """While this lasts it keeps its place."""
        self._wait_no_more(handler)
        try:
            yield
        finally:
            if handler in self._open:
                self._wait(handler)

    def said(self) -> Mapping[str, int]:
        """How full it is, for `tongban relay status`."""
        return {"connections": len(self._open), "limit": self.limit, "cut": self._cut, "refused": self._refused}

    def _wait(self, handler: web.RequestHandler) -> None:
        loop = asyncio.get_running_loop()
        self._waiting[handler] = loop.call_later(IDLE_SECONDS, handler.force_close)

    def _wait_no_more(self, handler: web.RequestHandler) -> None:
        timer = self._waiting.pop(handler, None)
        if timer is not None:
            timer.cancel()

    def _make_room(self) -> bool:
        longest = next(iter(self._waiting), None)
        if longest is None:
            return False
        if not self._cut:
            logger.warning("%d connections to the push port: who waits longest is cut from now on", self.limit)
        self._cut += 1
        self.went(longest)
        longest.force_close()
        return True


class _Server(web.Server):
    """A server that lets the doorway know who comes and goes."""

    def __init__(self, doorway: Doorway, made: web.Server, **options: Any) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, **options)
        self._doorway = doorway

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """One came."""
        super().connection_made(handler, transport)
        self._doorway.came(handler, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """One went."""
        self._doorway.went(handler)
        super().connection_lost(handler, exc)


class DoorwayRunner(web.AppRunner):
    """Serves an application to whom the doorway lets in."""

    def __init__(self, application: web.Application, doorway: Doorway) -> None:
        self._options: dict[str, Any] = {
            "access_log": None,
            "keepalive_timeout": IDLE_SECONDS,
            "lingering_time": LINGER_SECONDS,
        }
        super().__init__(application, handle_signals=False, shutdown_timeout=2.0, **self._options)
        self._doorway = doorway

    async def _make_server(self) -> web.Server:
        return _Server(self._doorway, await super()._make_server(), **self._options)

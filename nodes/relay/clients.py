"""The way to a carrier's server: one request out, one bounded answer back, within its time, or a fault that says why.

Each account has connections of its own, so that a server that hangs holds up nobody else's.  A connection is used once:
questions are rare, and a kept one that the server has closed meanwhile would leave an order's outcome in doubt.  What
is sent holds secrets and what comes back names people, so neither is ever logged; redirections are not followed, for
they would carry both to a stranger.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import aiohttp
from yarl import URL

from mailroom.carriers.base import MAX_BODY, CarrierFault, FaultKind, HttpRequest, Reply

UNSENT: Final = "unreachable"
"""The code of a fault before anything was sent; after any other, the carrier may have done what was asked."""
TIMED_OUT: Final = "timeout"
CUT: Final = "cut"

_CHUNK: Final = 1 << 14
_CONNECTIONS: Final = 8


class Line(Protocol):
    """What a feed needs of the network."""

    async def send(self, request: HttpRequest, seconds: float) -> Reply:
        """Send it and return the answer; CarrierFault where there is none within so many seconds."""
        ...

    async def close(self) -> None:
        """Give the connections up."""
        ...


class HttpLine:
    """HTTP, each request on a connection of its own."""

    def __init__(self, carrier: str) -> None:
        self._carrier = carrier
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest, seconds: float) -> Reply:
        """Send it and return the answer."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"User-Agent": "tongban"},
            )
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    request.method,
                    URL(request.url, encoded=True),
                    data=request.body,
                    headers=dict(request.headers),
                    allow_redirects=False,
                ) as response,
            ):
                return Reply(response.status, await self._read(response), dict(response.headers))
        except TimeoutError:
            raise self._fault(TIMED_OUT, f"{seconds:.0f} s") from None
        except aiohttp.ClientConnectorError as error:
            raise self._fault(UNSENT, error.strerror or type(error).__name__) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its type only: its text may hold what was sent.
            raise self._fault(CUT, type(error).__name__) from None

    async def close(self) -> None:
        """Give the connections up."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > MAX_BODY:
                raise CarrierFault(
                    FaultKind.MALFORMED, text=f"over {MAX_BODY} bytes", carrier=self._carrier, where="answer"
                )
        return bytes(body)

    def _fault(self, code: str, text: str) -> CarrierFault:
        return CarrierFault(FaultKind.DOWNSTREAM, code, text, carrier=self._carrier, where="line", retryable=True)

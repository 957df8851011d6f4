"""What all stand-ins share: a server on a port of its own, a book of what it was asked, and a script of bad days."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tongban.clock import Clock
from tongban.web import Site

BEIJING = dt.timezone(dt.timedelta(hours=8))
RETRIES = (1800.0, 1980.0, 2100.0)
"""Seconds before a push that was not taken is tried again, up to three times."""


@dataclass(frozen=True, slots=True)
class Bad:
    """One request that goes wrong.  `works`: whether the server does what it is asked before it misbehaves."""

    status: int = 0
    body: bytes | None = None
    late: float = 0.0
    cut: bool = False
    works: bool = True


def down(status: int = 503) -> Bad:
    """An error of their gateway; nothing was done."""
    return Bad(status=status, body=b"<html>Service Unavailable</html>", works=False)


def garbage(body: bytes = b'{"apiResult') -> Bad:
    """An answer that nobody can read; what was asked was done."""
    return Bad(body=body)


def late(seconds: float) -> Bad:
    """The right answer, later."""
    return Bad(late=seconds)


def silent(*, works: bool = True) -> Bad:
    """No answer at all."""
    return Bad(late=7200.0, works=works)


def cut(*, works: bool = True) -> Bad:
    """The connection breaks."""
    return Bad(cut=True, works=works)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came."""

    time: dt.datetime
    interface: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """Something that happened to a parcel, as the carrier writes it."""

    time: dt.datetime
    code: str
    text: str | None
    place: str | None = "漳州市"

    @property
    def local(self) -> str:
        """The naive local time."""
        return self.time.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(slots=True)
class Pushed:
    """What became of a push."""

    status: int = 0
    body: bytes = b""
    attempts: int = 0


class StandIn:
    """A carrier's server."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[Asked] = []
        self.broken_rules: list[str] = []
        """What it was asked and must never be: too soon, too often, too much, badly signed."""
        self.scans: dict[str, list[Scan]] = {}
        self._script: deque[Bad] = deque()
        self.dead = False
        self._application = web.Application()
        self._application.router.add_post("/{path:.*}", self._serve)
        self._site = Site(self._application)
        self.port = 0
        self._tasks: set[asyncio.Task[Pushed]] = set()

    async def start(self) -> None:
        """Listen."""
        self.port = await self._site.start("127.0.0.1", 0)

    async def stop(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await self._site.stop()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def behave(self, *script: Bad) -> None:
        """What becomes of the next requests, one after the other."""
        self._script.extend(script)

    def scan(self, number: str, code: str, text: str | None, place: str | None = "漳州市") -> None:
        """Something happens to a parcel now."""
        self.scans.setdefault(number, []).append(Scan(self.clock.now(), code, text, place))

    def times(self, interface: str, number: str = "") -> list[dt.datetime]:
        """When an interface was asked, about a number."""
        return [
            each.time for each in self.asked if each.interface == interface and (not number or number in each.numbers)
        ]

    def note(self, interface: str, *numbers: str) -> None:
        """A request is written down."""
        self.asked.append(Asked(self.clock.now(), interface, numbers))

    async def answer(self, path: str, fields: dict[str, str]) -> dict[str, object]:
        """What a well-behaved server says."""
        raise NotImplementedError

    async def post(
        self, url: str, data: object, headers: dict[str, str], success: bytes, *, retries: int = 3
    ) -> Pushed:
        """Push, and again where the answer is not exactly the success that this carrier wants."""
        pushed = Pushed()
        for attempt in range(retries + 1):
            if attempt:
                await asyncio.sleep(RETRIES[attempt - 1])
            pushed.attempts += 1
            try:
                async with (
                    aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
                    asyncio.timeout(15),
                    session.post(url, data=data, headers=headers) as response,
                ):
                    pushed.status, pushed.body = response.status, await response.read()
            except (aiohttp.ClientError, TimeoutError):
                pushed.status, pushed.body = 0, b""
            if pushed.status == 200 and pushed.body == success:
                break
        return pushed

    def later(self, pushing: asyncio.Task[Pushed]) -> None:
        """Keep a push that goes on in the background."""
        self._tasks.add(pushing)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        bad = self._script.popleft() if self._script else Bad()
        if self.dead:
            bad = silent(works=False)
        said: dict[str, object] = {}
        if bad.works:
            form = await request.post()
            said = await self.answer(request.path, {name: str(value) for name, value in form.items()})
        if bad.late:
            await asyncio.sleep(bad.late)
        if bad.cut:
            assert request.transport is not None
            request.transport.abort()
        if bad.body is not None:
            return web.Response(status=bad.status or 200, body=bad.body)
        return web.json_response(said)


@dataclass(slots=True)
class Window:
    """At most so many in any stretch of so many seconds."""

    limit: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def allows(self, now: float) -> bool:
        """Count one more; whether it is still within the limit."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        self.times.append(now)
        return len(self.times) <= self.limit

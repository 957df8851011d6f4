"""Which parcels to look at, and when: all that are under way at the start, each that changes, each again when due.

    the node's database ─ at start ─┐
    core.listen ─ what changes ─────┼─► one look at a time for each parcel ─► "again at …"
    the clock ─ what is due ────────┘

**Promised.**  A parcel that changes is looked at, however often and while it is being looked at; one that asked for a
time is looked at within `NEAR` of it by the machine's clock; a look that fails is repeated, later each time, and holds
up no other parcel.  Nothing is kept but names and times, so a process that dies loses nothing: the next one starts with
a look at everything that is under way.

**What can go wrong.**  The clock is set.  Pauses are therefore never longer than `NEAR` on the steady counter, and
what is due is asked of `CarefulTime` each time.  A copy of the streams that is not current yet (the process was away)
would be looked at with old eyes: the rounds wait until what waited at the gateway was read, each time the line is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import heapq
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from mailroom.domain.cases import ENDED
from nodes.core import NodeCore
from nodes.relay.careful import CarefulTime
from nodes.store import ROUNDS
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import parcel_pb2

logger = logging.getLogger(__name__)

NEAR: Final = 15.0
"""Seconds within which a time that has come is noticed, whatever the clock did meanwhile."""
LEAST: Final = 1.0
"""Seconds between two looks at a parcel that nothing happened to, whatever time it asks for."""
CATCH_UP: Final = 0.25
"""Seconds between two questions whether what waited at the gateway was read."""
WORKERS: Final = 8
PAGE: Final = 500
SETTLED_DAYS: Final = 7
"""So long after its last event a parcel in which nothing is due any more is still looked at when a process starts."""
FIRST_RETRY, LONGEST_RETRY = 0.5, 60.0

Look = Callable[[parcel_pb2.Parcel], Awaitable[dt.datetime | None]]
"""Sees to one parcel, and says when to see to it again; None for only when it changes."""


class Agenda:
    """Names, each with the time that it waits for, the earliest first."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def put(self, name: str, time: float | None) -> None:
        """Set a name's time; None takes it off."""
        if time is None:
            self._times.pop(name, None)
        elif self._times.get(name) != time:
            self._times[name] = time
            heapq.heappush(self._heap, (time, name))

    def due(self, now: float) -> list[str]:
        """Take off what waits no longer."""
        found = []
        while self._heap and (self._heap[0][0] <= now or self._is_stale(*self._heap[0])):
            time, name = heapq.heappop(self._heap)
            if not self._is_stale(time, name):
                del self._times[name]
                found.append(name)
        return found

    def next(self) -> float | None:
        """The earliest time."""
        while self._heap and self._is_stale(*self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._times)

    def _is_stale(self, time: float, name: str) -> bool:
        return self._times.get(name) != time


class Rounds:
    """Looks at parcels until cancelled."""

    def __init__(self, core: NodeCore, look: Look, first: Callable[[], Awaitable[None]] | None = None) -> None:
        """`first` is done each time before anything is looked at, with a copy that is current."""
        self._core = core
        self._look = look
        self._first = first
        self._time = CarefulTime(core.clock, core.line)
        self._waiting: dict[str, None] = {}
        self._busy: set[str] = set()
        self._agenda = Agenda()
        self._retries = Agenda()
        self._failures: dict[str, int] = {}
        self._news = asyncio.Event()
        self.caught_up = asyncio.Event()
        """Set once this process has read what waited for it, and so knows that it is no old copy of itself."""
        core.listen(self._heard)

    @property
    def failing(self) -> int:
        """How many parcels could not be seen to at the last try."""
        return len(self._failures)

    @property
    def planned(self) -> int:
        """How many parcels wait for their time."""
        return len(self._agenda)

    def again(self, name: str) -> None:
        """Look at a parcel now, or once more where it is being looked at."""
        self._waiting[name] = None
        self._news.set()

    async def run(self) -> None:
        """Look at everything under way, and then at what changes and what is due, for ever."""
        self._busy.clear()
        await self._core.recovered.wait()
        await self._until_current()
        if self._first is not None:
            await self._first()
        self.caught_up.set()
        async for under_way in self.under_way():
            self.again(under_way)
        async with asyncio.TaskGroup() as group:
            free = asyncio.Semaphore(WORKERS)
            while True:
                await self._until_current()
                name = self._take()
                if name is None:
                    await self._wait()
                    continue
                await free.acquire()
                self._busy.add(name)
                group.create_task(self._see(name, free))

    async def _until_current(self) -> None:
        """Until a session lasts in which everything was read that waited when it began."""
        while not self._is_current():
            await self._pause(CATCH_UP)

    def _is_current(self) -> bool:
        line, cursors = self._core.line, self._core.cursors
        if not line.connected or self._core.recovering:
            return False
        return all(cursors.get(channel, 0) >= head for channel, head in line.heads.items())

    def _heard(self, streams: Sequence[str]) -> None:
        for name in streams:
            if name.startswith("parcels/"):
                self.again(name)

    def _take(self) -> str | None:
        """The next parcel that nobody looks at now."""
        now = self._time.now().timestamp()
        for name in (*self._agenda.due(now), *self._retries.due(self._core.clock.monotonic())):
            self._waiting[name] = None
        found = next((name for name in self._waiting if name not in self._busy), None)
        if found is not None:
            del self._waiting[found]
        return found

    async def _wait(self) -> None:
        pauses = [NEAR]
        if (due := self._agenda.next()) is not None:
            pauses.append(due - self._time.now().timestamp())
        if (retry := self._retries.next()) is not None:
            pauses.append(retry - self._core.clock.monotonic())
        await self._pause(min(pauses))

    async def _pause(self, seconds: float) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._news.wait()

    async def _see(self, name: str, free: asyncio.Semaphore) -> None:
        try:
            state = await self._core.state(name)
            time = await self._look(state) if isinstance(state, parcel_pb2.Parcel) else None
        except Exception as error:
            self._failed(name, error)
        else:
            self._failures.pop(name, None)
            soonest = self._time.now().timestamp() + LEAST
            self._agenda.put(name, max(time.timestamp(), soonest) if time is not None else None)
        finally:
            self._busy.discard(name)
            free.release()
            self._news.set()

    def _failed(self, name: str, error: Exception) -> None:
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        if isinstance(error, errors.TongbanError):
            logger.warning("%s cannot be seen to (%d): %s", name, failures, error)
        else:
            logger.error("%s cannot be seen to (%d)", name, failures, exc_info=error)
        limit = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, 16))
        pause = self._core.entropy.uniform(FIRST_RETRY / 2, limit)
        self._retries.put(name, self._core.clock.monotonic() + pause)

    async def under_way(self) -> AsyncIterator[str]:
        """Every parcel in which something may be due, by pages."""
        since = self._core.clock.now() - dt.timedelta(days=SETTLED_DAYS)
        params = {
            "settled": "".join(f",{phase}," for phase in sorted(ENDED)),
            "since": round(since.timestamp() * 1_000_000),
            "size": PAGE,
        }
        after = "parcels/"
        while True:

            def work(tx: Transaction, after: str = after) -> list[str]:
                rows = tx.fetch_all(ROUNDS.list_under_way, {**params, "after": after})
                return [row["name"] for row in rows]

            names = await self._core.database.run(work, read_only=True)
            for name in names:
                yield name
            if len(names) < PAGE:
                return
            after = names[-1]

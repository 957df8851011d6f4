"""Nobody takes most of the gateway's time while others need it.

A node's events cost the gateway time twice: on the loop, where they are read and their signatures checked, and in the
unit of work, where they are decided and written.  Both are measured and written to the node's account, which forgets
within seconds; what waits in the queue is written there beforehand, by what the like has cost.  Work for a node goes in
turns: one turn at a time, whatever number of streams and calls the node has open.  While others are about, a node whose
account stands above its share waits for its next turn; what it sends meanwhile stays on its side, because its credit
does not come back.  One that comes near its share has short turns in the queue before the database.

The share is a quarter of the time, or three times what the busiest other node uses, whichever is more: so nodes that
are equally busy never slow each other by this rule, and a node that catches up after a long absence goes at full speed
when nobody else is about, and at a quarter of it otherwise.

What can go wrong: several nodes flood together.  Each may then use three times what the other does; what is left is
shared in turns, by the queue before the database (`tongban.storage.fair`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from types import TracebackType

from tongban.clock import Clock

SHARE = 0.25
OF_BUSIEST = 3.0
NEAR = 0.5
FORGET_SECONDS = 1.0
_SMOOTHING = 0.1
_ABOUT = 0.002
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.002, 0.25


class Pace:
    """Accounts of time used, by node, and turns."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, tuple[float, float]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._ahead: dict[str, int] = {}
        self._cost = 0.0

    def turn(self, node: str) -> Turn:
        """Around a short piece of work for a node: waits until it is its turn, and measures what it takes."""
        lock = self._locks.get(node)
        if lock is None:
            lock = self._locks[node] = asyncio.Lock()
        return Turn(self, node, lock)

    def charge(self, node: str, seconds: float) -> None:
        """So much time went to a node."""
        now = self._clock.monotonic()
        self._used[node] = (self.used(node) + seconds / FORGET_SECONDS, now)

    def used(self, node: str) -> float:
        """The share of the time that a node uses at present; above 1 where loop and database both work for it."""
        found = self._used.get(node)
        if found is None:
            return 0.0
        level, at = found
        return level * math.exp(-max(0.0, self._clock.monotonic() - at) / FORGET_SECONDS)

    def expect(self, node: str, weight: int) -> None:
        """So much work for a node waits."""
        self._ahead[node] = self._ahead.get(node, 0) + weight

    def spent(self, weights: Sequence[tuple[str, int]], seconds: float) -> None:
        """Pieces of work took so long together."""
        total = sum(weight for _, weight in weights)
        cost = seconds / total
        self._cost += _SMOOTHING * (cost - self._cost) if self._cost else cost
        for node, weight in weights:
            self.charge(node, cost * weight)

    def forget(self, node: str, weight: int) -> None:
        """So much does not wait any more."""
        self._ahead[node] -= weight
        if not self._ahead[node]:
            del self._ahead[node]

    async def due(self, node: str) -> None:
        """Until it is a node's turn."""
        while True:
            seconds = self.pause(node)
            if not seconds:
                return
            await asyncio.sleep(seconds)

    def is_near_its_share(self, node: str) -> bool:
        """Whether a node uses so much that its turns should be short."""
        return self._level(node) > NEAR * self._share(node, NEAR * SHARE)

    def pause(self, node: str) -> float:
        """Seconds after which to look again whether it is a node's turn; 0 when it is."""
        share, level = self._share(node, SHARE), self._level(node)
        if level <= share:
            return 0.0
        return min(max(_SHORTEST_PAUSE, FORGET_SECONDS * math.log(level / share)), _LONGEST_PAUSE)

    def _level(self, node: str) -> float:
        return self.used(node) + self._ahead.get(node, 0) * self._cost / FORGET_SECONDS

    def _share(self, node: str, above: float) -> float:
        """What a node may use at present: anything while nobody else is about.  Not looked into below `above`."""
        if self._level(node) <= above:
            return math.inf
        others = 0.0
        for other in list(self._used):
            level = self.used(other)
            if level < _ABOUT:
                del self._used[other]
            elif other != node:
                others = max(others, level)
        return max(SHARE, OF_BUSIEST * others) if others else math.inf


class Turn:
    """One turn of a node; use as a context manager, and without long waits inside."""

    __slots__ = ("_began", "_lock", "_node", "_pace")

    def __init__(self, pace: Pace, node: str, lock: asyncio.Lock) -> None:
        self._pace, self._node, self._lock = pace, node, lock
        self._began = 0.0

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            await self._pace.due(self._node)
        except BaseException:
            self._lock.release()
            raise
        self._began = self._pace._clock.monotonic()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pace.charge(self._node, self._pace._clock.monotonic() - self._began)
        self._lock.release()

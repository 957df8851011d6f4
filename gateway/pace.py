"""Nobody takes the gateway's time from others who need it, and what is left over is not wasted.

A node costs the gateway time in three places: on the loop, where its events are read and their signatures checked; in
the unit of work, where they are decided and written; and where pages of its channels are made.  All of it is measured
and written to the node's account, which forgets within seconds; what waits in the queue is written there beforehand, by
what the like has cost.  Work for a node goes in turns: one turn at a time, whatever number of streams and calls the
node has open.  While others are about, its account says when the next turn comes:

    up to its due               at once.  Its due is a sixteenth of the time, or a quarter more than the busiest other
                                node uses, whichever is more.
    above it                    when no other node's work waits in the queue or is being committed
    above half of the time,     not before the account has sunk.  The other half stays free, because work that finds
    with what others use        everything busy waits for more than the turn under way.

One that comes near its due and uses twice what the others do in the mean has short turns: few events checked at once,
few in a commit, small pages.  So whoever comes waits for one short turn of it and not for more.  What it sends
meanwhile stays on its side, because its stream is not read and its credit does not come back.

Nodes that are equally busy do not slow each other by this rule beyond taking turns; a node that catches up after a long
absence goes at full speed when nobody else is about, and takes half of the time when others work little.

What can go wrong: several nodes flood together.  Each may then use as much as the other; what is left is shared in
turns, by the queue before the database (`tongban.storage.fair`).  What a connection costs before anybody is known,
its handshake, is on no account: `gateway.dials` bounds how often a node is served anew, and not how often it knocks.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from types import TracebackType

from tongban.clock import Clock

SHARE = 1 / 16
OF_BUSIEST = 1.25
TOGETHER = 0.5
NEAR = 0.5
OF_MEAN = 2.0
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
        self._calmer = asyncio.Event()
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
            if len(self._ahead) <= 1:
                self._calmer.set()
                self._calmer = asyncio.Event()

    async def due(self, node: str) -> None:
        """Until it is a node's turn."""
        while seconds := self.pause(node):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._calmer.wait()

    def is_near_its_due(self, node: str) -> bool:
        """Whether a node uses so much that its turns should be short."""
        level = self._level(node)
        if level <= NEAR * SHARE:
            return False
        busiest, together, others = self._others(node)
        # Nodes that are equally busy keep their long turns: all of them with short ones would get less done.
        return bool(others) and level > max(NEAR * _due(busiest), OF_MEAN * together / others)

    def pause(self, node: str) -> float:
        """Seconds after which to look again whether it is a node's turn, unless it is calm before; 0 when it is."""
        level = self._level(node)
        if level <= SHARE:
            return 0.0
        busiest, together, _ = self._others(node)
        due = _due(busiest)
        if not busiest or level <= due:
            return 0.0
        most = max(due, TOGETHER - together)
        if level <= most and self._ahead.keys() <= {node}:
            return 0.0
        sunk = FORGET_SECONDS * math.log(level / (due if level <= most else most))
        return min(max(_SHORTEST_PAUSE, sunk), _LONGEST_PAUSE)

    def _level(self, node: str) -> float:
        return self.used(node) + self._ahead.get(node, 0) * self._cost / FORGET_SECONDS

    def _others(self, node: str) -> tuple[float, float, int]:
        """What the busiest other node uses, all others together, and how many are about."""
        busiest, together, others = 0.0, 0.0, 0
        for other in list(self._used):
            level = self.used(other)
            if level < _ABOUT:
                del self._used[other]
            elif other != node:
                busiest = max(busiest, level)
                together += level
                others += 1
        return busiest, together, others


def _due(busiest: float) -> float:
    return max(SHARE, OF_BUSIEST * busiest)


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

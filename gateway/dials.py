"""How often a node may be served anew: what a new stream costs comes before any account can be asked.

A stream that is greeted, given its first pages and left again costs the gateway five to ten milliseconds, most of it
before its node has sent anything that could be charged.  So each node has a stock of dials, twice the links that it may
hold at once, which fills up again within sixteen seconds.  With none left a new stream is read only when the next one
is there, and where that would take too long it is told so.  A line that flaps and a gateway that starts again never
come near: a node waits longer each time it fails.

What can go wrong: connections without streams, and handshakes that lead to nothing, are never seen here.
"""

from __future__ import annotations

from tongban import errors
from tongban.clock import Clock

STOCK = 2.0
FILLING_SECONDS = 16.0
PATIENCE = 5.0


class Dials:
    """The stocks of all nodes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, node: str, links: int) -> float:
        """Seconds to wait before a new stream of a node is served; Overloaded where that is too long.

        `links`: how many it may hold at once.
        """
        now = self._clock.monotonic()
        most = STOCK * max(links, 1)
        left, at = self._left.get(node, (most, now))
        left = min(most, left + (now - at) * most / FILLING_SECONDS)
        wait = max(0.0, (1.0 - left) * FILLING_SECONDS / most)
        if wait <= PATIENCE:
            left -= 1.0
        self._left[node] = (left, now)
        if wait > PATIENCE:
            raise _too_often(node, wait)
        return wait


def _too_often(node: str, wait: float) -> errors.Overloaded:
    seconds = round(wait, 1)
    error = errors.Overloaded.quoted(
        errors.Overloaded.reason(),
        f"{node} 反复拨入又断开,过于频繁。请在 {seconds} 秒后再拨,并检查是否有程序重复启动。",
        f"{node} dials again and again, too often. Dial again in {seconds} s, and check whether a program runs twice.",
        peer=node,
    )
    error.retry_seconds = seconds
    return error

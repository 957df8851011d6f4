"""How often strangers may knock: so many tries at once and then one every so often, for each of them and for all.

What is kept is bounded: the callers that came last.  One that was forgotten starts with all its tries, and is held by
the limit for all.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from tongban import errors
from tongban.clock import Clock

_CALLERS = 4096


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Tries:
    """Tries of callers: `burst` at once and one every `seconds`; of all callers together `crowd` times as many."""

    def __init__(self, clock: Clock, *, burst: int, seconds: float, crowd: int) -> None:
        self._clock = clock
        self._burst = burst
        self._seconds = seconds
        self._crowd = crowd
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(burst * crowd, clock.monotonic())

    def take(self, caller: str) -> None:
        """One try; Overloaded, with the time after which there is another, where none is left."""
        now = self._clock.monotonic()
        own = self._buckets.setdefault(caller, _Bucket(self._burst, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)
        waits = (self._wait(own, now, 1), self._wait(self._all, now, self._crowd))
        if wait := max(waits):
            error = errors.Overloaded(retry=f"{wait:.1f}")
            error.retry_seconds = wait
            raise error
        own.left -= 1
        self._all.left -= 1

    def _wait(self, bucket: _Bucket, now: float, times: int) -> float:
        """Fill it up to now; seconds until it has a try."""
        pace = self._seconds / times
        bucket.left = min(self._burst * times, bucket.left + (now - bucket.at) / pace)
        bucket.at = now
        return max(0.0, (1 - bucket.left) * pace)

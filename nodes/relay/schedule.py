"""When a carrier may be asked: pure arithmetic over times, so that a test can try every hour of a year.

Three limits hold at once, and none is ever broken, whatever fails, restarts or is told twice:

- **a number**: a carrier locks a waybill number that is asked for too often (快递100: 30 minutes).  `Rhythm.closest`
  is the least pause between two questions about one number, with a margin over what the carrier documents.
- **an interface**: so many calls a second and so many a day.  `Allowance` is a leaky bucket (GCRA): one time says all
  of it, so it can be kept over a restart, and in *any* stretch of time there are at most `burst + stretch / pace`
  calls, however the carrier counts its seconds and days.
- **a carrier that fails**: the pauses double, with jitter, up to a longest one.

Within these a number is asked as seldom as its feed is good: a number whose pushes come is asked only to see that none
was lost, one without pushes every `usual`, one of which nothing new can come any more every `after_end`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from tongban.clock import Entropy

SPREAD: Final = 0.1
"""Pauses are up to this much longer by chance, so that numbers taken on together do not stay together."""
_DOUBLINGS: Final = 16

CLOCK_PAUSE: Final = dt.timedelta(hours=1)
"""Where it is not known when a number was asked about it rests so long, longer than any carrier asks for."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many calls of one interface: on average one every `pace` seconds, `burst` of them at once."""

    pace: float
    burst: int

    def free(self, used: float, now: float) -> float:
        """Seconds until one more call is allowed; `used` is the time up to which earlier calls have used it up."""
        return max(0.0, self._sane(used, now) - now - self.pace * (self.burst - 1))

    def use(self, used: float, now: float) -> float:
        """`used` after one more call."""
        return max(self._sane(used, now), now) + self.pace

    def _sane(self, used: float, now: float) -> float:
        # No calls use up more than the burst.  Beyond that the clock was set back, and waiting it out would be silence:
        # one call may be made, and then one every `pace`.
        return used if used <= now + self.pace * (self.burst + 1) else now + self.pace * max(0.0, self.burst - 1.5)


def daily(calls: int) -> Allowance:
    """An allowance that keeps any 24 hours to `calls`: an eighth of them may come at once."""
    burst = max(1, calls // 8)
    return Allowance(pace=86_400 / max(1, calls - burst), burst=burst)


def every_second(calls: int) -> Allowance:
    """An allowance that keeps any second to `calls`."""
    burst = max(1, calls // 3)
    return Allowance(pace=1 / max(1, calls - burst), burst=burst)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a carrier is asked about one number."""

    closest: dt.timedelta
    usual: dt.timedelta
    """Between two questions while no pushes come."""
    pushed: dt.timedelta
    """Between two questions while pushes come: only to find what a push lost."""
    after_end: dt.timedelta
    """Once the carrier has said its last word."""
    longest: dt.timedelta = dt.timedelta(hours=6)
    """Between two questions after failures."""

    def next(self, now: dt.datetime, *, pushes: bool, ended: bool, entropy: Entropy) -> dt.datetime:
        """When to ask again after an answer at `now`."""
        pause = self.after_end if ended else self.pushed if pushes else self.usual
        return now + self._spread(max(pause, self.closest), entropy)

    def soon(self, now: dt.datetime, asked: dt.datetime | None) -> dt.datetime:
        """The first moment at which a question may be asked at all; `asked` is when the last one was."""
        return now if asked is None else max(now, asked + self.closest)

    def again(self, now: dt.datetime, failures: int, entropy: Entropy) -> dt.datetime:
        """When to ask again after the `failures`-th failure in a row."""
        pause = min(self.longest, self.closest * (1 << min(failures - 1, _DOUBLINGS)))
        return now + self._spread(max(pause, self.closest), entropy)

    def _spread(self, pause: dt.timedelta, entropy: Entropy) -> dt.timedelta:
        return pause * (1 + entropy.uniform(0.0, SPREAD))


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pauses after failures of a carrier as a whole, in seconds."""

    first: float = 5.0
    longest: float = 900.0

    def pause(self, failures: int, entropy: Entropy, at_least: float = 0.0) -> float:
        """Seconds to wait after the `failures`-th failure in a row, or as long as the carrier asked for."""
        doubled = min(self.longest, self.first * float(1 << min(failures - 1, _DOUBLINGS)))
        return max(at_least, doubled) * (1 + entropy.uniform(0.0, SPREAD))

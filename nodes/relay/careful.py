"""The time by which things fall due: the earlier one of this machine's and the gateway's, as that was told last.

A clock that is set forward, by a person or by a wrong server, would make everything late at once.  The gateway's time,
carried on by the steady counter, does not jump with it.  A clock that is set back makes things due later, until it is
set right; and a machine that slept knows the gateway's time again as soon as it has asked.
"""

from __future__ import annotations

import datetime as dt

from nodes.core import LineState
from tongban.clock import Clock


class CarefulTime:
    """The time of day, never ahead of the gateway's: a clock that is set forward makes nothing due."""

    def __init__(self, clock: Clock, line: LineState) -> None:
        self._clock = clock
        self._line = line
        self._skew: float | None = None
        self._anchor: tuple[float, dt.datetime] | None = None

    def now(self) -> dt.datetime:
        """The earlier of this machine's time and the gateway's, as far as that was told."""
        wall, steady = self._clock.now(), self._clock.monotonic()
        line = self._line
        if line.epoch and line.skew != self._skew:
            self._skew = line.skew
            self._anchor = (steady, wall - dt.timedelta(seconds=line.skew))
        if self._anchor is None:
            return wall
        since, then = self._anchor
        return min(wall, then + dt.timedelta(seconds=steady - since))

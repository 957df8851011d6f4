"""A clock that stands still until a test moves it."""

from __future__ import annotations

import datetime as dt

START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


class ManualClock:
    """Time as the test says."""

    def __init__(self, now: dt.datetime = START) -> None:
        self._now = now

    def now(self) -> dt.datetime:
        """The moment it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the start."""
        return (self._now - START).total_seconds()

    def move(self, **delta: float) -> None:
        """Let time pass, or go back."""
        self._now += dt.timedelta(**delta)

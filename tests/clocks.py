"""A clock that stands still until a test moves it."""

from __future__ import annotations

import datetime as dt

START = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


class ManualClock:
    """Time as the test says."""

    def __init__(self, now: dt.datetime = START) -> None:
        self._now = now
        self._elapsed = (now - START).total_seconds()

    def now(self) -> dt.datetime:
        """The moment it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that have passed; setting the clock back takes none of them away."""
        return self._elapsed

    def move(self, **delta: float) -> None:
        """Let time pass, or go back."""
        passed = dt.timedelta(**delta)
        self._now += passed
        self._elapsed += max(passed.total_seconds(), 0.0)

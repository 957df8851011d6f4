"""Time and chance, passed in.

Every part that needs the time of day, a pause, or a random number takes a `Clock` or an `Entropy` from
whoever builds it.  A process gets the system's; the simulation gets a virtual clock and a seeded generator,
so that a run is replayed exactly.  Nothing else in Tongban may call `time`, `random`, `os.urandom` or
`datetime.now` (a test searches for it).
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from typing import Protocol


class Clock(Protocol):
    """The time of day and a steady counter."""

    def now(self) -> dt.datetime:
        """The present moment, always UTC and aware, to the microsecond."""
        ...

    def monotonic(self) -> float:
        """Seconds on a counter that never goes back; only differences mean anything."""
        ...


class Entropy(Protocol):
    """A source of chance."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number from low to high, for jitter; never for secrets."""
        ...


class SystemClock:
    """The operating system's clock."""

    def now(self) -> dt.datetime:
        """The system's UTC time."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """The system's monotonic counter, in seconds."""
        return time.monotonic()


class SystemEntropy:
    """The operating system's generator."""

    def token(self, size: int) -> bytes:
        """Bytes from the kernel's generator."""
        return os.urandom(size)

    def uniform(self, low: float, high: float) -> float:
        """Jitter; seeded by the interpreter at start."""
        return random.uniform(low, high)  # noqa: S311


class SeededEntropy:
    """A replayable generator, for the simulation and for tests only: its bytes are predictable."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311

    def token(self, size: int) -> bytes:
        """The next `size` bytes of the seeded sequence."""
        return self._random.randbytes(size)

    def uniform(self, low: float, high: float) -> float:
        """The next number of the seeded sequence."""
        return self._random.uniform(low, high)

"""Copies: on which disks a step lies, looked at whenever one of them is replaced by an old backup.

A step that has its receipt lies at its author's node and at the gateway, and soon at every other party.  Any of these
gives it back to those who lost it, and that it is in the journal in the end is what the invariants ask for.  Where all
the disks that have it are replaced before a third has it, nobody can give it back: it is gone, and that is said in the
guarantees.  These steps, and no others, may be missing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator

from tongban.storage.inline import SimulatedDisk

_TABLES = ("events", "returned")
"""Where a node or a gateway keeps what it has; what came back to a gateway and is not placed yet counts too."""


class Copies:
    """`gone`: events that were on a disk when it was replaced, and are on none now."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self._replaced: set[str] = set()

    @contextlib.contextmanager
    def replacing(self, name: str, disk: SimulatedDisk, others: Iterable[SimulatedDisk]) -> Iterator[None]:
        """The disk of a machine is replaced in this block."""
        before = events_on(disk)
        yield
        self._replaced.add(f"nodes/{name}")
        left = events_on(disk).keys() | {event for other in others for event in events_on(other)}
        # An author whose disk was never replaced has its own: if it is not there, somebody has lost it by a mistake.
        self.gone |= {event for event in before.keys() - left if before[event] in self._replaced}


def events_on(disk: SimulatedDisk) -> dict[str, str]:
    """The events that lie on a disk, in whatever standing, each with its author."""
    with contextlib.closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(disk.image())
        there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            event: author
            for table in _TABLES
            if table in there
            for event, author in copy.execute(f"SELECT event_id, author FROM {table}")
        }

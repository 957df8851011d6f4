"""Copies: on which disks a step lies, looked at whenever one of them is replaced by an old backup.

A step that has its receipt lies at its author's node and at the gateway, and soon at every other party.  Any of these
gives it back to those who lost it, and that it is in the journal in the end is what the invariants ask for.  Where all
the disks that have it are replaced before a third has it, nobody can give it back: it is gone, and that is said in the
guarantees.  These steps, and no others, may be missing.

What only its author had, and without a receipt, when the gateway was put back is sent anew by its author.  It lies then
behind what the same author made later and another node gave back.  These pairs of steps, and no others, may stand in
another order than they were made in.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.invariants.delivery import WAITING
from tongban.storage.inline import SimulatedDisk
from tongban.v1 import envelope_pb2, event_pb2

_TABLES = ("events", "returned")
"""Where a node or a gateway keeps what it has; what came back to a gateway and is not placed yet counts too."""


class Copies:
    """What may be missing, and what may have changed its order, since disks were replaced.

    `gone`: events that were on a disk when it was replaced, and are on none now.
    `overtaken`: events that their author alone still had, each with the later ones of the same author that may lie
    before it.
    """

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.overtaken: dict[str, set[str]] = {}
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

    def note_overtaken(self, backup: SimulatedDisk, nodes: Mapping[str, SimulatedDisk]) -> None:
        """The gateway's disk has just become `backup`; `nodes`: all others, each under its node's name."""
        recorded, known = events_on(backup, ("events",)).keys(), events_on(backup).keys()
        held = {name: _made_on(disk) for name, disk in nodes.items()}
        for author, own in held.items():
            elsewhere = [made for name, made in held.items() if name != author]
            heard = {event for made in elsewhere for event in made}
            brought = {
                event: step.place
                for made in elsewhere
                for event, step in made.items()
                if step.author == author and step.is_receipted and event not in recorded
            }
            for event, step in own.items():
                if step.author != author or not step.is_waiting or event in heard | known:
                    continue
                if later := {other for other, place in brought.items() if place > step.place}:
                    self.overtaken.setdefault(event, set()).update(later)


def events_on(disk: SimulatedDisk, tables: Iterable[str] = _TABLES) -> dict[str, str]:
    """The events that lie on a disk, in whatever standing, each with its author."""
    with _opened(disk) as copy:
        there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            event: author
            for table in tables
            if table in there
            for event, author in copy.execute(f"SELECT event_id, author FROM {table}")
        }


@dataclass(frozen=True, slots=True)
class _Made:
    """An event on a node's disk; `place`: its incarnation and sequence."""

    author: str
    place: tuple[int, int]
    is_receipted: bool
    is_waiting: bool
    """For its answer: what was refused is not sent again."""


def _made_on(disk: SimulatedDisk) -> dict[str, _Made]:
    with _opened(disk) as copy:
        found = {}
        for event_id, envelope, receipt, standing in copy.execute(
            "SELECT event_id, envelope, receipt, standing FROM events"
        ):
            event = event_pb2.Event.FromString(envelope_pb2.Envelope.FromString(envelope).payload)
            place = event.incarnation, event.sequence
            found[event_id] = _Made(event.author, place, receipt is not None, standing == WAITING)
        return found


@contextlib.contextmanager
def _opened(disk: SimulatedDisk) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(disk.image())
        yield copy

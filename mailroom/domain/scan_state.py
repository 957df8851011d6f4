"""What a scanning session knows, and what it asks to have recorded; how it moves is `mailroom.domain.scan_session`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mailroom.domain.manifest import normal_seals
from mailroom.domain.parcels import last_outcomes
from mailroom.domain.scan_words import Words
from mailroom.domain.scanning import Mode, Numbers, Scan, meanings
from tongban.v1 import lifecycle_pb2, parcel_pb2

NO_SEAL: Final = "NO-SEAL"
"""What stands for the seals of a parcel that has none left: it differs from every seal, so an exception follows."""


class Cue(enum.StrEnum):
    """What the page sounds like and which colour it has."""

    READY = "ready"
    GOOD = "good"  # one of several is read
    DONE = "done"  # recorded
    WARN = "warn"  # a difference: look at the screen
    BAD = "bad"  # refused: nothing was kept


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk knows while it scans."""

    node: str
    mode: Mode = Mode.ANY
    carrier: str = ""
    """To whom the batch is handed over."""
    wants_waybill: bool = True
    """Whether this carrier's parcels have a waybill."""
    parcels: Mapping[str, parcel_pb2.Parcel] | None = None
    """The parcels that the scans name, as far as this node knows them."""

    def parcel(self, name: str) -> parcel_pb2.Parcel | None:
        """A parcel, or None."""
        return (self.parcels or {}).get(name)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one item."""

    item: str
    outcome: parcel_pb2.CheckOutcome
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """What was scanned since the last record."""

    mode: Mode = Mode.ANY
    parcel: str = ""
    code: Scan | None = None
    numbers: tuple[Scan, ...] = ()
    torn: bool = False
    """Whether somebody said that a seal is broken."""
    witness: str = ""
    """The second person's name, as it was typed."""
    checks: tuple[Check, ...] = ()
    pending: str = ""
    """The item in hand: nothing has been said of it yet."""

    def read(self, desk: Desk) -> Numbers:
        """The loose numbers with their meaning."""
        return meanings(self.numbers, self.expected(desk), self._waybill(desk))

    def expected(self, desk: Desk) -> tuple[str, ...]:
        """The seals under which the parcel was sent."""
        if self.code is not None and self.code.stub is not None:
            return self.code.stub.seals
        known = desk.parcel(self.parcel)
        return normal_seals(known.seals) if known is not None else ()

    def _waybill(self, desk: Desk) -> str:
        known = desk.parcel(self.parcel)
        legs = [leg for leg in known.legs if not leg.cancelled] if known is not None else []
        # What is sent on goes under a number of its own; that of the leg that brought it is none to expect.
        if not legs or (self.mode is Mode.OUT and (legs[-1].HasField("dispatch") or legs[-1].HasField("intake"))):
            return ""
        return legs[-1].waybill.upper()

    def seals_settled(self, desk: Desk) -> bool:
        """Whether every seal was looked at before opening, or one is broken."""
        return self.torn or set(self.expected(desk)) <= {scan.text for scan in self.numbers}

    def checking(self, desk: Desk) -> bool:
        """Whether the parcel is open, and its items are looked at."""
        known = desk.parcel(self.parcel)
        return self.mode is Mode.OPEN and known is not None and known.state == lifecycle_pb2.PARCEL_STATE_OPENED

    def outcomes(self, desk: Desk) -> dict[str, int]:
        """What was found of each item: recorded before, and scanned now."""
        known = desk.parcel(self.parcel)
        found = last_outcomes(known) if known is not None else {}
        return found | {check.item: check.outcome for check in self.checks}

    def unseen(self, desk: Desk) -> list[str]:
        """Items that nobody has looked at or has in hand."""
        known = desk.parcel(self.parcel)
        seen = self.outcomes(desk)
        entries = known.manifest if known is not None else ()
        return [entry.item for entry in entries if entry.item not in seen and entry.item != self.pending]


@dataclass(frozen=True, slots=True)
class Record:
    """What the desk is asked to record."""

    mode: Mode
    parcel: str
    code: str = ""
    seals: tuple[str, ...] = ()
    waybill: str = ""
    torn: bool = False
    intact: bool = False
    witness: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one more scan."""

    texts: tuple[str, ...]
    """What is kept."""
    session: Session
    cue: Cue
    words: Words
    record: Record | None = None
    mode: Mode | None = None
    """What is being done from now on, where that was scanned."""
    shelf: bool = False
    """Whether the stocktake was asked for."""

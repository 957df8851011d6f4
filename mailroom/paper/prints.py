"""What is printed, as plain data: everything that a sheet shows, and nothing else.

A print's fields are its texts, `codes` are its pictures, `sheet` names the file that sets it, and `seconds` (since
1970) is the document's own date: taken from what is printed, so that printing again gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from mailroom.domain.labels import COMMANDS, ItemLabel
from mailroom.paper.codes import MOST_MODULES, code128, modules, qr

Codes = dict[str, str | list[str]]
"""Codes by what they are for, as SVG."""


class Words(NamedTuple):
    """A word in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Place:
    """A post, as people call it."""

    node: str
    post: str


@dataclass(frozen=True, slots=True)
class ParcelLabel:
    """What is stuck on a parcel."""

    sheet: ClassVar[str] = "parcel_label"
    number: str
    """As it is stored."""
    grouped: str
    """As it is read aloud."""
    destination: Place
    sender: Place
    purpose: Words
    seals: tuple[str, ...]
    entries: int
    pages: int
    stub: str
    modules: int
    """How wide the number's lines are, in their own narrowest."""
    seconds: int

    def codes(self) -> Codes:
        """The number for any scanner, and the stub, by which it can be taken in before its sender's events arrive."""
        return {"number": code128(self.number), "stub": qr(self.stub)}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One original's label."""

    code: str
    title: str
    application: str
    """The number, grouped."""
    original: str
    pages: int

    @classmethod
    def of(cls, label: ItemLabel, title: str, grouped: str, pages: int) -> ItemLine:
        """The line of a label."""
        return cls(label.text, title, grouped, label.original, pages)


@dataclass(frozen=True, slots=True)
class ItemLabels:
    """Small labels for originals, each on a page of its own."""

    sheet: ClassVar[str] = "item_labels"
    items: tuple[ItemLine, ...]
    seconds: int

    def codes(self) -> Codes:
        """A code for each."""
        return {"items": [qr(item.code) for item in self.items]}


@dataclass(frozen=True, slots=True)
class CommandSheet:
    """The words that are scanned, for the wall or the desk."""

    sheet: ClassVar[str] = "commands"
    commands: tuple[tuple[str, str, str], ...] = tuple((c.text, *words) for c, words in COMMANDS.items())
    """The text of each code, and what it means in both languages."""
    seconds: int = 1_767_225_600
    """The sheet is the same for everybody, so it bears no time; a document needs some date."""

    def codes(self) -> Codes:
        """Each command twice: for scanners of lines and of squares."""
        return {"bars": [code128(c) for c, *_ in self.commands], "squares": [qr(c) for c, *_ in self.commands]}


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a waybill, as the carrier must read it."""

    name: str
    phone: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaybillLabel:
    """A waybill of ours, for a carrier that gives no label of its own."""

    sheet: ClassVar[str] = "waybill"
    carrier: str
    waybill: str
    parcel: str
    """The parcel's number, grouped."""
    sender: Address
    receiver: Address
    entries: int
    seconds: int

    def codes(self) -> Codes:
        """The carrier's number twice; as lines only where they are wide enough to be read."""
        bars = code128(self.waybill)
        return {"bars": bars if modules(bars) <= MOST_MODULES else "", "square": qr(self.waybill)}


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One entry."""

    title: str
    item: str
    """Its name, without `applications/`."""
    form: Words
    pages: int
    owner: Words
    serial: str
    """The beginning of the serial number's salted digest, or empty."""
    photo: str
    """The beginning of the photograph's salted digest, or empty."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a parcel, frozen under its seals."""

    sheet: ClassVar[str] = "manifest"
    number: str
    grouped: str
    origin: Place
    destination: Place
    purpose: Words
    packed: str
    seals: tuple[str, ...]
    digest: str
    lines: tuple[ManifestLine, ...]
    pages: int
    seconds: int

    def codes(self) -> Codes:
        """The number only: the signed code proves that the parcel itself was there, so it stands on that alone."""
        return {"number": qr(self.number)}


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One parcel of a batch."""

    number: str
    grouped: str
    waybill: str
    seals: tuple[str, ...]
    destination: Place
    entries: int


@dataclass(frozen=True, slots=True)
class HandoverList:
    """Parcels that are handed to one courier together."""

    sheet: ClassVar[str] = "handover"
    carrier: str
    post: Place
    printed: str
    lines: tuple[HandoverLine, ...]
    seconds: int

    def codes(self) -> Codes:
        """Each parcel's number; as a square, because the longest is too fine for lines in a column."""
        return {"lines": [qr(line.number) for line in self.lines]}


@dataclass(frozen=True, slots=True)
class StockLine:
    """One thing that the ledger says lies here."""

    name: str
    """A number, grouped, or an original's name."""
    title: str
    kind: Words
    since: str


@dataclass(frozen=True, slots=True)
class StocktakeSheet:
    """What a shelf holds by the ledger, to be ticked by whoever looks."""

    sheet: ClassVar[str] = "stocktake"
    post: Place
    printed: str
    lines: tuple[StockLine, ...]
    seconds: int

    def codes(self) -> Codes:
        """The command that begins a stocktake, and the one that ends it."""
        return {"begin": qr("TBC:SHELF"), "end": qr("TBC:DONE")}


Print = ParcelLabel | ItemLabels | CommandSheet | WaybillLabel | Manifest | HandoverList | StocktakeSheet
"""Everything that the mailroom prints."""

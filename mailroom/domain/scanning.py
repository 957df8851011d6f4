"""What a hand-held scanner has typed, and what is to be done with it.

A scanner types a text and presses Enter, and whoever holds it looks at the parcel, not at the screen.  So the order in
which things are scanned is theirs, every text says by itself what it is, and what is asked for next follows from
what has been scanned since the last thing was recorded.

    text          told apart by its first characters (`mailroom.domain.labels`)
    Scan          what it is: a parcel's code, an original's label, a command, a parcel's number, or a loose number
    Numbers       loose numbers with their meaning
    Mode          what is being done with the parcel

What follows from one scan after another is `mailroom.domain.scan_session`.

**Loose numbers.**  Seals and waybills are printed by others, and nothing in them says which they are.  A number is a
seal where the parcel's own code names it, a waybill where its booked leg does or it looks like one; the others fill up
the seals, then the waybill.  `S:` and `W:` before a number say it outright.  So the parcel, its seals and its waybill
may come in any order: a number is given its meaning when the parcel is known, not when it is scanned.

What can go wrong: FieldInvalid (nothing usable, or no code of ours), CheckCharacterWrong (misread), NameInvalid (the
name within is none).  Whether a parcel's code is signed by the sender it names is for the desk to check.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from mailroom.domain.labels import Command, Scanned, read_command, read_item_label, scanned
from mailroom.domain.stub import MAX_TEXT, Stub, read_stub
from tongban.errors import FieldInvalid
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import lifecycle_pb2, parcel_pb2

_S = lifecycle_pb2

_SEAL_OR_WAYBILL: Final = re.compile(r"[A-Z0-9-]{3,40}")
_PARCEL_SHAPED: Final = re.compile(r"P[A-OQ-Z0-9][A-Z0-9]{0,11}[0-9]{8}[0-9A-Z]{4}[0-9]{8}[A-Z0-9]")
_WAYBILL: Final = re.compile(
    r"[A-Z]{2}[0-9]{9}[A-Z]{2}"  # UPU S10, such as EMS
    r"|SF[0-9]{10,15}|JD[A-Z]{0,3}[0-9]{9,18}|(?:YT|JT|ZTO|STO|DPK|YD|KY)[0-9]{9,18}|[0-9]{10,22}"
)
"""What carriers' numbers look like; seals that look so are told apart by the parcel's own code."""

_TO_SEND: Final = frozenset(
    {
        _S.PARCEL_STATE_PACKED,
        _S.PARCEL_STATE_SEALED,
        _S.PARCEL_STATE_OFFERED,
        _S.PARCEL_STATE_REDIRECTED,
        _S.PARCEL_STATE_RETURNING,
    }
)
ARRIVED: Final = frozenset({_S.PARCEL_STATE_TAKEN_IN, _S.PARCEL_STATE_SEAL_BROKEN, _S.PARCEL_STATE_DAMAGED})


class Kind(enum.StrEnum):
    """What a text is."""

    PARCEL = "parcel"  # 邮包码
    PARCEL_NUMBER = "parcel-number"  # 邮包编号
    ITEM = "item"  # 原件标签
    COMMAND = "command"  # 操作码
    SEAL = "seal"  # 封签号, said outright
    WAYBILL = "waybill"  # 运单号, said outright
    LOOSE = "loose"  # 封签号、运单号 or a colleague's name


@dataclass(frozen=True, slots=True)
class Scan:
    """One text, read."""

    kind: Kind
    text: str
    """In its normal form."""
    raw: str
    """As it was typed, without blanks around it."""
    name: str = ""
    """The parcel or the original."""
    stub: Stub | None = None
    """What the parcel's code says of itself; its signature is the desk's to check."""
    command: Command | None = None

    @property
    def could_be_number(self) -> bool:
        """Whether it can be a seal or a waybill at all."""
        return self.kind in (Kind.SEAL, Kind.WAYBILL, Kind.LOOSE) and bool(_SEAL_OR_WAYBILL.fullmatch(self.text))

    @property
    def looks_like_waybill(self) -> bool:
        """Whether carriers write numbers like this."""
        return self.kind is Kind.WAYBILL or (self.kind is Kind.LOOSE and bool(_WAYBILL.fullmatch(self.text)))


def read_scan(text: str, field: str = "scan") -> Scan:
    """What a scanner or a person typed; a named error for what is none of these."""
    raw = text[: MAX_TEXT + 1].strip()
    told = "".join(unicodedata.normalize("NFKC", raw).split()).upper()
    match scanned(raw):
        case Scanned.PARCEL:
            stub = read_stub(raw, field).stub
            return Scan(Kind.PARCEL, told, raw, stub.parcel, stub)
        case Scanned.ITEM:
            return Scan(Kind.ITEM, told, raw, read_item_label(raw, field).name)
        case Scanned.COMMAND:
            return Scan(Kind.COMMAND, told, raw, command=read_command(raw, field))
        case _:
            return _read_number(told, raw, field)


def _read_number(told: str, raw: str, field: str) -> Scan:
    squeezed = told.replace("-", "")
    if _PARCEL_SHAPED.fullmatch(squeezed):
        number = parse_number(raw, NumberKind.PARCEL, field)
        return Scan(Kind.PARCEL_NUMBER, str(number), raw, f"parcels/{number}")
    kind = {"S:": Kind.SEAL, "W:": Kind.WAYBILL}.get(told[:2], Kind.LOOSE)
    number_text = told if kind is Kind.LOOSE else told[2:]
    if not number_text or len(number_text) > 40 or not number_text.isprintable():
        raise FieldInvalid(
            field=field,
            problem="没有读出可用的码,请再扫一次",
            problem_en="nothing usable was read: scan again",
        )
    if kind is not Kind.LOOSE and not _SEAL_OR_WAYBILL.fullmatch(number_text):
        raise FieldInvalid(
            field=field,
            problem="封签号、运单号由字母、数字和横线组成,3 至 40 个",
            problem_en="a seal or a waybill has 3 to 40 letters, digits and dashes",
        )
    return Scan(kind, number_text, raw)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Loose numbers with their meaning."""

    seals: tuple[str, ...] = ()
    waybill: str = ""
    spare: tuple[str, ...] = ()
    """What can be neither, because there is a waybill already."""
    sure: bool = True
    """Whether nothing had to be guessed: else a person confirms it before it is recorded."""


def meanings(numbers: tuple[Scan, ...], seals: tuple[str, ...], waybill: str) -> Numbers:
    """Which numbers are seals and which is the waybill, once the parcel says what to expect."""
    found: list[str] = []
    spare: list[str] = []
    unsure: list[Scan] = []
    bills: list[str] = []
    for scan in numbers:
        if scan.kind is Kind.SEAL or (scan.kind is Kind.LOOSE and scan.text in seals):
            found.append(scan.text)
        elif scan.kind is Kind.WAYBILL or (scan.kind is Kind.LOOSE and scan.text == waybill):
            bills.append(scan.text)
        else:
            unsure.append(scan)
    sure = True
    for scan in sorted(unsure, key=lambda scan: not scan.looks_like_waybill):
        missing = len(set(found)) < max(len(seals), 1)
        if not bills and (scan.looks_like_waybill or not missing):
            bills.append(scan.text)
            sure = sure and scan.looks_like_waybill and not waybill
        elif missing or not scan.looks_like_waybill:
            found.append(scan.text)
            sure = False
        else:
            spare.append(scan.text)
    bills = list(dict.fromkeys(bills))
    more = (*bills[1:], *spare)
    return Numbers(tuple(dict.fromkeys(found)), "".join(bills[:1]), more, sure and not more)


class Mode(enum.StrEnum):
    """What is being done."""

    ANY = ""  # what the next parcel needs
    IN = "in"  # 接收
    OUT = "out"  # 交出
    OPEN = "open"  # 拆封、核对


def natural_mode(parcel: parcel_pb2.Parcel | None, node: str) -> Mode:
    """What a parcel that lies on the desk needs next, where nobody has said what is being done."""
    if parcel is None:
        return Mode.IN
    here = parcel.custody.kind == parcel_pb2.HOLDER_KIND_POST and parcel.custody.post.node == node
    if here and parcel.state in _TO_SEND:
        return Mode.OUT
    if here and (parcel.state in ARRIVED or parcel.state == _S.PARCEL_STATE_OPENED):
        return Mode.OPEN
    return Mode.IN

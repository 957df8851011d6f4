"""What a hand-held scanner types at the mailroom's desk: what lies before it, and what is to be done with it.

A scanner is a keyboard, so everything that it may read is told apart by its first characters:

    TB1:…                      the signed code of a parcel                       `mailroom.domain.stub`
    TBI1:{application}/{original}/{check}   the label of one original              `ItemLabel`
    TBC:{command}              a word of the command sheet that lies beside it   `Command`
    anything else              a number: of a parcel, a waybill, a seal

All of it is written in the characters of a QR code's alphanumeric mode, in capitals; an original's id is in small
letters everywhere else, so a label can be turned back.  A keyboard in full-width mode, small letters and blanks are
forgiven.  The check character of an item's label is ISO 7064 MOD 37,36 over application, `/` and original, where `/`
counts as V and `-` as Q: so every single wrong letter or digit is found, also where a person types it off the label.
A command has none: there are fourteen words, and any other text is refused.

What can go wrong: FieldInvalid (no such code), CheckCharacterWrong (misread), NameInvalid (the name within is none).
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from stdnum.iso7064 import mod_37_36

from mailroom.domain.numbers import original_name, split_original
from mailroom.domain.stub import PREFIX as PARCEL_PREFIX
from tongban.errors import CheckCharacterWrong, FieldInvalid
from tongban.v1 import parcel_pb2

ITEM_PREFIX: Final = "TBI1:"
COMMAND_PREFIX: Final = "TBC:"
MAX_TEXT: Final = 128
"""The longest label has 88 characters; whatever is longer than this is not looked at."""

_COUNTED_AS: Final = str.maketrans({"/": "V", "-": "Q"})
_BODY: Final = re.compile(r"([A-Z0-9]+)/([A-Z0-9-]+)/([A-Z0-9])")


class Scanned(enum.StrEnum):
    """What a scanner may have read."""

    PARCEL = "parcel"  # 邮包码
    ITEM = "item"  # 原件标签
    COMMAND = "command"  # 操作码
    NUMBER = "number"  # 邮包编号、运单号或封签号


class Command(enum.StrEnum):
    """A word of the command sheet."""

    IN = "IN"
    OUT = "OUT"
    OPEN = "OPEN"
    CORRECT = "CORRECT"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG-ITEM"
    COPY = "COPY"
    PAGES_SHORT = "PAGES-SHORT"
    SEAL_BROKEN = "SEAL-BROKEN"
    DONE = "DONE"
    UNDO = "UNDO"
    SHELF = "SHELF"

    @property
    def text(self) -> str:
        """What its code says."""
        return f"{COMMAND_PREFIX}{self.value}"


class CommandWords(NamedTuple):
    """How a command is called."""

    zh: str
    en: str


COMMANDS: Final[Mapping[Command, CommandWords]] = MappingProxyType(
    {
        Command.IN: CommandWords("接收", "Take in"),
        Command.OUT: CommandWords("交出", "Hand over"),
        Command.OPEN: CommandWords("拆封", "Open"),
        Command.CORRECT: CommandWords("相符", "Correct"),
        Command.MISSING: CommandWords("缺失", "Missing"),
        Command.EXTRA: CommandWords("多出", "Extra"),
        Command.DAMAGED: CommandWords("破损", "Damaged"),
        Command.WRONG_ITEM: CommandWords("错件", "Wrong item"),
        Command.COPY: CommandWords("以复印件代原件", "Copy for original"),
        Command.PAGES_SHORT: CommandWords("缺页", "Pages short"),
        Command.SEAL_BROKEN: CommandWords("封签破损", "Seal broken"),
        Command.DONE: CommandWords("完成", "Done"),
        Command.UNDO: CommandWords("撤销上一步", "Undo"),
        Command.SHELF: CommandWords("盘点", "Stocktake"),
    }
)
"""Every command, in the order of the sheet."""

OUTCOMES: Final[Mapping[Command, parcel_pb2.CheckOutcome]] = MappingProxyType(
    {
        Command.CORRECT: parcel_pb2.CHECK_OUTCOME_CORRECT,
        Command.MISSING: parcel_pb2.CHECK_OUTCOME_MISSING,
        Command.EXTRA: parcel_pb2.CHECK_OUTCOME_EXTRA,
        Command.DAMAGED: parcel_pb2.CHECK_OUTCOME_DAMAGED,
        Command.WRONG_ITEM: parcel_pb2.CHECK_OUTCOME_WRONG_ITEM,
        Command.COPY: parcel_pb2.CHECK_OUTCOME_COPY_FOR_ORIGINAL,
        Command.PAGES_SHORT: parcel_pb2.CHECK_OUTCOME_PAGES_SHORT,
        Command.SEAL_BROKEN: parcel_pb2.CHECK_OUTCOME_SEAL_BROKEN,
    }
)
"""What a command says was found, for those that say so."""


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """The label of one original."""

    application: str
    """The number, without `applications/`."""
    original: str

    @classmethod
    def of(cls, name: str, field: str = "original") -> ItemLabel:
        """The label of `applications/{number}/originals/{original}`."""
        application, original = split_original(name, field)
        return cls(application.removeprefix("applications/"), original)

    @property
    def name(self) -> str:
        """The original's name."""
        return original_name(f"applications/{self.application}", self.original)

    @property
    def text(self) -> str:
        """What its code says."""
        body = f"{self.application}/{self.original.upper()}"
        return f"{ITEM_PREFIX}{body}/{_check(body)}"


def scanned(text: str) -> Scanned:
    """What a text is by its first characters; whether it is a good one is for its reader to say."""
    told = _normal(text[:MAX_TEXT])
    for prefix, kind in (
        (PARCEL_PREFIX, Scanned.PARCEL),
        (ITEM_PREFIX, Scanned.ITEM),
        (COMMAND_PREFIX, Scanned.COMMAND),
    ):
        if told.startswith(prefix):
            return kind
    return Scanned.NUMBER


def read_item_label(text: str, field: str = "item") -> ItemLabel:
    """The label of an original, as a scanner or a person typed it."""
    told = _normal(text) if len(text) <= MAX_TEXT else ""
    match = _BODY.fullmatch(told.removeprefix(ITEM_PREFIX)) if told.startswith(ITEM_PREFIX) else None
    if match is None:
        raise FieldInvalid(
            field=field,
            problem=f"不是原件标签(以 {ITEM_PREFIX} 开头),请重新扫码",
            problem_en=f"not the label of an original, which begins with {ITEM_PREFIX}: scan again",
        )
    application, original, check = match.groups()
    if _check(f"{application}/{original}") != check:
        raise CheckCharacterWrong(field=field, number=f"{ITEM_PREFIX}…{told[-8:]}")
    return ItemLabel.of(original_name(f"applications/{application}", original.lower()), field)


def read_command(text: str, field: str = "command") -> Command:
    """The command, as a scanner or a person typed it."""
    told = _normal(text) if len(text) <= MAX_TEXT else ""
    try:
        if told.startswith(COMMAND_PREFIX):
            return Command(told.removeprefix(COMMAND_PREFIX))
    except ValueError:
        pass
    raise FieldInvalid(
        field=field,
        problem=f"不是操作单上的码(以 {COMMAND_PREFIX} 开头),请重新扫码",
        problem_en=f"not a code of the command sheet, which begins with {COMMAND_PREFIX}: scan again",
    )


def _normal(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _check(body: str) -> str:
    return str(mod_37_36.calc_check_digit(body.translate(_COUNTED_AS)))

"""Numbers of applications and parcels, which the accepting node makes with the line down.

      350600 20261122 0001 00000042 Y      application: node code, day, incarnation, counter, check character
    P 350600 20261122 0001 00000042 V      parcel: the same behind a P

On paper and aloud it is `350600-20261122-0001-00000042-Y`. From the right every part has a fixed width, so
a number reads back in one way only: different nodes, incarnations, days or counters can never make the same
number, as long as the directory gives each node code to one node and an incarnation counts each value once
a day. No code begins with P, so an application is never taken for a parcel. The day is the node's own (in
its zone). The incarnation is written in Crockford's base 32 (no I, L, O, U). The check character is ISO
7064 MOD 37,36: it finds every single wrong character and nearly every swap of neighbours.

A person may type a number in lower case, full width, with spaces or dashes, and O, I or L for 0 and 1
outside the node code; `parse_number` forgives that. In a message it must be exact. The longest has 34
characters.

What can go wrong: somebody types an ID card's number where an application's is asked. So an error repeats
only the first characters of what does not even look like a number of ours.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from stdnum.iso7064 import mod_37_36

from tongban.errors import CheckCharacterWrong, NameInvalid

_INCARNATION_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NODE_CODE: Final = re.compile(r"[A-OQ-Z0-9][A-Z0-9]{0,11}")
_NUMBER: Final = re.compile(r"(P?)([A-OQ-Z0-9][A-Z0-9]{0,11})([0-9]{8})([0-9A-HJKMNP-TV-Z]{4})([0-9]{8})([A-Z0-9])")
_NUMBER_TEXT: Final = re.compile(r"[A-Z0-9]{22,40}")
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—―−_·.]+")
_SOUNDALIKES: Final = str.maketrans("OIL", "011")
MAX_INCARNATION: Final = 32**4 - 1
MAX_COUNTER: Final = 10**8 - 1

_CODE_FORM: Final = "1 至 12 位字母或数字,不以 P 开头 (1 to 12 letters or digits, not beginning with P)"


class NumberKind(enum.StrEnum):
    """What a local number names."""

    APPLICATION = "application"
    PARCEL = "parcel"


@dataclass(frozen=True, slots=True)
class LocalNumber:
    """A number made by a node on its own, with its parts."""

    kind: NumberKind
    node_code: str
    day: dt.date
    incarnation: int
    counter: int

    def __str__(self) -> str:
        """The number as it is stored and sent."""
        return "".join(self._parts())

    @property
    def grouped(self) -> str:
        """The number as it is printed and read aloud."""
        return "-".join(part for part in self._parts() if part)

    def _parts(self) -> tuple[str, ...]:
        day = f"{self.day.year:04}{self.day.month:02}{self.day.day:02}"
        prefix = "P" if self.kind is NumberKind.PARCEL else ""
        parts = (prefix, self.node_code, day, _incarnation_text(self.incarnation), f"{self.counter:08}")
        return (*parts, mod_37_36.calc_check_digit("".join(parts)))


def application_number(node_code: str, day: dt.date, incarnation: int, counter: int) -> str:
    """The number of an application accepted on `day`, a date in the node's own zone."""
    return str(_local_number(NumberKind.APPLICATION, node_code, day, incarnation, counter))


def parcel_number(node_code: str, day: dt.date, incarnation: int, counter: int) -> str:
    """The number of a parcel packed on `day`, a date in the node's own zone."""
    return str(_local_number(NumberKind.PARCEL, node_code, day, incarnation, counter))


def parse_number(text: str, kind: NumberKind | None = None, field: str = "number") -> LocalNumber:
    """Read a number as a person types it or a scanner sends it.

    Too short, too long or with foreign characters is NameInvalid; then a mistyped character is
    CheckCharacterWrong; then what does not split into parts, or is of another kind, is NameInvalid.
    """
    number = _normal(text)
    if not _NUMBER_TEXT.fullmatch(number):
        raise _number_invalid(text, kind, field)
    if not mod_37_36.is_valid(number):
        raise CheckCharacterWrong(field=field, number=number)
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise _number_invalid(text, kind, field)
    prefix, code, day, incarnation, counter, _ = match.groups()
    found = NumberKind.PARCEL if prefix else NumberKind.APPLICATION
    if kind not in (None, found):
        raise _number_invalid(text, kind, field)
    try:
        date = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        raise _number_invalid(text, kind, field) from None
    return LocalNumber(found, code, date, _incarnation_value(incarnation), int(counter))


def node_code(node: str) -> str:
    """The code that a node puts into its numbers: its id in capitals, no dashes (`dz-pingtan`: DZPINGTAN).

    Two ids may give one code; the directory admits a code once.
    """
    code = node.upper().replace("-", "")
    if not _NODE_CODE.fullmatch(code):
        raise NameInvalid(field="node", name=node[:64], expected=_CODE_FORM)
    return code


def _local_number(kind: NumberKind, code: str, day: dt.date, incarnation: int, counter: int) -> LocalNumber:
    if isinstance(day, dt.datetime):
        raise TypeError("a number takes a date in the node's zone, not a moment")
    if not 0 <= incarnation <= MAX_INCARNATION or not 0 <= counter <= MAX_COUNTER:
        raise ValueError("incarnation or counter is out of range")
    if node_code(code) != code:
        raise ValueError("the node code is not in its normal form")
    return LocalNumber(kind, code, day, incarnation, counter)


def _normal(text: str) -> str:
    if len(text) > 200:  # before any work on it
        return ""
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return number[:-21] + number[-21:-1].translate(_SOUNDALIKES) + number[-1:]


def _number_invalid(text: str, kind: NumberKind | None, field: str) -> NameInvalid:
    expected = {
        None: "申请编号或邮包编号 (an application or parcel number)",
        NumberKind.APPLICATION: "申请编号,如 350600-20261122-0001-00000042-Y (an application number)",
        NumberKind.PARCEL: "以 P 开头的邮包编号 (a parcel number, beginning with P)",
    }[kind]
    shown = text if len(text) <= 6 else text[:6] + "…"
    return NameInvalid(field=field, name=shown, expected=expected)


def _incarnation_text(value: int) -> str:
    return "".join(_INCARNATION_ALPHABET[value >> shift & 31] for shift in (15, 10, 5, 0))


def _incarnation_value(text: str) -> int:
    value = 0
    for character in text:
        value = value << 5 | _INCARNATION_ALPHABET.index(character)
    return value

"""UPU S10: the numbers of international mail, `EB123456785CN`.

Two letters say the service, eight digits count, one digit checks, two letters name the country whose post gave the
number.  The check digit misses some wrong single digits (10 and 0, 11 and 5 fall together), so a number that
passes may still be wrong; one that fails is certainly mistyped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
_FORM: Final = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")


@dataclass(frozen=True, slots=True)
class S10:
    """The parts of a number whose check digit is right."""

    service: str
    serial: str
    country: str

    def __str__(self) -> str:
        return f"{self.service}{self.serial}{check_digit(self.serial)}{self.country}"


def check_digit(serial: str) -> int:
    """The digit behind eight digits."""
    if not re.fullmatch("[0-9]{8}", serial):
        raise ValueError(f"not eight digits: {serial[:20]}")
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, serial, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def looks_like_s10(text: str) -> bool:
    """Whether it has the form of such a number, right or mistyped."""
    return _FORM.fullmatch(_normal(text)) is not None


def read_s10(text: str) -> S10 | None:
    """The parts of a number, or None for what is no such number or fails its check digit."""
    match = _FORM.fullmatch(_normal(text))
    if match is None or check_digit(match[2]) != int(match[3]):
        return None
    return S10(match[1], match[2], match[4])


def _normal(text: str) -> str:
    return "".join(text.split()).upper()

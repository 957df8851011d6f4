"""Numbers on documents: which are well-formed, what to match them by, and how much of one to show.

`check(kind, number)` takes what a clerk typed or a scanner read and gives an `IdentityNumber`: `full` (as
on the document, normalised), `key` (what stays the same when the document is renewed, for matching) and
`masked` (for screens and paper). It says that a number is well-formed, never that a document is genuine.

The rules are the published ones: GB 11643 for citizens, the same arithmetic behind 81/82/83 0000 for
residents from Hong Kong, Macao and Taiwan and behind 9 for foreign permanent residents (from 2023-12-01),
GB 32100 for organisations. The first six digits of a citizen's number are *not* looked up in a list of
counties: codes come and go, numbers are for life, and a late-issued number may carry a county that did not
exist at birth. That, and refusing organisations whose code begins with a letter, is why python-stdnum's
`ric` and `uscc` are not used.

What can go wrong: a number leaks. No error here repeats the number, and the `repr` of a result shows only
the mask. What the sources do not settle (single-entry permits, older passports) is accepted loosely or not
at all, as the table says; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from stdnum.iso7064 import mod_11_2

from tongban.errors import IdentityNumberInvalid


class IdentityKind(enum.StrEnum):
    """The kinds of document a party shows at a desk."""

    RESIDENT_ID = "resident_id"
    HK_MACAO_RESIDENCE = "hk_macao_residence"
    TAIWAN_RESIDENCE = "taiwan_residence"
    FOREIGN_RESIDENCE = "foreign_residence"
    TAIWAN_PERMIT = "taiwan_permit"
    HK_MACAO_PERMIT = "hk_macao_permit"
    PASSPORT = "passport"
    CREDIT_CODE = "credit_code"

    @property
    def label(self) -> str:
        """The document's name in Chinese and English."""
        return _LABELS[self]


_LABELS: Final = {
    IdentityKind.RESIDENT_ID: "居民身份证号码 (resident identity card number)",
    IdentityKind.HK_MACAO_RESIDENCE: "港澳居民居住证号码 (Hong Kong or Macao residence permit number)",
    IdentityKind.TAIWAN_RESIDENCE: "台湾居民居住证号码 (Taiwan residence permit number)",
    IdentityKind.FOREIGN_RESIDENCE: "外国人永久居留身份证号码 (foreign permanent resident card number)",
    IdentityKind.TAIWAN_PERMIT: "台胞证号码 (Taiwan compatriot permit number)",
    IdentityKind.HK_MACAO_PERMIT: "回乡证号码 (Hong Kong and Macao travel permit number)",
    IdentityKind.PASSPORT: "护照号码 (passport number)",
    IdentityKind.CREDIT_CODE: "统一社会信用代码 (unified social credit code)",
}


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A well-formed number. `archive` marks a 15-digit citizen's number, which only old files carry."""

    kind: IdentityKind
    key: str = field(repr=False)
    full: str = field(repr=False)
    masked: str
    archive: bool = False


def check(kind: IdentityKind, number: str, *, field: str = "number", today: dt.date | None = None) -> IdentityNumber:
    """Check a number; IdentityNumberInvalid names the field and the problem, never the number.

    With `today`, a date of birth in the future is refused too.
    """
    try:
        # Longer than any document's number even with separators: not worth normalising.
        full = _normal(number) if len(number) <= 64 else ""
        if not full:
            raise _Problem("未填写或过长 (empty or too long)")
        key = _CHECKS[kind](full, today)
    except _Problem as problem:
        raise IdentityNumberInvalid(field=field, kind=kind.label, problem=problem) from None
    archive = kind is IdentityKind.RESIDENT_ID and len(full) == 15
    return IdentityNumber(kind, key, full, mask(full), archive)


def mask(number: str) -> str:
    """The number with its middle hidden: three characters before and two after, fewer of a short one."""
    head, tail = (3, 2) if len(number) >= 12 else (2, 2) if len(number) >= 8 else (1, 1)
    if len(number) <= head + tail:
        return "*" * len(number)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


class _Problem(Exception):
    """Why a number is refused, in Chinese and English."""


_NOISE: Final = re.compile(r"[\s\-‐‑‒–—―−]+")


def _normal(number: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", number)).upper()


def _resident(number: str, today: dt.date | None) -> str:
    if re.fullmatch(r"[1-7][0-9]{14}", number):
        # The form of before 1999; its 18-digit successor differs by the century and the check character only.
        body = f"{number[:6]}19{number[6:]}"
        _birth(body[6:14], today)
        return body + mod_11_2.calc_check_digit(body)
    if number[:2] in {"81", "82", "83"} and len(number) == 18:
        raise _Problem("这是港澳台居民居住证号码,请改选证件 (a residence permit's number: choose that)")
    if number[:1] == "9" and len(number) == 18:
        raise _Problem("以 9 开头,请核对证件类型 (it begins with 9: check the kind of document)")
    return _eighteen(number, r"[1-7][0-9]{5}", today)


def _hk_macao_residence(number: str, today: dt.date | None) -> str:
    return _eighteen(number, r"8[12]0000", today)


def _taiwan_residence(number: str, today: dt.date | None) -> str:
    return _eighteen(number, r"830000", today)


def _foreign_residence(number: str, today: dt.date | None) -> str:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return number
    return _eighteen(number, r"9[0-9]{5}", today)


def _eighteen(number: str, area: str, today: dt.date | None) -> str:
    """Six digits of area (or kind), eight of birth, three of serial, one check character."""
    if len(number) != 18:
        raise _Problem(f"应为 18 位,现为 {len(number)} 位 (18 characters expected, {len(number)} found)")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise _Problem("前 17 位应为数字,末位为数字或 X (17 digits, then a digit or X)")
    if not re.fullmatch(area, number[:6]):
        raise _Problem("开头几位不符合该类证件 (its first digits are not of this kind of document)")
    _birth(number[6:14], today)
    if not mod_11_2.is_valid(number):
        raise _Problem("校验位不符 (the check character does not match)")
    return number


def _birth(digits: str, today: dt.date | None) -> None:
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _Problem("出生日期不存在 (no such date of birth)") from None
    if born.year < 1800 or (today is not None and born > today):
        raise _Problem("出生日期不合理 (an impossible date of birth)")


def _taiwan_permit(number: str, _today: dt.date | None) -> str:
    # Eight digits for life since 2008-09-25; older booklets add the issue and sometimes the issuer's letter.
    if not re.fullmatch(r"[0-9]{8}(?:[0-9]{2}(?:\([A-Z]\))?)?", number):
        raise _Problem("应为 8 位数字,旧版为 10 位,可带签发机关代码 (8 digits, or 10 in old booklets)")
    return number[:8]


def _hk_macao_permit(number: str, _today: dt.date | None) -> str:
    # The letter and eight digits are for life, two more count the issues; HA and MA: not Chinese citizens.
    if re.fullmatch(r"[HM][0-9]{8}(?:[0-9]{2})?", number):
        return number[:9]
    if re.fullmatch(r"[HM]A[0-9]{7}", number):
        return number
    raise _Problem("应为 H、M 加 8 或 10 位数字,或 HA、MA 加 7 位 (H or M and 8 or 10 digits; HA or MA and 7)")


def _passport(number: str, _today: dt.date | None) -> str:
    # Each country has its own rule, and the check digits are in the machine-readable zone, not in the number.
    if not re.fullmatch(r"(?=[A-Z]*[0-9])[A-Z0-9]{5,15}", number):
        raise _Problem("应为 5 至 15 位字母和数字 (5 to 15 letters and digits)")
    return number


_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _credit_code(number: str, _today: dt.date | None) -> str:
    if len(number) != 18:
        raise _Problem(f"应为 18 位,现为 {len(number)} 位 (18 characters expected, {len(number)} found)")
    if set(number) - set(_CREDIT_ALPHABET):
        raise _Problem("只用数字和不含 I、O、S、V、Z 的字母 (digits, and letters other than I, O, S, V, Z)")
    if not re.fullmatch(r"[0-9]{6}", number[2:8]):
        raise _Problem("第 3 至 8 位应为区划数字 (characters 3 to 8 are a region, in digits)")
    # The first two name the registrar and the kind of body, and may be letters (N2: a village collective).
    total = sum(_CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(number[:17]))
    if _CREDIT_ALPHABET[-total % 31] != number[17]:
        raise _Problem("校验位不符 (the check character does not match)")
    return number


_CHECKS: Final[dict[IdentityKind, Callable[[str, dt.date | None], str]]] = {
    IdentityKind.RESIDENT_ID: _resident,
    IdentityKind.HK_MACAO_RESIDENCE: _hk_macao_residence,
    IdentityKind.TAIWAN_RESIDENCE: _taiwan_residence,
    IdentityKind.FOREIGN_RESIDENCE: _foreign_residence,
    IdentityKind.TAIWAN_PERMIT: _taiwan_permit,
    IdentityKind.HK_MACAO_PERMIT: _hk_macao_permit,
    IdentityKind.PASSPORT: _passport,
    IdentityKind.CREDIT_CODE: _credit_code,
}

"""Codes of service items: 实施编码, 基本编码 and 业务办理项编码.

Two generations are in use and both are accepted: GB/T 39554.1-2020 (an implementation code of 31
characters: the organ's unified credit code, one digit of level, a base code of 12) and the older base code
of ten with two letters in front. A desk's list may give a base code alone, or an implementation code with
two or three digits more for the handling item.

A code is a name. It is checked for the errors people make when copying, and **never taken apart for
logic**: which region or organ decides is what the directory says, not what a code seems to say. So the
parts are not given out.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tongban.errors import FieldInvalid, IdentityNumberInvalid
from tongban.identity import IdentityKind, check


class ItemCodeForm(enum.StrEnum):
    """Which generation and extent a code has; for display and for asking an owner to renew it."""

    IMPLEMENTATION = "implementation"  # 实施编码, 31
    HANDLING_ITEM = "handling_item"  # 业务办理项编码, 33 or 34
    BASE = "base"  # 基本编码, 12
    BASE_OLD = "base_old"  # 基本编码 of before 2020, 2 letters and 8 digits


@dataclass(frozen=True, slots=True)
class ItemCode:
    """A well-formed code in its normal form."""

    text: str
    form: ItemCodeForm

    def __str__(self) -> str:
        """The code itself."""
        return self.text


_FORMS: Final = (
    (ItemCodeForm.IMPLEMENTATION, re.compile(r"([0-9A-Z]{18})[1-6][0-9A-Z]{12}")),
    (ItemCodeForm.HANDLING_ITEM, re.compile(r"([0-9A-Z]{18})[1-6][0-9A-Z]{12}[0-9]{2,3}")),
    (ItemCodeForm.BASE, re.compile(r"()[0-9A-Z]{12}")),
    (ItemCodeForm.BASE_OLD, re.compile(r"()[A-Z]{2}[0-9]{8}")),
)


def check_item_code(text: str, field: str = "item_code") -> ItemCode:
    """The code in its normal form; FieldInvalid when it has no known form or its organ's code is mistyped."""
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper() if len(text) <= 64 else ""
    for form, pattern in _FORMS:
        if match := pattern.fullmatch(code):
            if organ := match[1]:
                _check_organ(organ, field)
            return ItemCode(code, form)
    raise FieldInvalid(
        field=field,
        problem="应为 31 位实施编码、12 位基本编码或旧版 10 位编码 "
        "(31 characters, a base code of 12, or an older one of 10)",
    )


def _check_organ(organ: str, field: str) -> None:
    try:
        check(IdentityKind.CREDIT_CODE, organ, field=field)
    except IdentityNumberInvalid as error:
        raise FieldInvalid(
            field=field, problem=f"前 18 位(信用代码)有误 (its first 18: {error.facts['problem']})"
        ) from None

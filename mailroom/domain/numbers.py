"""The names of parcels, of their legs, and of originals."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from tongban.errors import NameInvalid
from tongban.local_numbers import LocalNumber, NumberKind, node_code, parse_number
from tongban.local_numbers import parcel_number as _parcel_number

_ORIGINAL: Final = re.compile(r"(applications/[A-Z0-9]{8,40})/originals/([a-z0-9][a-z0-9-]{0,39})")
_ORIGINALS: Final = "/originals/"


def parcel_name(node: str, day: dt.date, incarnation: int, counter: int) -> str:
    """`parcels/{number}`, made by `nodes/{id}` on its own; `day` is a date in the node's zone."""
    return f"parcels/{_parcel_number(node_code(node.removeprefix('nodes/')), day, incarnation, counter)}"


def parse_parcel_name(name: str, field: str = "name") -> LocalNumber:
    """The number within a parcel's name, which must be in its stored form."""
    prefix, _, text = name.partition("/")
    number = parse_number(text, NumberKind.PARCEL, field)
    if prefix != "parcels" or str(number) != text:
        raise NameInvalid(field=field, name=name[:64], expected="parcels/{number}")
    return number


def leg_name(parcel: str, number: int) -> str:
    """`{parcel}/legs/{number}`."""
    return f"{parcel}/legs/{number}"


def original_name(application: str, original: str) -> str:
    """`{application}/originals/{original}`."""
    return f"{application}{_ORIGINALS}{original}"


def split_original(name: str, field: str = "original") -> tuple[str, str]:
    """The application and the id of an original's name."""
    match = _ORIGINAL.fullmatch(name)
    if match is None:
        raise NameInvalid(field=field, name=name[:64], expected="applications/{number}/originals/{original}")
    return match[1], match[2]


def is_original(item: str) -> bool:
    """Whether a manifest's item is an original, which has a custodian; a copy has none."""
    return _ORIGINALS in item

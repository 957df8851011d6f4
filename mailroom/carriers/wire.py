"""What every codec does with bytes: forms out, bounded JSON in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from mailroom.carriers.base import HttpRequest

FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_LEG: Final = re.compile(r"parcels/[A-Z0-9]{8,40}/legs/[1-9][0-9]?")


def form(url: str, fields: Mapping[str, str]) -> HttpRequest:
    """A POST of these fields as a form, in their order."""
    return HttpRequest("POST", url, urlencode(fields).encode("ascii"), MappingProxyType({"Content-Type": FORM}))


def order_reference(key: str) -> str:
    """A leg's name as carriers take it: `parcels/P…/legs/2` is `P…-2`. Two legs never share one."""
    if not _LEG.fullmatch(key):
        raise ValueError(f"not a leg's name: {key[:80]}")
    _, number, _, leg = key.split("/")
    return f"{number}-{leg}"

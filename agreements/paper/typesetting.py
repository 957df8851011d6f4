"""From content to PDF: what no font can draw is written out by its number, since the text was signed as it stands."""

from __future__ import annotations

import datetime as dt
import functools
import json
from importlib import resources
from typing import Final

from agreements.paper.content import Content
from agreements.paper.reader import PROOF_NAME
from tongban.paper.typesetting import NotDrawn, set_pages, unusable
from tongban.paper.values import map_texts

_ATTEMPTS: Final = 8


def typeset(content: Content) -> bytes:
    """The document; equal content gives equal bytes."""
    data: object = content.data() | {"proof": list(content.proof), "proof_name": PROOF_NAME}
    sheet = resources.files("agreements.paper").joinpath("sheet.typ").read_bytes()
    moment = dt.datetime.fromtimestamp(content.seconds, dt.UTC)
    for _ in range(_ATTEMPTS):
        try:
            return set_pages(sheet, json.dumps(data, ensure_ascii=False), moment)
        except NotDrawn as found:
            data = map_texts(data, functools.partial(_written_out, found.characters))
    raise unusable("too many characters that no font has")


def _written_out(lacking: frozenset[str], text: str) -> str:
    return "".join(f"‹U+{ord(char):04X}›" if char in lacking else char for char in text)

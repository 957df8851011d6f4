"""From a print to PDF; what no font can draw is refused by name."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Set
from dataclasses import asdict
from importlib import resources
from typing import Final

from mailroom.paper.prints import Print
from tongban.errors import GlyphMissing
from tongban.paper.typesetting import NotDrawn, set_pages
from tongban.paper.typography import typographic
from tongban.paper.values import map_texts, texts

_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Controls, marks that turn the direction of writing, private use: a font may take them without a word."""

_SELECTORS: Final = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
"""Variation selectors: the base would be drawn, and not the form of it that was meant."""

_SHOWN: Final = 5


def to_pdf(given: Print) -> bytes:
    """The print; GlyphMissing where a text holds what cannot be drawn."""
    said = map_texts(asdict(given), typographic)
    unseen = {char for _, text in texts(said) for char in text if _is_unseen(char)}
    if unseen:
        raise _missing(said, unseen)
    data = json.dumps({"said": said, "codes": given.codes()}, ensure_ascii=False)
    moment = dt.datetime.fromtimestamp(given.seconds, dt.UTC)
    try:
        return set_pages(_sheet(given.sheet), data, moment)
    except NotDrawn as found:
        raise _missing(said, found.characters) from None


def _sheet(name: str) -> bytes:
    sheets = resources.files("mailroom.paper").joinpath("sheets")
    return b"\n".join(sheets.joinpath(f"{part}.typ").read_bytes() for part in ("common", name))


def _is_unseen(char: str) -> bool:
    if char == "\n":
        return False
    return unicodedata.category(char) in _UNSEEN or any(first <= ord(char) <= last for first, last in _SELECTORS)


def _missing(said: object, lacking: Set[str]) -> GlyphMissing:
    """The first text that holds such characters, and which it holds."""
    for place, text in texts(said):
        found = sorted(lacking & set(text))
        if found:
            named = "、".join(map(_named, found[:_SHOWN])) + ("…" if len(found) > _SHOWN else "")
            return GlyphMissing(field=place, characters=named)
    return GlyphMissing(field="", characters="、".join(map(_named, sorted(lacking)[:_SHOWN])))


def _named(char: str) -> str:
    """The character where a screen may show it, and its number."""
    number = f"U+{ord(char):04X}"
    return number if _is_unseen(char) else f"{char}({number})"

"""Punctuation as Chinese print has it: full width beside a Chinese character, half width elsewhere.

Texts of this system are typed with either.  On paper a half-width comma between Chinese characters is a blemish, so the
print sets it full width; nothing but the width changes, and the embedded proof keeps the text as it was signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_FULL: Final = {
    ",": "\uff0c",
    ":": "\uff1a",
    ";": "\uff1b",
    "?": "\uff1f",
    "!": "\uff01",
}
_CHINESE: Final = (("\u3400", "\u9fff"), ("\u3001", "\u3017"), ("\uff01", "\uff1f"))
_OPEN, _CLOSE = "\uff08", "\uff09"


def typographic(text: str) -> str:
    """The text with the punctuation of print."""
    made = list(text)
    brackets: list[tuple[int, bool]] = []
    for place, char in enumerate(text):
        beside = _han(made, place - 1) or _han(made, place + 1)
        if char in _FULL and beside:
            made[place] = _FULL[char]
        elif char == "(":
            brackets.append((place, beside))
        elif char == ")" and brackets:
            opened, wide = brackets.pop()
            # Both or neither: a pair of two widths reads as a mistake.
            if wide or beside:
                made[opened], made[place] = _OPEN, _CLOSE
    return "".join(made)


def _han(text: Sequence[str], place: int) -> bool:
    """Whether a Chinese character or mark of print stands there."""
    return 0 <= place < len(text) and any(first <= text[place] <= last for first, last in _CHINESE)

"""Codes as pictures: SVG that the typesetter scales, with the light margin that each kind asks for.

A QR is drawn at the highest level of error correction that costs no larger symbol than level M does: a label is rubbed
and folded on its way.  Code 128 stands beside it for scanners that read lines only, and for a number that a person
may also type.
"""

from __future__ import annotations

import io
import itertools
from typing import Final

import barcode
import segno

MOST_MODULES: Final = 270
"""Of a Code 128 over 92 mm: with more, a module is under 0.34 mm, which is two dots at 150 dpi."""

_QUIET: Final = 10
"""Light modules on either side of a Code 128, as its standard asks."""


def qr(text: str) -> str:
    """A QR code as wide as its text needs, with four light modules around it."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode("ascii")


def code128(text: str) -> str:
    """A Code 128, one unit high, to be stretched to the height that there is."""
    [modules] = barcode.get_barcode_class("code128")(text).build()
    bars, at = [], _QUIET
    for dark, run in itertools.groupby(modules):
        width = len(list(run))
        if dark == "1":
            bars.append(f"M{at} 0h{width}v1h-{width}z")
        at += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at + _QUIET} 1" preserveAspectRatio="none">'
        f'<path d="{"".join(bars)}"/></svg>'
    )


def modules(bars: str) -> int:
    """How many modules wide a Code 128 is, its light margins included."""
    return int(bars.split('viewBox="0 0 ', 1)[1].split(" ", 1)[0])

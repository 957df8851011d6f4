"""Codes as pictures: SVG that the typesetter scales, with the light margin that each kind asks for.

A QR is drawn at the highest level of error correction that costs no larger symbol than level M does: a label is rubbed
and folded on its way.  Code 128 stands beside it for scanners that read lines only, and for a number that a person
may also type.  Its lines come from zxing-cpp, which draws them by Zint: python-barcode 0.16.1 loses the first pair of a
number that begins with 99, and what it prints then is another number that scans well.
"""

from __future__ import annotations

import io
import itertools
from typing import Any, Final

import segno
import zxingcpp

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
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    # Its stub does not say that an image is a buffer: rows of bytes, dark ones 0, and all rows are alike.
    image: Any = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    row = bytes(memoryview(image))[: image.shape[1]]
    bars, at = [], _QUIET
    for grey, run in itertools.groupby(row):
        width = len(list(run))
        if grey == 0:
            bars.append(f"M{at} 0h{width}v1h-{width}z")
        at += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at + _QUIET} 1" preserveAspectRatio="none">'
        f'<path d="{"".join(bars)}"/></svg>'
    )


def modules(bars: str) -> int:
    """How many modules wide a Code 128 is, its light margins included."""
    return int(bars.split('viewBox="0 0 ', 1)[1].split(" ", 1)[0])

"""Charts as SVG, drawn here: read on a screen, on a black-and-white print, and aloud.

No script and no style: shapes are told apart by what fills them (solid, hatched, empty) and every bar has its figures
beside it in words, so neither colour nor a mouse is needed.  The picture has a title and a description that a screen
reader reads; the table beside it holds every figure.  Whatever stands in a label is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 960
_LABELS, _FIGURES = 330, 230
_ROW, _BAR, _TOP = 38, 20, 46
_INK: Final = "#1d2733"
_WHOLE: Final = 1.0
"""What the widest bar stands for at the least, so that a few minutes are not drawn as if they were many days."""
MOST: Final = 15
"""Bars in a chart; the table has them all."""

_PATTERNS: Final = Markup(
    '<defs><pattern id="{id}-hatched" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="7" height="7" fill="#fff"/>'
    '<rect width="3" height="7" fill="#1d2733"/></pattern>'
    '<pattern id="{id}-dotted" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><circle cx="3" cy="3" r="1.3" fill="#1d2733"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar; `fill` is solid, hatched, dotted or empty."""

    size: float
    fill: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: parts one after the other, and what is written beside it."""

    label: str
    parts: tuple[Part, ...]
    figures: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under each other on one scale, with a key to their fills."""

    id: str
    title: str
    description: str
    key: tuple[tuple[str, str], ...]
    bars: Sequence[Bar]


def draw(chart: Chart) -> Markup:
    """The picture."""
    bars = chart.bars[:MOST]
    height = _TOP + _ROW * len(bars) + 8
    longest = max([_WHOLE, *(sum(part.size for part in bar.parts) for bar in bars)])
    scale = (WIDTH - _LABELS - _FIGURES) / longest
    said = chart.description + ";".join(f"{bar.label}:{bar.figures}" for bar in bars)
    pieces = [
        Markup(
            '<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{id}-title" '
            'aria-describedby="{id}-about" font-size="15" fill="{ink}">'
        ).format(w=WIDTH, h=height, id=chart.id, ink=_INK),
        Markup('<title id="{id}-title">{title}</title><desc id="{id}-about">{said}</desc>').format(
            id=chart.id, title=chart.title, said=said
        ),
        _PATTERNS.format(id=chart.id),
        _key(chart),
        *(_bar(chart.id, bar, _TOP + _ROW * place, scale) for place, bar in enumerate(bars)),
        Markup('<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{ink}"/>').format(
            x=_LABELS, top=_TOP - 6, bottom=height - 6, ink=_INK
        ),
        Markup("</svg>"),
    ]
    return Markup("").join(pieces)


def _bar(chart: str, bar: Bar, y: int, scale: float) -> Markup:
    pieces = [
        Markup('<g><title>{label}:{figures}</title><text x="{x}" y="{y}" text-anchor="end">{short}</text>').format(
            label=bar.label, figures=bar.figures, x=_LABELS - 10, y=y + 15, short=_short(bar.label)
        )
    ]
    x = float(_LABELS)
    for part in bar.parts:
        if part.size > 0:
            pieces.append(_box(chart, x, y, part.size * scale, part.fill))
            x += part.size * scale
    pieces.append(
        Markup('<text x="{x}" y="{y}">{figures}</text></g>').format(x=f"{x + 8:.1f}", y=y + 15, figures=bar.figures)
    )
    return Markup("").join(pieces)


def _box(chart: str, x: float, y: int, width: float, fill: str) -> Markup:
    fills = {"solid": _INK, "empty": "#fff"}
    return Markup('<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}" stroke="{ink}"/>').format(
        x=f"{x:.1f}", y=y, w=f"{width:.1f}", h=_BAR, fill=fills.get(fill, f"url(#{chart}-{fill})"), ink=_INK
    )


def _key(chart: Chart) -> Markup:
    x, pieces = float(_LABELS), []
    for fill, words in chart.key:
        pieces.append(_box(chart.id, x, 8, 26, fill))
        pieces.append(Markup('<text x="{x}" y="23">{words}</text>').format(x=f"{x + 34:.1f}", words=words))
        x += 34 + 24 + sum(15 if ord(character) > 0x2E7F else 8 for character in words)
    return Markup("").join(pieces)


def _short(text: str) -> str:
    """As much of a label as its column holds."""
    room, kept = _LABELS - 20, ""
    for character in text:
        room -= 15 if ord(character) > 0x2E7F else 8
        if room < 15:
            return f"{kept}…"
        kept += character
    return kept

"""The few shapes that the pictures are made of, as text of SVG. Everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

LETTER = 0.56  # of the font's size: how wide a letter is on average, in the fonts of a page


@dataclass(frozen=True)
class Picture:
    """One picture drawn twice, for a wide page and for a phone, and what it shows in words."""

    wide: Markup
    narrow: Markup
    words: str


def drawing(width: float, height: float, shapes: Iterable[str], words: str) -> Markup:
    """Return shapes as one drawing of that size (CSS pixels), which scales with the page."""
    inner = Markup("").join(map(Markup, shapes))
    return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {:g} {:g}" style="max-width:{:g}px">{}</svg>').format(
        words, width, height, width, inner
    )


def box(x: float, y: float, width: float, height: float, kind: str = "box") -> str:
    """Return a rectangle with round corners."""
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>'


def text(x: float, y: float, words: str, kind: str = "label", room: float = 0, size: float = 14) -> str:
    """Return words that begin at x; with `room` (pixels) they are cut to it, and a pointer shows all of them."""
    cut = shortened(words, int(room / (size * LETTER))) if room else words
    title = f"<title>{escape(words)}</title>" if cut != words else ""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(cut)}{title}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "line") -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line that ends in a head, across or down."""
    if y1 == y2:
        head = f"M{x2 - 6:g} {y2 - 4:g} L{x2:g} {y2:g} L{x2 - 6:g} {y2 + 4:g}"
    else:
        head = f"M{x2 - 4:g} {y2 - 6:g} L{x2:g} {y2:g} L{x2 + 4:g} {y2 - 6:g}"
    return line(x1, y1, x2, y2) + f'<path class="line head" d="{head}"/>'


def dot(x: float, y: float, radius: float, kind: str) -> str:
    """Return a filled circle."""
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def shortened(words: str, most: int) -> str:
    """Return words cut in the middle, so that both ends of a long name can still be told."""
    if len(words) <= most or most < 5:
        return words
    head = (most - 1) * 2 // 3
    return f"{words[:head]}…{words[-(most - 1 - head) :]}"

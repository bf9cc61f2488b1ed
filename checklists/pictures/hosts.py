"""Which host leads where: one row each, from the name that people type to what answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from checklists.pictures.svg import Picture, arrow, box, drawing, text

WIDE, NARROW, ROW, BOX = 840.0, 340.0, 38.0, 30.0  # CSS pixels
MOST = 12


@dataclass(frozen=True)
class Way:
    """One host: what it leads to, and how (a status of a redirect, or the word for what serves)."""

    host: str
    how: str
    target: str


def hosts(ways: Sequence[Way]) -> Picture:
    """Return the map of the ways; what is beyond the first dozen stands in the table alone."""
    shown = ways[:MOST]
    words = "; ".join(f"{way.host} {way.how} {way.target}" for way in ways)
    return Picture(_wide(shown, words), _narrow(shown, words), words)


def _wide(ways: Sequence[Way], words: str) -> Markup:
    shapes: list[str] = []
    column, middle = 330.0, 150.0
    for place, way in enumerate(ways):
        y = place * ROW
        shapes += [box(0, y, column, BOX, "box public"), text(12, y + 20, way.host, "label", column - 20)]
        shapes += [arrow(column + 6, y + BOX / 2 + 6, column + middle + 16, y + BOX / 2 + 6)]
        shapes += [text(column + 14, y + BOX / 2, way.how, "soft", middle)]
        right = WIDE - column - 1
        shapes += [box(right, y, column, BOX), text(right + 12, y + 20, way.target, "label", column - 20)]
    return drawing(WIDE, max(len(ways), 1) * ROW, shapes, words)


def _narrow(ways: Sequence[Way], words: str) -> Markup:
    shapes: list[str] = []
    for place, way in enumerate(ways):
        y = place * ROW * 2.2
        shapes += [box(0, y, NARROW, BOX, "box public"), text(12, y + 20, way.host, "label", NARROW - 20)]
        shapes += [arrow(20, y + BOX + 2, 20, y + BOX + 24), text(34, y + BOX + 20, f"{way.how}: ", "soft")]
        shapes += [text(124, y + BOX + 20, way.target, "label", NARROW - 124)]
    return drawing(NARROW, max(len(ways), 1) * ROW * 2.2, shapes, words)

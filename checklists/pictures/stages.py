"""Stages that follow one another, the one that is reached marked."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from checklists.pictures.svg import Picture, arrow, box, drawing, text

WIDE, NARROW, GAP, HEIGHT = 560.0, 340.0, 24.0, 34.0  # CSS pixels


def stages(names: Sequence[str], reached: str) -> Picture:
    """Return the picture of stages; `reached` is one of the names."""
    words = f"Stages {', then '.join(names)}; reached: {reached}"
    return Picture(_drawn(names, reached, WIDE, words), _drawn(names, reached, NARROW, words), words)


def _drawn(names: Sequence[str], reached: str, width: float, words: str) -> Markup:
    each = (width - GAP * (len(names) - 1)) / len(names)
    shapes: list[str] = []
    for place, name in enumerate(names):
        x = place * (each + GAP)
        shapes += [box(x + 1, 1, each - 2, HEIGHT - 2, "box reached" if name == reached else "box")]
        shapes += [text(x + 10, 22, name, "label strong" if name == reached else "label", each - 12, 13)]
        if place:
            shapes.append(arrow(x - GAP + 3, HEIGHT / 2, x - 3, HEIGHT / 2))
    return drawing(width, HEIGHT, shapes, words)

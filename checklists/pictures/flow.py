"""How a request travels: groups of boxes from left to right, or from top to bottom on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from checklists.pictures.svg import Picture, arrow, box, drawing, text

COLUMN, GAP, ROW, HEAD = 158.0, 26.0, 32.0, 30.0  # CSS pixels
PAD, PHONE = 10.0, 340.0
MOST = 9  # boxes of a group; what is beyond is counted


@dataclass(frozen=True)
class Group:
    """One station: its title, and what stands in it. Of each box the name, and whether a stranger can reach it."""

    title: str
    boxes: tuple[tuple[str, bool], ...]

    @property
    def shown(self) -> tuple[tuple[str, bool], ...]:
        """The boxes that are drawn."""
        if len(self.boxes) <= MOST:
            return self.boxes
        return (*self.boxes[: MOST - 1], (f"and {len(self.boxes) - MOST + 1} more", False))


def flow(groups: Sequence[Group]) -> Picture:
    """Return the picture of a request's way by the groups, in order."""
    there = [group for group in groups if group.boxes]
    words = "A request's way: " + "; then ".join(
        f"{group.title}: {', '.join(name for name, _ in group.boxes)}" for group in there
    )
    return Picture(_wide(there, words), _narrow(there, words), words)


def _wide(groups: Sequence[Group], words: str) -> Markup:
    height = max((len(group.shown) for group in groups), default=0) * ROW + HEAD + PAD * 2
    shapes: list[str] = []
    for place, group in enumerate(groups):
        left = place * (COLUMN + GAP)
        shapes += [box(left, 0, COLUMN, height, "group"), text(left + PAD, 20, group.title, "title", COLUMN - PAD)]
        shapes += _boxes(group, left + PAD / 2, HEAD + PAD / 2, COLUMN - PAD, 1)
        if place:
            shapes.append(arrow(left - GAP + 3, HEAD / 2, left - 3, HEAD / 2))
    return drawing(len(groups) * (COLUMN + GAP) - GAP, height, shapes, words)


def _narrow(groups: Sequence[Group], words: str) -> Markup:
    shapes: list[str] = []
    top = 0.0
    for place, group in enumerate(groups):
        rows = -(-len(group.shown) // 2)
        height = rows * ROW + HEAD + PAD
        if place:
            shapes.append(arrow(PHONE / 2, top - GAP + 3, PHONE / 2, top - 3))
        shapes += [box(0, top, PHONE, height, "group"), text(PAD, top + 20, group.title, "title", PHONE)]
        shapes += _boxes(group, PAD / 2, top + HEAD, (PHONE - PAD * 1.5) / 2, 2)
        top += height + GAP
    return drawing(PHONE, max(top - GAP, 0), shapes, words)


def _boxes(group: Group, left: float, top: float, width: float, columns: int) -> list[str]:
    shapes: list[str] = []
    for place, (name, is_public) in enumerate(group.shown):
        x = left + (place % columns) * (width + PAD / 2)
        y = top + (place // columns) * ROW
        shapes.append(box(x, y, width, ROW - 6, "box public" if is_public else "box"))
        shapes.append(text(x + 8, y + 18, name, "label", width - 12, 13))
    return shapes

"""How the items of a section stand: one mark each, told apart by form and not by colour alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from checklists.lines import ItemState, Line
from checklists.pictures.svg import dot, drawing

SIZE, STEP = 14.0, 19.0  # CSS pixels
MOST = 9  # marks in a row: so many fit beside the names on a phone and on paper
GOOD, TODO, CARE, BAD = "good", "todo", "care", "bad"
KINDS = {
    ItemState.PROVEN: GOOD,
    ItemState.REHEARSED: GOOD,
    ItemState.SIGNED: GOOD,
    ItemState.OPEN: TODO,
    ItemState.FAILED: BAD,
    ItemState.WARNED: CARE,
    ItemState.UNKNOWN: CARE,
    ItemState.EXPIRED: CARE,
}


def states(section: str, lines: Sequence[Line]) -> Markup:
    """Return a row of marks, one for each line that the launch has, in the order of the lines."""
    shown = [line for line in lines if line.state in KINDS]
    counts = Counter(line.state.value for line in shown)
    words = f"{section}: " + ", ".join(f"{count} {state}" for state, count in counts.items())
    rows = -(-len(shown) // MOST) or 1
    shapes = [_mark(place % MOST * STEP, place // MOST * STEP, KINDS[line.state]) for place, line in enumerate(shown)]
    width = min(len(shown), MOST) * STEP or STEP
    return drawing(width, rows * STEP, shapes, words)


def legend() -> Mapping[Markup, str]:
    """Return each mark as a drawing of its own, with what it means."""
    words = {GOOD: "done", TODO: "to be signed", CARE: "not proven", BAD: "failed"}
    return {_alone(kind): word for kind, word in words.items()}


def _alone(kind: str) -> Markup:
    size = SIZE + 2
    inner = Markup(_mark(0, 0, kind))  # noqa: S704 - a shape of ours
    return Markup('<svg aria-hidden="true" viewBox="0 0 {:g} {:g}">{}</svg>').format(size, size, inner)


def _mark(x: float, y: float, kind: str) -> str:
    middle = SIZE / 2 + 1
    if kind == TODO:
        return dot(x + middle, y + middle, SIZE / 2 - 1, "mark-todo")
    if kind == GOOD:
        return dot(x + middle, y + middle, SIZE / 2, "mark-good") + (
            f'<path class="tick" d="M{x + 5:g} {y + 8.5:g} l2.2 2.2 l4 -4.6"/>'
        )
    if kind == BAD:
        return f'<path class="mark-bad" d="M{x + 2:g} {y + 2:g} l11 11 m0 -11 l-11 11"/>'
    return f'<path class="mark-care" d="M{x + middle:g} {y + 1:g} l6.5 12 h-13 z"/>'

"""The picture of where data flows and leaks, as inline SVG: once for wide screens and once for narrow ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import escape

from triage.flows import ANYONE, APP, BACK_END, DATA
from triage.model import Flow

COLOURS = {"ok": "var(--ok)", "risk": "var(--warn)", "leak": "var(--bad)"}
WORDS = {"ok": "as it should", "risk": "unsafe", "leak": "leaks"}
MOST = 6  # vendors that are drawn

Point = tuple[float, float]


@dataclass(frozen=True)
class Canvas:
    """A size in user units, the size of a box in it, and whether data goes from left to right or downwards."""

    width: int
    height: int
    box: tuple[int, int]
    wide: bool

    def place(self, column: int, at: int, of: int) -> Point:
        """Return the middle of the box that is number `at` of `of` in a column (a row, where data goes downwards)."""
        across, along = (self.height, self.width) if self.wide else (self.width, self.height)
        size = self.box[0] if self.wide else self.box[1]
        main = size / 2 + 6 + column * (along - size - 12) / 2
        other = across * (at + 0.5) / of
        return (main, other) if self.wide else (other, main)

    def spans(self, start: Point, end: Point) -> bool:
        """Return whether a line goes from one side to the other."""
        along = 0 if self.wide else 1
        return abs(start[along] - end[along]) > (self.width, self.height)[along] / 2

    def middle(self, start: Point, end: Point) -> Point:
        """Return the point that a line bends towards: half way, or the gap in the middle for one that spans all."""
        if not self.spans(start, end):
            return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        gap = (self.height if self.wide else self.width) * 0.56
        return (self.width / 2, gap) if self.wide else (gap, self.height / 2)


WIDE, NARROW = Canvas(860, 330, (176, 52), wide=True), Canvas(360, 430, (104, 46), wide=False)
PER_ROW = 3  # boxes beside each other on a narrow screen


def svg(flows: Sequence[Flow], canvas: Canvas = WIDE) -> str:
    """Return the picture: who asks, then what is yours, then the vendors; an arrow a flow, with its number."""
    shown = _shown(flows, MOST if canvas.wide else PER_ROW)
    places = dict(_places(shown, canvas))
    parts = [
        _arrow(places[flow.start], places[flow.end], flow, flows.index(flow) + 1, canvas)
        for flow in shown
        if flow.start in places and flow.end in places
    ]
    boxes = "".join(_box(name, place, canvas.box, _state(name, flows)) for name, place in places.items())
    label = "; ".join(f"{flow.start} to {flow.end}: {WORDS[flow.state]}, {flow.words}" for flow in flows)
    opened = (
        f'<svg viewBox="0 0 {canvas.width} {canvas.height}" role="img" class="{"wide" if canvas.wide else "narrow"}"'
    )
    named = f'{opened} aria-label="{escape(label or "no flows were seen")}" xmlns="http://www.w3.org/2000/svg">'
    lines, badges = "".join(line for line, _ in parts), "".join(badge for _, badge in parts)
    return f"{named}<defs>{_heads(canvas)}</defs>{lines}{boxes}{badges}</svg>"


def _shown(flows: Sequence[Flow], most: int) -> list[Flow]:
    """Return the flows that are drawn: those of the first vendors, whose worst come first."""
    ours = {ANYONE, APP, BACK_END, DATA}
    vendors = list(dict.fromkeys(name for flow in flows for name in (flow.start, flow.end) if name not in ours))[:most]
    return [flow for flow in flows if {flow.start, flow.end} <= ours | set(vendors)]


def _places(flows: Sequence[Flow], canvas: Canvas) -> Iterator[tuple[str, Point]]:
    named = {name for flow in flows for name in (flow.start, flow.end)}
    vendors = sorted(named - {ANYONE, APP, BACK_END, DATA})
    columns = ([APP, *([ANYONE] if ANYONE in named else [])], [BACK_END, DATA], vendors)
    for column, names in enumerate(columns):
        for at, name in enumerate(names):
            yield name, canvas.place(column, at, len(names))


def _state(name: str, flows: Sequence[Flow]) -> str:
    """Return the worst that flows into or out of a box, empty when nothing does."""
    states = {flow.state for flow in flows if name in {flow.start, flow.end}}
    return next((state for state in ("leak", "risk", "ok") if state in states), "")


def _heads(canvas: Canvas) -> str:
    kind = "w" if canvas.wide else "n"
    return "".join(
        f'<marker id="{state}-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="14" markerHeight="14" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:{colour}"/></marker>'
        for state, colour in COLOURS.items()
    )


def _box(name: str, place: Point, size: tuple[int, int], state: str) -> str:
    x, y, (width, height) = place[0] - size[0] / 2, place[1] - size[1] / 2, size
    shown = name if len(name) <= width // 7 else f"{name[: width // 7 - 1]}…"
    colour = COLOURS.get(state, "var(--line)")
    small = 15 if width > 150 else 12.5
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" rx="10" '
        f'style="fill:var(--box);stroke:{colour};stroke-width:1.5"/>'
        f'<text x="{place[0]:.0f}" y="{place[1] + small / 3:.0f}" text-anchor="middle" font-size="{small}" '
        f'font-weight="600" fill="currentColor">{escape(shown)}</text>'
    )


def _arrow(start: Point, end: Point, flow: Flow, number: int, canvas: Canvas) -> tuple[str, str]:
    """Return a flow's line from edge to edge, and the badge with its number on it.

    What goes from one side to the other passes between the two boxes in the middle, not through them.
    """
    middle = canvas.middle(start, end)
    first, last = _edge(start, middle, canvas.box), _edge(end, middle, canvas.box)
    colour, dash = COLOURS[flow.state], ";stroke-dasharray:8 5" if flow.state == "risk" else ""
    width = 3.5 if flow.state == "leak" else 2.5
    line = (
        f'<path d="M{first[0]:.0f} {first[1]:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {last[0]:.0f} {last[1]:.0f}" '
        f'fill="none" style="stroke:{colour};stroke-width:{width}{dash}" '
        f'marker-end="url(#{flow.state}-{"w" if canvas.wide else "n"})"/>'
    )
    at = 0.74 if canvas.spans(start, end) else 0.4  # near the end, where the lines to several vendors are apart
    x, y = (_on_curve(one, two, three, at) for one, two, three in zip(first, middle, last, strict=True))
    badge = (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="11" style="fill:{colour}"/><text x="{x:.0f}" y="{y + 4.5:.0f}" '
        f'text-anchor="middle" font-size="13" font-weight="700" style="fill:var(--box)">{number}</text>'
    )
    return line, badge


def _on_curve(first: float, middle: float, last: float, at: float) -> float:
    """Return a coordinate of a quadratic Bezier curve, `at` from 0 to 1 of its way."""
    return first * (1 - at) ** 2 + 2 * middle * at * (1 - at) + last * at**2


def _edge(start: Point, end: Point, box: tuple[int, int]) -> Point:
    """Return where the line from one box's middle to another's leaves the first box."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    across = box[0] / 2 / abs(dx) if dx else math.inf
    down = box[1] / 2 / abs(dy) if dy else math.inf
    part = min(across, down)
    return (start[0] + dx * part, start[1] + dy * part) if math.isfinite(part) else start

"""The picture of where data flows and leaks, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape

COLOURS = {"ok": "#2f855a", "risk": "#b7791f", "leak": "#c53030"}
WORDS = {"ok": "as it should", "risk": "unsafe", "leak": "leaks"}
WIDTH, ROW, BOX = 860, 46, 190


def svg(flows: Sequence[tuple[str, str, str]]) -> str:
    """Return the picture: the app left, back end and data in the middle, vendors right; an arrow a flow."""
    vendors = sorted({name for flow in flows for name in flow[:2]} - {"Your app", "Your back end", "Firestore"})[:8]
    height = max(3, len(vendors)) * ROW + 40
    places = {
        "Your app": (10, height // 2 - 18),
        "Your back end": (WIDTH // 2 - BOX // 2, height // 4 - 18),
        "Firestore": (WIDTH // 2 - BOX // 2, height * 3 // 4 - 18),
    }
    places |= {
        name: (WIDTH - BOX - 10, 16 + at * (height - 40) // max(len(vendors), 1)) for at, name in enumerate(vendors)
    }
    arrows = "".join(
        _arrow(places[start], places[end], state) for start, end, state in flows if start in places and end in places
    )
    boxes = "".join(_box(name, place) for name, place in places.items())
    label = "; ".join(f"{start} to {end}: {WORDS[state]}" for start, end, state in flows) or "no flows were seen"
    opened = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}"'
    return f'{opened} xmlns="http://www.w3.org/2000/svg"><defs>{_heads()}</defs>{arrows}{boxes}</svg>'


def _heads() -> str:
    return "".join(
        f'<marker id="{state}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
        for state, colour in COLOURS.items()
    )


def _box(name: str, place: tuple[int, int]) -> str:
    x, y = place
    return (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="36" rx="6" fill="var(--box)" stroke="var(--line)"/>'
        f'<text x="{x + BOX // 2}" y="{y + 23}" text-anchor="middle" fill="currentColor" font-size="14">'
        f"{escape(name)}</text>"
    )


def _arrow(start: tuple[int, int], end: tuple[int, int], state: str) -> str:
    right, same = end[0] > start[0], end[0] == start[0]
    x1 = start[0] + (BOX // 2 if same else BOX if right else 0)
    x2 = end[0] + (BOX // 2 if same else 0 if right else BOX)
    y1, y2 = (start[1] + 36, end[1]) if same and end[1] > start[1] else (start[1] + 18, end[1] + 18)
    dash = ' stroke-dasharray="7 4"' if state == "risk" else ""
    width = 3 if state == "leak" else 2
    style = f'stroke="{COLOURS[state]}" stroke-width="{width}"{dash} marker-end="url(#{state})"'
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {style}/>'

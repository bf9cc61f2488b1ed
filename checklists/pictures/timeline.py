"""What ends when: numbered dots on a line, closer together the further away; a list beside it has the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt

from markupsafe import Markup

from checklists.pictures.svg import Picture, dot, drawing, line, text

WIDE, NARROW, EDGE, HEIGHT = 840.0, 340.0, 16.0, 74.0  # CSS pixels
MARKS = {0: "today", 30: "1 month", 90: "3 months", 180: "6 months", 365: "1 year"}  # days → words
AXIS, RADIUS = 46.0, 9.0


def timeline(dates: Sequence[date], today: date) -> Picture:
    """Return the picture of dates, numbered in their order; what is past stands at the beginning."""
    words = "A line from today: " + ", ".join(f"{place} on {day}" for place, day in enumerate(dates, 1))
    return Picture(_drawn(dates, today, WIDE, words), _drawn(dates, today, NARROW, words), words)


def _drawn(dates: Sequence[date], today: date, width: float, words: str) -> Markup:
    last = max(365, *((day - today).days for day in dates), 365)
    scale = (width - 2 * EDGE) / sqrt(last)
    place_of = [EDGE + sqrt(max(0, (day - today).days)) * scale for day in dates]
    shapes = [line(EDGE, AXIS, width - EDGE, AXIS)]
    for days, mark in MARKS.items():
        x = EDGE + sqrt(days) * scale
        narrow_skips = width == NARROW and days == 180
        shapes.append(line(x, AXIS - 4, x, AXIS + 4))
        if not narrow_skips:
            shapes.append(text(_within(x - len(mark) * 3, width, len(mark) * 7), AXIS + 24, mark, "soft"))
    height, level, before = AXIS - RADIUS - 6, 0, -100.0
    for number, x in enumerate(place_of, 1):
        level = (level + 1) % 2 if x - before < 2 * RADIUS + 2 else 0
        before = x
        y = height - level * (2 * RADIUS + 1)
        shapes += [line(x, y, x, AXIS), dot(x, y, RADIUS, "dot")]
        shapes.append(f'<text class="number" x="{x:g}" y="{y + 4:g}">{number}</text>')
    return drawing(width, HEIGHT, shapes, words)


def _within(x: float, width: float, room: float) -> float:
    return min(max(x, 0), width - room)

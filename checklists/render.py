"""Writes a handover as HTML and as Markdown."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from checklists.handover import Handover

TEMPLATES = Path(__file__).parent / "templates"


def to_html(handover: Handover) -> str:
    """Return the handover as one HTML page that needs no other file."""
    return _environment().get_template("handover.html.j2").render(handover=handover)


def to_markdown(handover: Handover) -> str:
    """Return the handover as Markdown (GitHub's flavour, with task lists)."""
    return _environment().get_template("handover.md.j2").render(handover=handover)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"oneline": _oneline, "commands": _commands}
    return environment


def _commands(text: str) -> Markup:
    """Return the text as HTML, with what stands between backticks set as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _oneline(text: str) -> str:
    """Return the text on one line, so that it cannot break out of a Markdown list or table cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")

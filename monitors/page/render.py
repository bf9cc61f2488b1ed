"""Draws the page: one HTML document that needs nothing from anywhere else."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from monitors.page.overview import Overview

TEMPLATES = Path(__file__).parent / "templates"


def to_html(page: Overview, nonce: str) -> str:
    """Return the page. Its style and script carry `nonce`, which the Content-Security-Policy has to name."""
    return _environment().get_template("open.html.j2").render(page=page, known=page.known, nonce=nonce)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "lasted": _lasted}
    return environment


def _moment(time: datetime) -> str:
    return f"{time.day} {time:%b, %H:%M}"


def _lasted(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"

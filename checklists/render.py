"""Writes a handover as HTML and as Markdown."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from checklists.handover import Handover
from checklists.view import View

_SPECIAL = re.compile(r"[\\*_\[\]|]")  # what Markdown would read as more than text
_ENTITY = re.compile(r"&(?=#?\w+;)")  # Markdown shows any other & as it is, and so does a terminal
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"https://[\w./?=&;%#-]+[\w/=]")
TEMPLATES = Path(__file__).parent / "templates"


def to_html(handover: Handover) -> str:
    """Return the handover as one HTML page that needs no other file."""
    return _environment().get_template("handover.html.j2").render(handover=handover, view=View(handover))


def to_markdown(handover: Handover) -> str:
    """Return the handover as Markdown (GitHub's flavour, with task lists)."""
    return _environment().get_template("handover.md.j2").render(handover=handover, view=View(handover))


class _Compiled(FileSystemBytecodeCache):
    """Keeps compiled templates beside their sources, as Python does with its own; nowhere when nobody may write there.

    To compile them takes 70 ms, three quarters of what it takes to write a handover.
    """

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_Compiled(str(TEMPLATES / "__pycache__")),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = {"oneline": _oneline, "commands": _commands, "moment": _moment, "cell": _cell, "prose": _prose}
    environment.filters |= filters
    return environment


def _commands(text: str) -> Markup:
    """Return the text as HTML, with what stands between backticks set as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _prose(text: str) -> Markup:
    """Return the text of a page as HTML: code, what is strong, and addresses that lead to a dashboard."""
    parts = str(_commands(text)).split("<code>")
    first, *rest = (part.split("</code>") for part in parts)
    words = _linked(first[0]) + "".join(f"<code>{code}</code>{_linked(after)}" for code, after in rest)
    return Markup(_BOLD.sub(r"<b>\1</b>", words))  # noqa: S704 - escaped above


def _linked(text: str) -> str:
    return _LINK.sub(r'<a href="\g<0>">\g<0></a>', text)


def _cell(text: str) -> str:
    """Return a text of a page as Markdown on one line, in which a strong beginning stays strong."""
    strong = _BOLD.match(text)
    return f"**{_oneline(strong[1])}**{_oneline_kept(text[strong.end() :])}" if strong else _oneline(text)


def _oneline_kept(text: str) -> str:
    return f"{' ' if text[:1] == ' ' else ''}{_oneline(text)}"


def _oneline(text: str) -> str:
    """Return the text on one line that Markdown shows as it is, except that what stands between backticks is code."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner
        return "\\`".join(_plain(part) for part in parts)
    return "".join(f"`{part.replace('|', BAR)}`" if place % 2 else _plain(part) for place, part in enumerate(parts))


BAR = "\\|"  # in code too, GitHub reads a bare one as the end of a cell


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", _ENTITY.sub("&amp;", text).replace("<", "&lt;"))


def _moment(time: datetime) -> str:
    """Return a time as people write it."""
    return f"{time.day} {time:%B %Y, %H:%M} {time.tzname() or ''}".strip()

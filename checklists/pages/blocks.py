"""What a page is made of, as values that HTML and Markdown show alike. Text may hold code between backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checklists.pictures.svg import Picture

Row = tuple[str, ...]


_COMMAND = re.compile(r"`(\./launch [^`]+)`")


def meant(text: str, flag: str) -> str:
    """Return the text with the stack named in each command: without, it would mean the rehearsal."""
    return _COMMAND.sub(lambda found: found[0] if "--stack" in found[1] else f"`{found[1]}{flag}`", text)


@dataclass(frozen=True)
class Table:
    """Rows below a head of as many cells; `caption` says what they are. Without rows, `empty` stands in its place."""

    caption: str
    head: Row
    rows: tuple[Row, ...]
    empty: str = ""
    kind: str = "table"


@dataclass(frozen=True)
class Steps:
    """What to do, in order."""

    caption: str
    steps: tuple[str, ...]
    kind: str = "steps"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Drawing:
    """A picture."""

    picture: Picture
    kind: str = "drawing"


Block = Table | Steps | Text | Drawing


@dataclass(frozen=True)
class Page:
    """One page: its `lead` says in a sentence what to take from it. `words` are what people look for in it."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    words: tuple[str, ...] = field(default=())
    joins: bool = False
    """Whether it may stand on the same sheet of paper as the page before."""

"""If something breaks: the runbooks in one table, read from their own files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checklists.handover import Handover
from checklists.pages import alerts
from checklists.pages.blocks import Page, Row, Table, meant

OTHERS = ("dead-letters", "billing-differs", "rotate-a-secret", "support")
"""Runbooks that no alert leads to."""
_SENTENCE = re.compile(r"(.+?\.)(?:\s|$)", re.DOTALL)
_COMMAND = re.compile(r"^(\./launch .+)$", re.MULTILINE)
_NUMBER = re.compile(r"^(?:\d+\.|-) ")
_INLINE = re.compile(r"`(\./launch [^`]+)`")
_CURE = re.compile(r"^- \*\*(.+?)\*\*:? ?(.+?)(?=\n- |\n\n|\Z)", re.MULTILINE | re.DOTALL)


def page(handover: Handover) -> Page:
    """Return the page of what to do when something breaks."""
    ids = (*(alert.id for alert in alerts.watched(handover)), *OTHERS)
    rows = tuple(_row(id_, handover.runbooks[id_], handover) for id_ in ids if id_ in handover.runbooks)
    return Page(
        "breaks",
        "Incidents: if something breaks, do this first",
        "For whoever is on call. Each runbook in `docs/runbooks/` has the rest: cause, cure, and whom to call.",
        (
            Table(
                "Runbooks",
                ("if (runbook)", "look here", "then, most often"),
                rows,
                "The runbooks are in `docs/runbooks/`.",
            ),
        ),
        ("runbooks", "incidents"),
    )


def parsed(text: str) -> Mapping[str, str]:
    """Return title, first command and first cure of a runbook (Markdown), each empty where it has none."""
    title = text.partition("\n")[0].removeprefix("# ").strip()
    command = _COMMAND.search(text) or _INLINE.search(text)
    return {"title": title, "command": command[1] if command else "", "then": _then(text)}


def _then(text: str) -> str:
    """Return the first cure: of an alert's runbook what mitigates, of any other what it says first."""
    body = text.partition("## Mitigate")[2].strip() or text.partition("\n")[2].strip()
    cure = _CURE.match(body)
    words = _NUMBER.sub("", " ".join((cure[2] if cure else body.partition("\n\n")[0]).split()))
    first = _SENTENCE.match(words)
    said = first[1] if first else words
    return f"{cure[1]}: {said}" if cure else said


def _row(id_: str, text: str, handover: Handover) -> Row:
    told = parsed(text.replace(" --stack STACK", handover.flag).replace("STACK", handover.stack))
    command = meant(f"`{told['command']}`", handover.flag) if told["command"] else ""
    return (f"{told['title']} (`{id_}.md`)", command, _plain(meant(told["then"], handover.flag)))


def _plain(text: str) -> str:
    """Return the text without Markdown's links, and without what is strong."""
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text).replace("**", "")

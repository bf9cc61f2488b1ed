"""Reads firebase.json in each of its forms: with comments, trailing commas, single objects or lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

STRING_OR_COMMENT = re.compile(r"(\"(?:\\.|[^\"\\])*\")|//[^\n]*|/\*.*?\*/", re.DOTALL)
TRAILING = re.compile(r"(\"(?:\\.|[^\"\\])*\")|,(?=\s*[}\]])", re.DOTALL)


class NotJsonError(Exception):
    """The text is no JSON, not even a lenient one; the words say where."""


@dataclass(frozen=True)
class RulesFile:
    """A file of rules that firebase.json names, and for which service and database."""

    path: str
    service: str
    database: str = "(default)"


def parse(text: str) -> dict[str, Any]:
    """Return a JSON object that may hold comments and trailing commas; raises NotJsonError."""
    plain = STRING_OR_COMMENT.sub(lambda found: found[1] or " ", text.removeprefix("\ufeff"))
    plain = TRAILING.sub(lambda found: found[1] or "", plain)
    try:
        made = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"it cannot be read: {error}") from error
    if not isinstance(made, dict):
        raise NotJsonError("it holds no object")
    return made


def each(value: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of a value that may be one object or a list of them."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def rules_files(config: dict[str, Any]) -> Iterator[RulesFile]:
    """Yield each file of rules that a configuration names."""
    for service in ("firestore", "storage", "database"):
        for one in each(config.get(service)):
            named = one.get("rules")
            if isinstance(named, str):
                label = (
                    one.get("database") or one.get("bucket") or one.get("instance") or one.get("target") or "(default)"
                )
                yield RulesFile(named, service, str(label))


def line_of(text: str, pattern: str) -> int:
    """Return the line where a pattern first stands, 1 when it stands nowhere."""
    found = re.search(pattern, text)
    return text.count("\n", 0, found.start()) + 1 if found else 1

"""What was known before: a file of findings, so that a later run tells only what is new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from triage.model import Found, Report

VERSION = 1


class BaselineError(Exception):
    """A file is no baseline of triage; the words say why."""


@dataclass(frozen=True)
class Baseline:
    """How often each finding was known, by what stays the same when lines move; and the sizes of bundles in bytes."""

    known: Counter[str]
    sizes: dict[str, dict[str, int]]


def read(path: Path) -> Baseline:
    """Return a baseline; raises BaselineError."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["version"] != VERSION:
            raise BaselineError(f"{path} was written by another version; write it again")
        sizes = {
            str(name): {str(part): int(size) for part, size in parts.items()} for name, parts in plain["sizes"].items()
        }
        return Baseline(Counter({str(key): int(count) for key, count in plain["known"].items()}), sizes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BaselineError(f"{path} cannot be read as a baseline: {error}") from error


def text(report: Report, sizes: dict[str, dict[str, int]]) -> str:
    """Return a baseline's text, sorted so that changes of it can be reviewed."""
    known = Counter(found.key for found in report.found)
    return (
        json.dumps(
            {"version": VERSION, "known": dict(sorted(known.items())), "sizes": sizes}, indent=1, ensure_ascii=False
        )
        + "\n"
    )


def new(found: Iterable[Found], known: Counter[str]) -> list[Found]:
    """Return the findings that were not known: more of one kind in one file than before count as new."""
    left = Counter(known)
    fresh = []
    for one in found:
        if left[one.key] > 0:
            left[one.key] -= 1
        else:
            fresh.append(one)
    return fresh

"""Guesses whether the program is what it was when the engine last ran it, by the sizes and times of its files.

A wrong guess costs time and nothing else: whatever is done early because of it counts only when the engine agrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from engine.home import Home

ROOMS = ("blueprint", "firestore", "handlers", "infra", "monitors", "rules")
"""What the program imports and uploads; `pyproject.toml` says who may import whom."""


def state_of(project: Path) -> str:
    """Return what differs as soon as a file of the program was written, added or taken away."""
    seen = sorted(_seen(project))
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def seems_so(home: Home, state: str) -> bool:
    """Tell whether the engine has last run the program in this state."""
    kept = _kept(home)
    return kept.exists() and kept.read_text(encoding="utf-8") == state


def remember(home: Home, state: str) -> None:
    """Keep in which state of the program the stack is what it says."""
    _kept(home).write_text(state, encoding="utf-8")


def _kept(home: Home) -> Path:
    return home.path / "program"


def _seen(project: Path) -> Iterator[str]:
    for folder in (project.glob("*"), *((project / room).rglob("*") for room in ROOMS)):
        for path in folder:
            if path.is_file() and path.suffix != ".pyc":
                facts = path.stat()
                yield f"{path} {facts.st_mtime_ns} {facts.st_size}"

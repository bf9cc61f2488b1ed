"""Remembers what files gave away, keyed by their content, outside of the scanned folder."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from triage.model import FileFacts

BATCH = 500
NOTHING = FileFacts()


def key(path: str, data: bytes, version: str) -> str:
    """Return what a file's facts depend on: its name, its bytes, and the version of the checks."""
    made = hashlib.blake2b(f"{version}\0{path}\0".encode("utf-8", "surrogateescape"), digest_size=16)
    made.update(data)
    return made.hexdigest()


def version_of(*folders: Path) -> str:
    """Return a print of the checks' own source, so that a new version never sees what an old one found."""
    made = hashlib.blake2b(digest_size=8)
    for folder in folders:
        for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.txt"), *folder.rglob("*.toml")]):
            stat = file.stat()
            made.update(f"{file.name}{stat.st_size}{stat.st_mtime_ns}".encode())
    return made.hexdigest()


class Cache:
    """A file of facts; one that cannot be opened, or is no database, remembers nothing and says nothing."""

    def __init__(self, file: Path | None) -> None:
        self._base = _opened(file) if file else None

    def known(self, keys: Iterable[str]) -> dict[str, FileFacts]:
        """Return the facts that are remembered, by key."""
        found: dict[str, FileFacts] = {}
        wanted = list(keys)
        for start in range(0, len(wanted) if self._base else 0, BATCH):
            found |= self._some(wanted[start : start + BATCH])
        return found

    def _some(self, keys: list[str]) -> dict[str, FileFacts]:
        marks = ",".join("?" * len(keys))
        query = f"select key, facts from facts where key in ({marks})"  # noqa: S608 - only marks are put in
        try:
            rows = self._base.execute(query, keys).fetchall() if self._base else []
            return {name: NOTHING if text == "{}" else FileFacts.from_dict(json.loads(text)) for name, text in rows}
        except (sqlite3.Error, ValueError, KeyError, TypeError, IndexError):
            return {}

    def remember(self, facts: Mapping[str, FileFacts]) -> None:
        """Keep new facts."""
        if not self._base:
            return
        rows = [(name, json.dumps(one.to_dict(), ensure_ascii=False)) for name, one in facts.items()]
        try:
            with self._base:
                self._base.executemany("insert or replace into facts values (?, ?)", rows)
        except sqlite3.Error:
            return

    def close(self) -> None:
        """Close the file."""
        if self._base:
            self._base.close()


def _opened(file: Path) -> sqlite3.Connection | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(file, timeout=2)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=off")
        base.execute("create table if not exists facts (key text primary key, facts text not null) without rowid")
    except (sqlite3.Error, OSError):
        return None
    return base

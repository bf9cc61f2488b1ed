"""Remembers what files gave away, keyed by their content, outside of the scanned folder.

Beside it lies, for each scanned folder, in which state each file was last read, so that one which nobody touched is not
read again. A file that changed within SETTLED before it was listed may change once more without another time of
change (git calls such entries racy), so it is read again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from triage.files.walk import Stamp
from triage.model import FileFacts

BATCH = 500
SETTLED = 2_000_000_000  # ns; the coarsest clock of a file system, FAT's, ticks every two seconds
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

    def listing(self, root: Path, version: str) -> dict[str, tuple[Stamp, str]]:
        """Return (state, key) by path of the files that were read when a folder was last scanned."""
        query = "select files from trees where root = ? and version = ?"
        try:
            row = self._base.execute(query, (_named(root), version)).fetchone() if self._base else None
            listed = json.loads(row[0]) if row else {}
            return {path: (tuple(stamp), str(name)) for path, (stamp, name) in listed.items()}
        except (sqlite3.Error, ValueError, TypeError, AttributeError):
            return {}

    def keep_listing(self, root: Path, version: str, files: Mapping[str, tuple[Stamp, str]], began: int) -> None:
        """Keep in which state the files of a folder were read; `began` (ns since 1970) is when they were listed."""
        if not self._base:
            return
        settled = {path: one for path, one in files.items() if max(one[0][1:3]) < began - SETTLED}
        try:
            with self._base:
                text = json.dumps(settled, ensure_ascii=True)
                self._base.execute("insert or replace into trees values (?, ?, ?)", (_named(root), version, text))
        except sqlite3.Error:
            return

    def close(self) -> None:
        """Close the file."""
        if self._base:
            self._base.close()


def _named(root: Path) -> str:
    return str(root).encode("utf-8", "backslashreplace").decode()  # names of folders need not be text


def _opened(file: Path) -> sqlite3.Connection | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(file, timeout=2)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=off")
        base.execute("create table if not exists facts (key text primary key, facts text not null) without rowid")
        base.execute("create table if not exists trees (root text primary key, version text, files text not null)")
    except (sqlite3.Error, OSError):
        return None
    return base

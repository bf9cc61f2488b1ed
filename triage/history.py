"""Secrets that were committed once, from a stream of `git log -p` on a git directory of our own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

from triage.facts import secret_hits
from triage.files.isolated import Isolated
from triage.files.kinds import Kind, kind_of
from triage.model import Hit

LIMIT = 600.0  # seconds
LONGEST = 20_000  # bytes of one line; longer ones are minified or data
FLAGS = (
    "log",
    "--all",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-notes",
    "--no-renames",
    "--diff-filter=AM",
    "-p",
    "-U0",
    "--format=%x00%h %as",
    "--full-index",
    "--diff-algorithm=myers",
    "--no-indent-heuristic",
)
FILE = re.compile(rb"^\+\+\+ (?:\"?b/)(.*?)\"?$")
HUNK = re.compile(rb"^@@ -\S+ \+(\d+)")


def committed(git: Isolated, below: Path, known: set[str]) -> Iterator[tuple[str, Hit]]:
    """Yield (path, hit) for each secret in the history that is not in `known` (prints of what the tree still has).

    A secret is told once, at the newest commit that added it. Raises OSError when git cannot be started.
    """
    told = set(known)
    with _log(git, below) as process:
        timer = Timer(LIMIT, process.kill)
        timer.start()
        try:
            for commit, path, line, block in _blocks(process):
                for hit in secret_hits(path, block, line):
                    if hit.evidence not in told:
                        told.add(hit.evidence)
                        words = f"{hit.subject} was committed in {commit}."
                        yield path, Hit("secret.history", hit.line, hit.subject, words, hit.evidence, hit.sure)
        finally:
            timer.cancel()
            process.kill()


def _log(git: Isolated, below: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        git.command(*FLAGS, "--", "."),
        cwd=below,
        env=dict(git.environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


def _blocks(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, str, int, bytes]]:
    """Yield the added lines of each hunk as (commit, path, first line, text)."""
    commit, path, line = "", "", 1
    added: list[bytes] = []
    for raw in process.stdout or ():
        if raw.startswith(b"+") and not raw.startswith(b"+++ "):
            if path and len(raw) < LONGEST:
                added.append(raw[1:])
            continue
        if added:
            yield commit, path, line, b"".join(added)
            added = []
        commit, path, line = _header(raw, commit, path, line)
    if added:
        yield commit, path, line, b"".join(added)


def _header(raw: bytes, commit: str, path: str, line: int) -> tuple[str, str, int]:
    """Return commit, path and line as they stand after a line of the log that adds nothing."""
    if raw.startswith(b"\0"):
        return raw[1:].decode("ascii", "replace").strip(), "", line
    if raw.startswith(b"+++ "):
        return commit, _path(raw), line
    found = HUNK.match(raw)
    return commit, path, int(found[1]) if found else line


def _path(raw: bytes) -> str:
    found = FILE.match(raw.rstrip(b"\r\n"))
    path = found[1].decode("utf-8", "surrogateescape") if found else ""
    return "" if not path or kind_of(path) in {Kind.OTHER, Kind.ARCHIVE} else path

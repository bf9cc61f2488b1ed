"""What is new since a revision: the same triage of its files, read from git and never checked out by a filter."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from triage import baseline
from triage.files.isolated import Isolated, NoGitError, isolated
from triage.model import Found, Report
from triage.scan import Options, scan

LIMIT = 2_000_000_000  # bytes of a revision's files


class ChangesError(Exception):
    """A revision cannot be read; the words say why."""


def new_since(root: Path, revision: str, report: Report, now: datetime) -> list[Found]:
    """Return the findings that the files of a revision did not have. Raises ChangesError when it cannot be read."""
    if not re.fullmatch(r"[A-Za-z0-9][\w./@^~{}+-]*", revision):
        raise ChangesError(f"{revision!r} is no revision")
    try:
        with isolated(root) as git, TemporaryDirectory(prefix="triage-since-") as made:
            _unpacked(git, revision, root, Path(made))
            before = scan(Path(made), Options(now, history=False, use_git=False)).report
    except NoGitError as error:
        raise ChangesError(str(error)) from error
    return baseline.new(report.found, Counter(found.key for found in before.found))


def _unpacked(git: Isolated, revision: str, root: Path, to: Path) -> None:
    """Write the files of a revision into a folder of ours: regular ones only, no links, no names that lead out."""
    commit = git.run("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", cwd=root).decode().strip()
    below = git.run("rev-parse", "--show-prefix", cwd=root).decode().strip()
    archive = git.run("archive", "--format=tar", f"{commit}:{below}" if below else commit, cwd=git.top, seconds=300)
    total = 0
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            if not member.isreg() or name.is_absolute() or ".." in name.parts:
                continue
            total += member.size
            if total > LIMIT:
                raise ChangesError("its files are larger than 2 GB")
            content = tar.extractfile(member)
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read() if content else b"")

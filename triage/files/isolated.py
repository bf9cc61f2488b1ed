"""A git directory of our own over another repository's objects, so that nothing in its configuration runs.

A repository can name programs in its configuration (`core.fsmonitor`, `diff.external`, `gpg.program`, text conversions,
filters: git-config(1)), and git starts them. Here git reads a fresh directory that only borrows the objects
(gitrepository-layout(5), `objects/info/alternates`), the refs and the index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
MAX_REFS = 20_000


class NoGitError(Exception):
    """There is no repository here that git can read; the words say why."""


@dataclass(frozen=True)
class Isolated:
    """A git directory of ours that shows another repository's content; `top` is that repository's work tree."""

    directory: Path
    top: Path
    index: Path

    def command(self, *words: str) -> list[str]:
        """Return a git command line on this directory."""
        return ["git", f"--git-dir={self.directory}", f"--work-tree={self.top}", "--no-optional-locks", *words]

    def environment(self) -> Mapping[str, str]:
        """Return the environment for git: no one's configuration, no network, no questions."""
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
        return kept | {
            "HOME": str(self.directory),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_INDEX_FILE": str(self.index),
        }

    def run(self, *words: str, cwd: Path, seconds: float = 60) -> bytes:
        """Return what a git command prints; raises NoGitError when it fails."""
        try:
            done = subprocess.run(
                self.command(*words), cwd=cwd, env=self.environment(), capture_output=True, timeout=seconds, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoGitError(f"git {words[0]} failed: {error}") from error
        return done.stdout


@contextmanager
def isolated(path: Path) -> Iterator[Isolated]:
    """Yield a git directory of ours for the repository that a folder lies in; raises NoGitError when there is none."""
    if shutil.which("git") is None:
        raise NoGitError("git is not installed")
    top, source = _repository(path)
    common = _common(source)
    with TemporaryDirectory(prefix="triage-git-") as made:
        directory = Path(made)
        _furnish(directory, source, common)
        yield Isolated(directory, top, source / "index")


def _repository(path: Path) -> tuple[Path, Path]:
    """Return a folder's work tree and its git directory."""
    for top in (path, *path.parents):
        dot = top / ".git"
        if dot.is_dir() and (dot / "objects").is_dir():
            return top, dot
        if dot.is_file():
            return top, _linked(dot)
    raise NoGitError(f"{path} is not in a git repository")


def _linked(dot: Path) -> Path:
    """Return the git directory that a `.git` file of a linked work tree names."""
    try:
        named = re.fullmatch(r"gitdir: (.+)\n?", dot.read_text()[:4096])
    except (OSError, UnicodeDecodeError) as error:
        raise NoGitError(f"{dot} cannot be read: {error}") from error
    found = (dot.parent / named[1]).resolve() if named else None
    if found is None or not found.is_dir():
        raise NoGitError(f"{dot} names no git directory")
    return found


def _common(source: Path) -> Path:
    """Return where the objects and the shared refs of a git directory are."""
    pointer = source / "commondir"
    if not pointer.is_file():
        return source
    return (source / pointer.read_text().strip()).resolve()


def _furnish(directory: Path, source: Path, common: Path) -> None:
    """Write a git directory that borrows the objects of another and repeats its refs."""
    objects = common / "objects"
    if not objects.is_dir() or "\n" in str(objects):
        raise NoGitError(f"{common} has no objects")
    for name in ("objects/info", "refs/heads", "info"):
        (directory / name).mkdir(parents=True)
    width = "sha256" if "sha256" in _text(common / "config") else "sha1"
    extension = "[extensions]\n\tobjectformat = sha256\n" if width == "sha256" else ""
    (directory / "config").write_text(f"[core]\n\trepositoryformatversion = {int(bool(extension))}\n{extension}")
    (directory / "objects/info/alternates").write_text(f"{objects}\n")
    exclude = common / "info" / "exclude"
    (directory / "info/exclude").write_text(_text(exclude))
    (directory / "shallow").write_text(_text(common / "shallow")) if (common / "shallow").is_file() else None
    refs = dict(_refs(common))
    (directory / "packed-refs").write_text("".join(f"{refs[name]} {name}\n" for name in sorted(refs)))
    (directory / "HEAD").write_text(_head(source, refs))


def _refs(common: Path) -> Iterator[tuple[str, str]]:
    """Yield the refs of a repository, packed ones first so that loose ones win."""
    for line in _text(common / "packed-refs").splitlines()[:MAX_REFS]:
        value, _, name = line.partition(" ")
        if HASH.fullmatch(value) and _is_ref(name):
            yield name, value
    for count, (folder, _, names) in enumerate(os.walk(common / "refs")):
        if count > MAX_REFS:
            return
        for name in names:
            value, ref = _text(Path(folder, name)).strip(), Path(folder, name).relative_to(common).as_posix()
            if HASH.fullmatch(value) and _is_ref(ref):
                yield ref, value


def _is_ref(name: str) -> bool:
    return (
        re.fullmatch(r"refs/[\w./@+=-]+", name) is not None
        and ".." not in name
        and not name.endswith((".lock", "/", "."))
    )


def _head(source: Path, refs: Mapping[str, str]) -> str:
    """Return the content of HEAD: a commit, or a ref that there is."""
    text = _text(source / "HEAD").strip()
    if HASH.fullmatch(text):
        return f"{text}\n"
    named = text.removeprefix("ref: ")
    return f"ref: {named}\n" if _is_ref(named) else f"ref: {next(iter(refs), 'refs/heads/main')}\n"


def _text(path: Path) -> str:
    """Return a small file's text, and nothing when it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(8_000_000)
    except OSError:
        return ""

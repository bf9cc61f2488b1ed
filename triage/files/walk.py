"""Which files an app consists of: what git would keep where there is git, else everything but build output."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from triage.files.isolated import NoGitError, isolated

SKIPPED = frozenset(
    re.findall(
        r"\S+",
        """
        .git .hg .svn node_modules .dart_tool build Pods .gradle .idea .venv venv __pycache__ .pub-cache
        .symlinks ephemeral DerivedData .next .nuxt dist .firebase .terraform coverage .pytest_cache .mypy_cache
        .ruff_cache .tox vendor bower_components .cxx xcuserdata .fvm .pub .plugin_symlinks .turbo .cache
        """,
    )
)
COPIED = frozenset(
    {"node_modules", ".git"}
)  # inside of build output: others' code, which Hosting's own defaults leave out
BUILT = ("build/app/outputs", "build/ios/ipa", "build/ios/archive", "build/web")
MAX_FILES = 400_000
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Tree:
    """The files below a folder: relative path → size in bytes; `denied` could not be read, `tracked` is git's list.

    `stamps` tell a file's states apart without reading it: size, times of its content and of its inode in ns, inode.
    """

    root: Path
    files: dict[str, int]
    denied: tuple[str, ...] = ()
    tracked: frozenset[str] | None = None
    truncated: bool = False
    links: int = 0
    built: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)


def walk(root: Path, *, use_git: bool = True) -> Tree:
    """List the files below a folder; symbolic links are counted and never followed, so none can loop or lead out."""
    denied: list[str] = []
    tracked, ignored = _asked(root) if use_git else (None, frozenset[str]())
    files: dict[str, int] = {}
    stamps: dict[str, Stamp] = {}
    links = 0
    for relative, info in _entries(root, "", denied, ignored):
        if stat.S_ISLNK(info.st_mode):
            links += 1
        elif stat.S_ISREG(info.st_mode):
            files[relative] = info.st_size
            stamps[relative] = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
        if len(files) >= MAX_FILES:
            break
    built = _built(root, denied)
    return Tree(root, files, tuple(denied), tracked, len(files) >= MAX_FILES, links, built, stamps)


def _entries(
    root: Path, below: str, denied: list[str], ignored: frozenset[str], *, all_of_it: bool = False
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield each file and link below a folder, in the order of names."""
    waiting = [below]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            denied.append(f"{folder or '.'}: {error.strerror}")
            continue
        if folder and any(entry.name == "pyvenv.cfg" for entry in entries):  # a virtual environment, whatever its name
            continue
        for entry in entries:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                skipped = COPIED if all_of_it else SKIPPED
                if entry.name not in skipped and f"{relative}/" not in ignored:
                    waiting.append(relative)
            elif relative not in ignored or _matters(entry.name):
                yield from _stat(relative, entry, denied)


def _stat(relative: str, entry: os.DirEntry[str], denied: list[str]) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield relative, entry.stat(follow_symlinks=False)
    except OSError as error:
        denied.append(f"{relative}: {error.strerror}")


def _matters(name: str) -> bool:
    """Return whether a file counts although git ignores it: an app can ship it all the same."""
    return name.startswith(".env") or name in {
        "google-services.json",
        "GoogleService-Info.plist",
        "firebase_options.dart",
    }


def _asked(root: Path) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Return what git tracks below a folder and what it ignores, or no list when there is no git."""
    try:
        with isolated(root) as git:
            if not git.index.is_file():
                return None, frozenset()
            tracked = git.run("ls-files", "-z", "--cached", cwd=root)
            others = git.run("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", cwd=root)
    except NoGitError:
        return None, frozenset()
    return _names(tracked), _names(others)


def _names(output: bytes) -> frozenset[str]:
    return frozenset(name.decode("utf-8", "surrogateescape") for name in output.split(b"\0") if name)


def _built(root: Path, denied: list[str]) -> dict[str, int]:
    """Return the build output that can be searched: bundles and the web build."""
    found: dict[str, int] = {}
    for below in BUILT:
        if (root / below).is_dir() and not (root / below).is_symlink():
            entries = _entries(root, below, denied, frozenset(), all_of_it=True)
            found |= {name: info.st_size for name, info in entries if stat.S_ISREG(info.st_mode)}
    return found

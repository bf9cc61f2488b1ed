"""The virtual environments that all clones of a user share: one for each pair of lock files and each interpreter.

A clone's `.venv` is a link to one of them. It is linked only when it is complete, and it is removed, at another set-up,
when no clone that was linked to it is any more. Standard library only, as the set-up is.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

CLONES = "clones"  # folder of an environment: a file for each clone that was linked to it, with the clone's path
UNFINISHED = ".unfinished"  # in a virtual environment that was left half-way


def place(cache: Path, locks: Iterable[Path]) -> Path:
    """Return the folder below `cache` of the environment for these lock files and the interpreter that runs this.

    One that was left half-way is passed over, as a clone may be linked to what was complete in it.
    """
    interpreter = f"{sys.implementation.cache_tag} {sysconfig.get_platform()} {sys.base_prefix}"
    key = hashlib.sha256(b"".join([*(lock.read_bytes() for lock in locks), interpreter.encode()])).hexdigest()[:32]
    folders = (cache / f"{key}.{number}" for number in count())
    return next(folder for folder in folders if not (folder / "venv" / UNFINISHED).exists())


def link(clone: Path, environment: Path) -> None:
    """Make the `.venv` of the project in `clone` a link to the environment's. The caller holds the clone's set-up."""
    known = environment / CLONES
    known.mkdir(exist_ok=True)
    (known / hashlib.sha256(bytes(clone)).hexdigest()[:32]).write_text(str(clone))
    fresh = clone / ".launch" / "venv"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(environment / "venv")
    if (clone / ".venv").is_dir() and not (clone / ".venv").is_symlink():
        shutil.rmtree(clone / ".venv")
    fresh.replace(clone / ".venv")


def remove_unused(cache: Path) -> None:
    """Remove the environments that no clone is linked to. The caller holds the lock of all set-ups."""
    for environment in cache.iterdir():
        if environment.is_dir() and not any(_linked(environment)):
            shutil.rmtree(environment, ignore_errors=True)


def _linked(environment: Path) -> Iterator[Path]:
    for file in environment.glob(f"{CLONES}/*"):
        clone = Path(file.read_text())
        if (clone / ".venv").resolve() == (environment / "venv").resolve():
            yield clone

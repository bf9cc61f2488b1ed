"""Key material that processes share: made by whichever comes first, never half written, for its owner's eyes only."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def once(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of `path`; when there is none, write what `make` returns, with mode 0600.

    Processes that start at the same moment wait for one another, so all of them get the same bytes.
    """
    if path.exists():
        return path.read_bytes()
    with locked(path.parent):
        if not path.exists():
            replace(path, make())
    return path.read_bytes()


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write `content` to `path` in one step: a reader sees the old bytes or the new ones."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, across processes and threads; it is created with mode 0700 when missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

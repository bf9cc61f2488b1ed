"""Servers as forks of a process that has loaded what they need; each says on which port it listens.

A fork ends with the process that forked it, and is told the environment of the run as soon as that is known.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import IO, NoReturn

Serve = Callable[[Event], object]
"""Prints the port as its first line, then serves. The event is set when `os.environ` is that of the run."""


@dataclass(frozen=True)
class Fork:
    """A server of our own making. Ask for its port when there is no other to be forked: that starts a thread."""

    _said: IO[bytes]
    _told: IO[bytes]

    def port(self) -> int:
        """Return the port that it listens on, 0 when it has not started. What it says later goes to standard error."""
        line = self._said.readline().strip()
        Thread(target=shutil.copyfileobj, args=(self._said, sys.stderr.buffer), daemon=True).start()
        return int(line) if line.isdigit() else 0

    def tell(self, environ: Mapping[str, str]) -> None:
        """Give it the environment of the run."""
        with suppress(OSError):  # it did not start
            self._told.write(json.dumps(dict(environ)).encode() + b"\n")
            self._told.flush()


def forked(serve: Serve) -> Fork:
    """Start a server in a fork. Call it before there is a second thread."""
    ours, theirs = os.pipe(), os.pipe()  # by the first it says its port and all else; the second ends when we do
    if not os.fork():
        os.close(theirs[1])
        os.close(ours[0])
        _run(serve, said=ours[1], told=theirs[0])
    os.close(ours[1])
    os.close(theirs[0])
    return Fork(os.fdopen(ours[0], "rb"), os.fdopen(theirs[1], "wb"))


def _run(serve: Serve, said: int, told: int) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(said, 1)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), write_through=True)  # as `python -u`
    is_told = Event()
    Thread(target=_follow, args=(told, is_told), daemon=True).start()
    try:
        serve(is_told)
    except Exception:  # noqa: BLE001 - told in the log of whoever forked us, who goes the usual way
        traceback.print_exc()
    finally:
        os._exit(1)


def _follow(told: int, is_told: Event) -> None:
    """Take over the environment when it comes, and end with whoever forked us."""
    with os.fdopen(told, "rb") as pipe:
        if line := pipe.readline():
            os.environ.clear()
            os.environ.update(json.loads(line))
            is_told.set()
            pipe.read()
    os._exit(0)

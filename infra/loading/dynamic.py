"""The server of dynamic resources (`python -m pulumi.dynamic`) as a fork of a process that has Pulumi loaded.

The engine starts one by itself, which takes half a second of processor time to load what the program's host holds
already. A provider of a dynamic resource may rely on a process of its own, with `__main__` being Pulumi's (see
infra/image.py), and gets one. Whoever forks attaches it to the engine by PULUMI_DEBUG_PROVIDERS, and tells it the
environment of the run as soon as that is known; until then it does not let the engine in.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import IO

MODULE = "pulumi.dynamic"


@dataclass(frozen=True)
class Server:
    """The fork: the port that it listens on, 0 when it did not start. It ends with us."""

    port: int
    _environs: IO[bytes]

    def tell(self, environ: Mapping[str, str]) -> None:
        """Give it the environment of the run."""
        with suppress(OSError):  # it did not start
            self._environs.write(json.dumps(dict(environ)).encode() + b"\n")
            self._environs.flush()


def forked() -> Server:
    """Start the server in a fork. Call it before there is a second thread.

    What its providers print goes to our standard error.
    """
    ours, theirs = os.pipe(), os.pipe()  # by the first it says its port and all else; the second ends when we do
    if not os.fork():
        os.close(theirs[1])
        os.close(ours[0])
        _serve(said=ours[1], told=theirs[0])
    os.close(ours[1])
    os.close(theirs[0])
    pipe = os.fdopen(ours[0], "rb")
    line = pipe.readline().strip()
    Thread(target=shutil.copyfileobj, args=(pipe, sys.stderr.buffer), daemon=True).start()
    return Server(int(line) if line.isdigit() else 0, os.fdopen(theirs[1], "wb"))


def _serve(said: int, told: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(said, 1)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), write_through=True)  # as `python -u`
    is_told = Event()
    Thread(target=_follow, args=(told, is_told), daemon=True).start()
    sys.argv = [MODULE]
    _allow_attaching(is_told)
    try:
        runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
    finally:
        os._exit(1)


def _allow_attaching(is_told: Event) -> None:
    """Answer the engine's Attach, by which it tells its address: Pulumi's server is never attached, and lacks it."""
    from google.protobuf.empty_pb2 import Empty
    from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

    def attach(*_: object) -> Empty:
        is_told.wait()
        return Empty()

    ResourceProviderServicer.Attach = attach  # type: ignore[method-assign, assignment]


def _follow(told: int, is_told: Event) -> None:
    """Take over the environment when it comes, and end with whoever forked us."""
    with os.fdopen(told, "rb") as pipe:
        if line := pipe.readline():
            os.environ.clear()
            os.environ.update(json.loads(line))
            is_told.set()
            pipe.read()
    os._exit(0)

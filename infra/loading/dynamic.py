"""The server of dynamic resources (`python -m pulumi.dynamic`) as a fork of a process that has Pulumi loaded.

The engine starts one by itself, which takes half a second of processor time to load what the program's host holds
already. A provider of a dynamic resource may rely on a process of its own, with `__main__` being Pulumi's (see
infra/image.py), and gets one. Whoever forks attaches it to the engine by PULUMI_DEBUG_PROVIDERS.
"""

from __future__ import annotations

import io
import os
import runpy
import shutil
import sys
from threading import Thread

MODULE = "pulumi.dynamic"


def fork() -> int:
    """Start the server in a fork and return its port; it ends with us. Call it before there is a second thread.

    What its providers print goes to our standard error. Returns 0 when the server did not start.
    """
    ours, theirs = os.pipe(), os.pipe()  # by the first it says its port and all else; the second ends when we do
    if not os.fork():
        os.close(theirs[1])
        os.close(ours[0])
        _serve(said=ours[1], ended=theirs[0])
    os.close(ours[1])
    os.close(theirs[0])
    pipe = os.fdopen(ours[0], "rb")
    line = pipe.readline().strip()
    Thread(target=shutil.copyfileobj, args=(pipe, sys.stderr.buffer), daemon=True).start()
    return int(line) if line.isdigit() else 0


def _serve(said: int, ended: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(said, 1)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), write_through=True)  # as `python -u`
    Thread(target=_end_with, args=(ended,), daemon=True).start()
    sys.argv = [MODULE]
    _allow_attaching()
    try:
        runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
    finally:
        os._exit(1)


def _allow_attaching() -> None:
    """Answer the engine's Attach, by which it tells its address: Pulumi's server is never attached, and lacks it."""
    from google.protobuf.empty_pb2 import Empty
    from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

    ResourceProviderServicer.Attach = lambda *_: Empty()  # type: ignore[method-assign]


def _end_with(ended: int) -> None:
    os.read(ended, 1)
    os._exit(0)

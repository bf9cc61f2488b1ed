"""The server of dynamic resources (`python -m pulumi.dynamic`), for a fork of a process that has Pulumi loaded.

The engine starts one by itself, which takes half a second of processor time to load what the program's host holds
already. A provider of a dynamic resource may rely on a process of its own, with `__main__` being Pulumi's (see
infra/image.py), and gets one. Whoever forks attaches it to the engine by PULUMI_DEBUG_PROVIDERS.
"""

from __future__ import annotations

import runpy
import sys
from threading import Event

MODULE = "pulumi.dynamic"


def serve(is_told: Event) -> None:
    """Serve, and let the engine in when `is_told` says that the environment is that of the run."""
    sys.argv = [MODULE]
    _allow_attaching(is_told)
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


def _allow_attaching(is_told: Event) -> None:
    """Answer the engine's Attach, by which it tells its address: Pulumi's server is never attached, and lacks it."""
    from google.protobuf.empty_pb2 import Empty
    from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

    def attach(*_: object) -> Empty:
        is_told.wait()
        return Empty()

    ResourceProviderServicer.Attach = attach  # type: ignore[method-assign, assignment]

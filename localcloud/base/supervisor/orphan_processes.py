"""Processes of a stack that nobody supervises any more: what a killed engine or server left behind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import psutil

from localcloud.base.supervisor.home import Home
from localcloud.base.supervisor.processes import MARK

# The engine's helpers, also of a plain `pulumi` run by the user, which carries no mark of ours.
HELPERS = ("pulumi-language-", "pulumi-resource-", "pulumi-analyzer-", "pulumi.dynamic", "pulumi.policy")
INSTANCE = "uvicorn"  # in the command of a Cloud Run instance, whose environment is only what the resource names


def strays(home: Home, supervised: Iterable[psutil.Process] = ()) -> list[psutil.Process]:
    """Return the processes of this stack that descend from no supervised process and from no living engine."""
    kept = {process.pid for process in supervised}
    return [process for process in _processes(home) if not _has_keeper(process, kept)]


def _processes(home: Home) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and _belongs(process, home):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # gone, or another user's
            continue


def _belongs(process: psutil.Process, home: Home) -> bool:
    environ = process.environ()
    if environ.get(MARK) == str(home.path):
        return True
    command = process.cmdline()
    if environ.get("PULUMI_BACKEND_URL") == home.backend:
        return any(helper in word for helper in HELPERS for word in command)
    return INSTANCE in command and process.cwd().startswith(f"{home.path}/images/")


def _has_keeper(process: psutil.Process, kept: set[int]) -> bool:
    if process.pid in kept:
        return True
    try:
        ancestors = process.parents()
        return any(ancestor.pid in kept or ancestor.name() == "pulumi" for ancestor in ancestors)
    except psutil.NoSuchProcess:
        return False

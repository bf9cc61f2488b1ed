"""Starts the host of the program (infra/loading/host.py) beside the command and the engine: all load at the same time.

A command that will run the program says so at its start (`begin`), before it has loaded what it needs itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import IO, Any

import psutil

from engine.home import Home
from engine.locate import Engine
from infra.loading import policies
from localcloud.base.supervisor import processes

PROGRAM = "infra.program"  # what __main__.py imports
POLICIES = "infra.policy.pack"  # what serves the rules on resources
SCRIPT = "pulumi-language-python-exec"  # lies beside the engine and runs a program in Python


@dataclass(frozen=True)
class Way:
    """How the engine reaches its program: by `options` and `environ` of its own, and which policy pack it starts."""

    options: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    policies: str = "infra/policy"


ATTACHED = "PULUMI_DEBUG_PROVIDERS"  # the engine's variable: provider:port, separated by commas
STACK = "PULUMI_STACK"  # what the engine tells policies, by which they know a rehearsal
DYNAMIC = "pulumi-python"  # what the engine calls the provider of dynamic resources

USUAL = Way()  # the engine starts the program itself


_begun: list[subprocess.Popen[str]] = []  # started by `begin`, at most one, and not yet used


def begin(home: Home, environ: Mapping[str, str], log: IO[str] | int) -> None:
    """Have a host load the program from now on; `environ` is what it loads by, not yet what it runs with."""
    _begun.append(_loading(home, environ, log))


def waiting() -> list[psutil.Process]:
    """Return the host that was begun and is not yet used: it carries the stack's mark, and nobody may end it."""
    return [psutil.Process(process.pid) for process in _begun if process.poll() is None]


@contextmanager
def started(home: Home, engine: Engine, environ: Mapping[str, str], log: IO[str]) -> Iterator[Way]:
    """Yield the way by the host that was begun, or else by a new one; the usual way when none would start.

    It lives until the end of the block, and ends when we are killed before that.
    """
    with _begun.pop() if _begun else _loading(home, environ, log) as process:
        try:
            ports = ports_of(process, {"script": str(engine.folder / SCRIPT), "environ": dict(environ)})
            if not ports:
                process.wait()
            yield _way(ports, environ)
        finally:
            process.kill()


def _loading(home: Home, environ: Mapping[str, str], log: IO[str] | int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.loading.host", PROGRAM, POLICIES],
        cwd=home.project,
        env={**environ, processes.MARK: str(home.path), STACK: home.stack},
        stdin=subprocess.PIPE,  # when it closes, the host ends
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,  # as the engine: Ctrl-C reaches only us
    )


def ports_of(process: subprocess.Popen[str], order: Mapping[str, Any]) -> list[str]:
    """Give a host its order, and return the ports of its own, of dynamic resources and of policies."""
    if process.stdin:
        try:
            process.stdin.write(f"{json.dumps(order)}\n")
            process.stdin.flush()
        except OSError:  # it has ended
            with suppress(OSError):  # what it did not take, to close the pipe tries to write again
                process.stdin.close()
    return process.stdout.readline().split() if process.stdout else []


def _way(ports: Sequence[str], environ: Mapping[str, str]) -> Way:
    if len(ports) != 3:
        return USUAL
    program, dynamic, judge = ports
    # Whose program the engine did not start, it does not tell dynamic resources which Python to take.
    more = {"PULUMI_PYTHON_CMD": sys.executable}
    if dynamic != "0":
        more[ATTACHED] = ",".join(filter(None, (environ.get(ATTACHED), f"{DYNAMIC}:{dynamic}")))
    way = Way((f"--client=127.0.0.1:{program}",), more)
    if judge == "0" or not os.access(policies.PLUGIN, os.X_OK):
        return way
    return replace(
        way,
        environ={**more, **policies.environ_for(judge, environ.get("PATH", ""))},
        policies=str(policies.FOLDER),
    )

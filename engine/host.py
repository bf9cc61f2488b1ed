"""Starts the host of the program (infra/loading/host.py) beside the engine, so that both load at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from engine.home import Home
from engine.locate import Engine

PROGRAM = "infra.program"  # what __main__.py imports
SCRIPT = "pulumi-language-python-exec"  # lies beside the engine and runs a program in Python


@dataclass(frozen=True)
class Way:
    """How the engine reaches its program: by `options` and `environ` of its own."""

    options: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


USUAL = Way()  # the engine starts the program itself


@contextmanager
def started(home: Home, engine: Engine, environ: Mapping[str, str], log: IO[str]) -> Iterator[Way]:
    """Yield the way by a host that was started for it, or the usual one when none would start.

    It lives until the end of the block, and ends when we are killed before that.
    """
    command: list[str | Path] = [sys.executable, "-m", "infra.loading.host", engine.folder / SCRIPT, PROGRAM]
    with subprocess.Popen(
        command,
        cwd=home.project,
        env=dict(environ),
        stdin=subprocess.PIPE,  # when it closes, the host ends
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,  # as the engine: Ctrl-C reaches only us
    ) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port:
                process.wait()
            yield _by(port) if port else USUAL
        finally:
            process.kill()


def _by(port: str) -> Way:
    # Whose program the engine did not start, it does not tell dynamic resources which Python to take.
    return Way((f"--client=127.0.0.1:{port}",), {"PULUMI_PYTHON_CMD": sys.executable})

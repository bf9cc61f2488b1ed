"""Schemas from a process of its own, which has whole SDKs loaded (100 MB each) and ends when no more are asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from types import TracebackType
from typing import Any, Self

from localcloud.providers import introspect, schema
from localcloud.providers.schema import Schema

IDLE = 5.0  # seconds without a question after which the process ends


class Introspection:
    """Asks a process for schemas, starting it when there is none; ends it after the block. Safe for many threads."""

    def __init__(self, idle: float = IDLE) -> None:
        self._idle = idle
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._rest: Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._end()

    def __call__(self, token: str) -> Schema:
        """Return the schema of a resource type or of a provider's settings; raises LookupError when there is none."""
        with self._lock:
            try:
                answer = self._ask(token)
            except (OSError, ValueError):  # it ended: what keeps it from working is raised here
                self._kill()
                return introspect.schema(token)
            self._end_later()
        if "missing" in answer:
            raise LookupError(answer["missing"])
        return schema.from_json(answer)

    def _ask(self, token: str) -> Any:
        process = self._process = self._process or _started()
        if not process.stdin or not process.stdout:
            raise ValueError("the process was started without pipes")
        process.stdin.write(f"{token}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def _end_later(self) -> None:
        if self._rest:
            self._rest.cancel()
        self._rest = Timer(self._idle, self._end)
        self._rest.daemon = True
        self._rest.start()

    def _end(self) -> None:
        with self._lock:
            if self._rest:
                self._rest.cancel()
            self._kill()

    def _kill(self) -> None:
        if self._process:
            self._process.kill()
            with suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None


def _started() -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(each).absolute()) for each in sys.path)}
    command = [sys.executable, "-P", "-m", introspect.__name__]
    return subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True)

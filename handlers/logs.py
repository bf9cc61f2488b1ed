"""One JSON line a step on stdout, as Cloud Logging reads it: identifiers and outcomes, never personal text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO

_present: ContextVar[Log | None] = ContextVar("log", default=None)
_encoder = json.JSONEncoder(default=str)  # made once: making one costs as much as a line
FOREIGN = "foreign_event"  # the outcome that the log metric `foreign-events` counts
FINAL_FAILURE = "final_failure"  # the outcome that the log metric `final-failures` counts


@dataclass(frozen=True)
class Log:
    """Writes lines that all carry `fields` (service, correlation_id, …). `stream` is stdout unless given."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    stream: TextIO | None = None

    def bind(self, **fields: Any) -> Log:
        """Return a log whose lines carry these fields too."""
        return Log({**self.fields, **fields}, self.stream)

    def info(self, message: str, **fields: Any) -> None:
        """Write a step that went as it should."""
        self._write("INFO", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Write a step that did not work and is tried again, or that a sender got wrong."""
        self._write("WARNING", message, fields)

    def alarm(self, message: str, **fields: Any) -> None:
        """Write a step that a person has to look at."""
        self._write("ERROR", message, fields)

    def _write(self, severity: str, message: str, fields: Mapping[str, Any]) -> None:
        line = _encoder.encode({"severity": severity, "message": message, **self.fields, **fields})
        stream = self.stream or sys.stdout
        stream.write(line + "\n")
        stream.flush()


@contextmanager
def during(log: Log) -> Iterator[None]:
    """Have what is called inside the block, however deep, write to this log; see `called`."""
    token = _present.set(log)
    try:
        yield
    finally:
        _present.reset(token)


def called(provider: str, method: str, outcome: str, seconds: float) -> None:
    """Write that a provider was called, its HTTP status or how the call failed, and how long it took.

    The line carries the event's or effect's correlation id; outside of any, as in the commands, nothing is written.
    """
    log = _present.get()
    if log:
        log.info("called", provider=provider, method=method, status=outcome, milliseconds=round(seconds * 1000))


def noticed(message: str, **fields: Any) -> None:
    """Write a warning under the present request's or work's ids; outside of any, nothing is written."""
    log = _present.get()
    if log:
        log.warning(message, **fields)

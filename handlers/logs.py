"""One JSON line a step on stdout, as Cloud Logging reads it: identifiers and outcomes, never personal text."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

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
        line = json.dumps({"severity": severity, "message": message, **self.fields, **fields}, default=str)
        stream = self.stream or sys.stdout
        stream.write(line + "\n")
        stream.flush()

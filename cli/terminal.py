"""How a command talks: progress to stderr, results to stdout; live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.status import Status as Spinner
from rich.text import Text

from engine.errors import LaunchError


@dataclass
class Terminal:
    """One command's output. `json` says that results are JSON lines."""

    json: bool = False
    progress: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))
    results: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    _spinner: Spinner | None = None
    _title: str = ""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that `title` is being worked on, and how long it took."""
        began = time.monotonic()
        self._title = title
        if self.progress.is_terminal:
            with self.progress.status(Text(title)) as self._spinner:
                yield
            self._spinner = None
        else:
            self.note(f"→ {title}")
            yield
        self.note(f"✓ {title} ({time.monotonic() - began:.1f} s)", style="green")

    def tell(self, sentence: str) -> None:
        """Say what is going on inside the present step; on a terminal the next sentence takes its place."""
        if self._spinner:
            self._spinner.update(Text(f"{self._title}: {sentence.strip()}"))
        else:
            self.note(f"  {sentence}")

    def note(self, line: str, style: str = "") -> None:
        """Write a line of progress that stays."""
        self.progress.print(Text(line, style=style))

    def result(self, line: str, style: str = "", **values: Any) -> None:
        """Write one result: `values` as a JSON line with --json, else `line`."""
        if self.json:
            self.raw(json.dumps(values, ensure_ascii=False))
        else:
            self.results.print(Text(line, style=style))

    def raw(self, line: str) -> None:
        """Write a line to stdout as it is."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def error(self, error: LaunchError) -> None:
        """Write what went wrong, why, and what to do."""
        self.note(f"✗ {error.what}", style="bold red")
        for part in (error.why, error.cure):
            if part:
                self.note(part)


def object_line(values: Mapping[str, Any]) -> str:
    """Return values as one JSON line."""
    return json.dumps(values, ensure_ascii=False)

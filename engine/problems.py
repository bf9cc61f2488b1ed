"""Turns the engine's diagnostics into what a founder needs: which resource, what happened, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.events import Diagnostic, title

# What the engine wraps around a provider's own words.
WRAPPING = re.compile(
    r"^(?:error: )?(?:rpc error: code = \w+ desc = )?(?:sdk-v\d+/\S+ )?|^(?:\d+ errors? occurred:\s*\*\s*)",
    re.MULTILINE,
)
# Said beside the true cause, and without news of its own.
ECHOES = re.compile(r"^(?:update|preview|refresh|destroy) failed$|^resource registration failed$|^BAIL: ")
QUALIFIED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Failure): ")


@dataclass(frozen=True)
class Problem:
    """One failure. `resource` is empty when it is about the program as a whole."""

    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.message}" if self.resource else self.message


def problems(diagnostics: Iterable[Diagnostic]) -> tuple[Problem, ...]:
    """Return each error once, in the order in which they were said, without wrapping and tracebacks."""
    found: dict[Problem, None] = {}
    for diagnostic in diagnostics:
        message = plain(diagnostic.message)
        if diagnostic.severity == "error" and message and not ECHOES.match(message):
            found[Problem(title(diagnostic.urn) if diagnostic.urn else "", message)] = None
    return tuple(found)


def plain(message: str) -> str:
    """Return what a person said in `message`: a traceback becomes its last exception's words."""
    lines = message.strip().splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    if starts:
        ends = [index for index, line in enumerate(lines) if index > starts[-1] and line and not line[0].isspace()]
        lines = lines[ends[0] :] if ends else lines
        lines[0] = QUALIFIED.sub("", lines[0])
    return WRAPPING.sub("", "\n".join(lines)).strip()

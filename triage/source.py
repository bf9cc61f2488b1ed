"""The seam for what only accounts can answer: a source of recorded or live answers, the same for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Source(Protocol):
    """Answers questions to a vendor's API; a recorded one reads a folder, a live one asks and can record."""

    def ask(self, service: str, question: str, parameters: Mapping[str, str]) -> Any:
        """Return the answer as plain JSON values. Raises LookupError when it cannot be had, with the reason."""
        ...

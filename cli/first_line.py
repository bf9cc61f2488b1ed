"""The first line of a command that works for a while: it comes before the libraries, which take a second to load."""

from __future__ import annotations

import sys
from collections.abc import Sequence

WORK_A_WHILE = frozenset({"up", "preview", "destroy", "verify", "accept", "prove"})


def tell(arguments: Sequence[str]) -> None:
    """Write the line of a command line to stderr, where progress goes; nothing for a command that answers at once."""
    if line := first_line(arguments):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def first_line(arguments: Sequence[str]) -> str:
    """Return the line, empty when the command answers at once or only explains itself."""
    named = next((word for word in arguments if not word.startswith("-")), "")
    return f"→ Loading {named}" if named in WORK_A_WHILE and "--help" not in arguments else ""

"""What somebody may have meant, for the end of a refusal, and lists in sentences."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

SHOWN = 60  # characters of a wrong text that are repeated


def closest(text: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the known words that look like the text, the likeliest first."""
    return difflib.get_close_matches(text, sorted(known), n=3)


def did_you_mean(*meant: str) -> str:
    """Return `. Did you mean A, B or C?`, and nothing without a guess."""
    return f". Did you mean {joined(meant, 'or')}?" if meant else ""


def joined(names: Sequence[str], word: str = "and") -> str:
    """Return names as a sentence lists them: `A`, `A and B`, `A, B and C`; nothing for none."""
    *others, last = names or [""]
    return f"{', '.join(others)} {word} {last}" if others else last


def shown(text: str) -> str:
    """Return the text in quotes, or `this text` when it is too long or cannot be printed."""
    return f'"{text}"' if len(text) <= SHOWN and text.isprintable() else "this text"

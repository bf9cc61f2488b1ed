"""Cuts a text into tokens, for the readers of this package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


class LanguageError(ValueError):
    """A text is not valid in its language; the message says why, and what is expected instead."""


@dataclass(frozen=True)
class Token:
    """A piece of a text: its kind, the piece itself, and where it begins."""

    kind: str
    text: str
    at: int


END = "end"


class Tokens:
    """The tokens of a text, looked at one after the other."""

    def __init__(self, text: str, kinds: Iterable[tuple[str, str]]) -> None:
        """Cut `text` by `kinds`, pairs of a kind and its regular expression; the kind `skip` is left out."""
        pattern = re.compile("|".join(f"(?P<{kind}>{regex})" for kind, regex in kinds))
        self._tokens: list[Token] = []
        at = 0
        while at < len(text):
            found = pattern.match(text, at)
            if found is None or not found.group():
                raise LanguageError(_unreadable(text, at))
            if found.lastgroup != "skip":
                self._tokens.append(Token(str(found.lastgroup), found.group(), at))
            at = found.end()
        self._tokens.append(Token(END, "", len(text)))
        self._next = 0

    @property
    def next(self) -> Token:
        """The token that comes next; its kind is END after the last."""
        return self._tokens[self._next]

    def ahead(self, count: int) -> Token:
        """Return the token that comes `count` after the next one."""
        return self._tokens[min(self._next + count, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and go on behind it."""
        token = self.next
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def accept(self, *texts: str) -> Token | None:
        """Take the next token when it is one of these texts, in lower case."""
        return self.take() if self.next.kind not in ("string", END) and self.next.text.lower() in texts else None

    def expect(self, text: str, why: str) -> Token:
        """Take the next token, which must be this text; raises LanguageError."""
        found = self.accept(text)
        if found is None:
            raise LanguageError(f"{shown(self.next)} stands where {text!r} belongs, {why}")
        return found


def shown(token: Token) -> str:
    """Return a token for a sentence: what it is, and where."""
    return "the end" if token.kind == END else f"{token.text!r} at character {token.at + 1}"


def _unreadable(text: str, at: int) -> str:
    if text[at] in "\"'`":
        return f"the text that begins at character {at + 1} has no closing {text[at]}"
    return f"{text[at]!r} at character {at + 1} belongs to nothing"

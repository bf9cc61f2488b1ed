"""Conditions in CEL as far as a rule has to read them: what they are joined of, and whether a part decides anything.

Source: github.com/google/cel-spec, doc/langdef.md: `||` binds weaker than `&&`, `?:` weaker than both, `//` comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TEXT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_TOKEN = re.compile(rf"\s+|//[^\n]*|({_TEXT})|(\|\||&&|[()\[\]{{}}?:,])|([^\s|&()\[\]{{}}?:,\"']+|.)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]")
_CONSTANTS = frozenset({"true", "false", "null", "in"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")

Tokens = list[str]


def tokens(text: str) -> Tokens:
    """Return the tokens of a condition, without blanks and comments; texts keep their quotes."""
    return [token for found in _TOKEN.finditer(text) if (token := found[1] or found[2] or found[3])]


def holds_only_where(text: str, part: Callable[[str], bool]) -> bool:
    """Tell whether the condition cannot hold unless a part does that `part` knows; parts come without blanks."""
    return _needs(tokens(text), part)


def is_constant(text: str) -> bool:
    """Tell whether the condition, or one side of an `||` in it, asks nothing: `… || true`, `1 == 1`."""
    return bool(text.strip()) and _asks_nothing(tokens(text))


def _needs(found: Tokens, part: Callable[[str], bool]) -> bool:
    found = _bare(found)
    if len(_split(found, "?")) > 1:
        return False  # which side counts is not looked into
    either = _split(found, "||")
    if len(either) > 1:
        return all(_needs(side, part) for side in either)
    both = _split(found, "&&")
    if len(both) > 1:
        return any(_needs(side, part) for side in both)
    return part("".join(found))


def _asks_nothing(found: Tokens) -> bool:
    found = _bare(found)
    either = _split(found, "||")
    if len(either) > 1:
        return any(_asks_nothing(side) for side in either)
    both = _split(found, "&&")
    if len(both) > 1:
        return all(_asks_nothing(side) for side in both)
    names = (token for token in found if _NAME.match(token) and token not in _CONSTANTS)
    return next(names, None) is None


def _bare(found: Tokens) -> Tokens:
    """Return the tokens without parentheses around the whole of them."""
    while len(found) > 1 and found[0] == "(" and _closes(found) == len(found) - 1:
        found = found[1:-1]
    return found


def _closes(found: Tokens) -> int:
    """Return where the first token's parenthesis closes, -1 when it does not."""
    depth = 0
    for at, token in enumerate(found):
        depth += (token in _OPENING) - (token in _CLOSING)
        if depth == 0:
            return at
    return -1


def _split(found: Tokens, operator: str) -> list[Tokens]:
    """Return the sides of an operator outside of all parentheses."""
    depth, sides = 0, [Tokens()]
    for token in found:
        depth += (token in _OPENING) - (token in _CLOSING)
        if token == operator and depth == 0:
            sides.append(Tokens())
        else:
            sides[-1].append(token)
    return sides

"""Conditions in CEL as far as a rule has to read them: what they are joined of, and whether a part decides anything.

Source: github.com/google/cel-spec, doc/langdef.md: `||` binds weaker than `&&`, `?:` weaker than both, `//` comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_TEXT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_TOKEN = re.compile(
    rf"\s+|//[^\n]*|({_TEXT})|(\|\||&&|[=!<>]=|[()\[\]{{}}?:,!<>])|([^\s|&()\[\]{{}}?:,\"'=!<>]+|.)", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z_]")
_CONSTANTS = frozenset({"true", "false", "null", "in"})
_COMPARING = ("==", "!=", "<=", ">=", "<", ">")
_EMPTY = r"(?:\"\"|'')"
_ALWAYS = re.compile(
    rf"[\w.\[\]]+\.(?:(?:startsWith|endsWith|contains|matches)\({_EMPTY}\)|matches\(([\"'])\^?\.[*+]\$?\1\))"
    rf"|resource\.(?:name|type|service)!={_EMPTY}"
    r"|resource\.name\.startsWith\(([\"'])projects/?\2\)|(?:size\([\w.]+\)|[\w.]+\.size\(\))>=0"
)
"""What every text fulfils, and what every resource has."""
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
    chosen = _split(found, "?")
    if len(chosen) > 1:
        told = [_asks_nothing(side) for side in _split(chosen[-1], ":")]
        return all(told) or (_asks_nothing(chosen[0]) and any(told))
    either = _split(found, "||")
    if len(either) > 1:
        return any(_asks_nothing(side) for side in either) or _leaves_nothing_out(either)
    both = _split(found, "&&")
    if len(both) > 1:
        return all(_asks_nothing(side) for side in both)
    if found[:1] == ["!"]:
        return _asks_nothing(found[1:])
    return _compares_with_itself(found) or bool(_ALWAYS.fullmatch("".join(found))) or not _names(found)


def _leaves_nothing_out(sides: Sequence[Tokens]) -> bool:
    """Tell whether a side is what another one denies: `x || !x`, `x == y || x != y`."""
    bare = [_bare(side) for side in sides]
    denied = [_bare(side[1:]) for side in bare if side[:1] == ["!"]]
    equal, unequal = (
        {frozenset(map(tuple, _split(side, sign))) for side in bare if sign in side} for sign in ("==", "!=")
    )
    return any(side in bare for side in denied) or not equal.isdisjoint(unequal)


def _compares_with_itself(found: Tokens) -> bool:
    split = (_split(found, operator) for operator in _COMPARING)
    return any(len(sides) == 2 and _bare(sides[0]) == _bare(sides[1]) for sides in split)


def _names(found: Tokens) -> list[str]:
    """Return what a condition asks of: names, but neither functions of constants nor the prefixes of texts."""
    after = [*found[1:], ""]
    return [
        token
        for token, following in zip(found, after, strict=True)
        if _NAME.match(token)
        and token not in _CONSTANTS
        and not (following == "(" and "." not in token)
        and following[:1] not in ("'", '"')
    ]


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

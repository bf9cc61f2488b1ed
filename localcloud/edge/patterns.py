"""Wildcard patterns, and regular expressions as Rust's `regex` crate takes them."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from localcloud.edge.syntax import ExpressionError

REFERENCE = re.compile(r"\$\$|\$\{(\d+)\}")
BEYOND_RUST = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:[=!]|<[=!])|\\[1-9]|\(\?P=)")


@lru_cache(maxsize=1024)
def wildcard(pattern: str, strict: bool) -> re.Pattern[str]:
    """Return the regular expression of a wildcard pattern, without regard to case unless `strict`.

    Each `*` is a group that matches as little as it can. Raises ExpressionError for `**` and for a lone backslash.
    """
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    if any(one == another == "*" for one, another in pairwise(pieces)):
        raise ExpressionError(f"the wildcard pattern {pattern!r} has two * in a row")
    if any(piece.startswith("\\") and piece not in {"\\*", "\\\\"} for piece in pieces):
        raise ExpressionError(f"in the wildcard pattern {pattern!r} a backslash may stand only before * or another one")
    text = "".join("(.*?)" if piece == "*" else re.escape(piece[-1]) for piece in pieces)
    return re.compile(text, re.DOTALL | (re.NOFLAG if strict else re.IGNORECASE))


@lru_cache(maxsize=1024)
def regular(pattern: str) -> re.Pattern[str]:
    """Return the compiled regular expression; raises ExpressionError for one that Rust's engine would refuse."""
    beyond = BEYOND_RUST.search(pattern)
    if beyond:
        raise ExpressionError(
            f"{beyond[1]} in {pattern!r}: Rust's regular expressions have no look-around or references"
        )
    try:
        return re.compile(pattern.encode().decode("latin-1"), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ExpressionError(f"{pattern!r} is not a regular expression: {error}") from error


def expand(replacement: str, found: re.Match[str]) -> str:
    """Return the replacement with `${1}` and so on filled in, `$$` being a dollar; an unknown group is empty."""
    groups = ("", *(group or "" for group in found.groups()))

    def fill(reference: re.Match[str]) -> str:
        number = int(reference[1] or 0)
        return "$" if reference[0] == "$$" else groups[number] if number < len(groups) else ""

    return REFERENCE.sub(fill, replacement)

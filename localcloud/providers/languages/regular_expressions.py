"""Regular expressions as Google's services and Prometheus take them: RE2."""

from __future__ import annotations

import re2

_QUIET = re2.Options()
_QUIET.log_errors = False  # they would go to the error stream too


def problem(pattern: str) -> str | None:
    """Return why a pattern does not compile, None when it does."""
    try:
        re2.compile(pattern, options=_QUIET)
    except re2.error as error:
        return str(error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0])
    return None


def groups(pattern: str) -> int | None:
    """Return how many parts a pattern captures, None when it does not compile."""
    try:
        return int(re2.compile(pattern, options=_QUIET).groups)
    except re2.error:
        return None


def takes_nothing(pattern: str) -> bool:
    """Tell whether a pattern that compiles matches the empty text as a whole."""
    return re2.compile(pattern, options=_QUIET).fullmatch("") is not None

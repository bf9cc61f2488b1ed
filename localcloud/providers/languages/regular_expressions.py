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

"""One automaton for many patterns: bytes are read once, whatever the number of patterns (RE2 is linear in them)."""

from __future__ import annotations

import re2

MEMORY = 64 << 20  # bytes for the states of one automaton; RE2 starts over when they are used up


def quick(*patterns: bytes) -> re2.Pattern[bytes]:
    """Return an automaton that matches where one of some patterns does; raises re2.error for what RE2 cannot say."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.max_mem = MEMORY
    return re2.compile(b"|".join(patterns), options)

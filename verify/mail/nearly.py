"""Tells texts that were meant to be a mail record and are none: receivers discard them without a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_POLICY = r"(?:.*;)?\s*p\s*=\s*(?:none|quarantine|reject)\b"
_KINDS = {
    "DMARC": re.compile(rf"\W*(?:v\W*)?dmarc\W?\d|{_POLICY}", re.IGNORECASE | re.DOTALL),
    "SPF": re.compile(r"\W*(?:v\W*)?spf\W?1", re.IGNORECASE),
    "MTA-STS": re.compile(r"\W*(?:v\W*)?sts\W?v?\d", re.IGNORECASE),
    "TLS-RPT": re.compile(r"\W*(?:v\W*)?tls\W?rpt", re.IGNORECASE),
    "BIMI": re.compile(r"\W*(?:v\W*)?bimi", re.IGNORECASE),
}
LONGEST = 512  # characters that are looked at: a record says at its beginning what it is


def nearly(kind: str, texts: Iterable[str], is_one: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the texts that look like a record of a kind, such as DMARC, and that `is_one` does not take for one."""
    return tuple(text for text in texts if not is_one(text) and _KINDS[kind].match(text[:LONGEST]))


def told(texts: Iterable[str], beginning: str) -> str:
    """Return a sentence about almost-records, which have to begin exactly so; empty when there are none."""
    shown = " and ".join(repr(text) for text in texts)
    return f"; {shown} is discarded, for a record begins with {beginning}, in just this writing" if shown else ""

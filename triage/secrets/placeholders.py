"""Tells what only looks like a secret: placeholders, references, repeated letters, words of a language, public keys."""

from __future__ import annotations

import math
import re
from collections import Counter

FAKE = re.compile(
    r"your|example|placeholder|change[-_]?me|dummy|sample|xxxx|\*\*\*|\.\.\.|…|redacted|insert|replace|todo|fixme|<"
    r"|>|\$\{|\{\{|%\(|"
    r"my[-_]?(secret|key|token|pass|api)|(secret|api|token|key)[-_]?(here|goes)|fake|foobar|deadbeef|notareal"
    r"|not[-_]?real|test[-_]?(key|secret|token|pass)|passwor[dt]_?1?2?3|^(demo|dummy)|"
    r"0123456789|1234567890|12345678|abcdefgh|abcd1234|qwerty|aaaa|0000000|1111111|undefined|localhost|_here"
    r"|process\.env|os\.environ|getenv",
    re.IGNORECASE,
)
PUBLIC = re.compile(
    r"^(pk_(live|test)_|AIza|rzp_(live|test)_|appl_|goog_|amzn_|ca-app-pub-|phc_|pk\.ey|sb_publishable_|G-|UA-|GTM-"
    r"|https?://|[0-9]+-[a-z0-9]+\.apps\.)"
)
REFERENCE = re.compile(
    r"^[A-Za-z_$][\w$]*([.?!]+[A-Za-z_$][\w$]*)+(\(|\[|$)|^[A-Za-z_$][\w$]*[(\[]|^\$|^@|^[%{]|^(true|false|null|none"
    r"|final|required|this)\b"
)


def entropy(text: str) -> float:
    """Return a text's Shannon entropy in bits a character."""
    counts, whole = Counter(text), len(text)
    return -sum(count / whole * math.log2(count / whole) for count in counts.values()) if text else 0.0


def is_fake(value: str) -> bool:
    """Return whether a value of a secret's shape is a placeholder."""
    return FAKE.search(value) is not None or _repeats(value)


def _repeats(value: str) -> bool:
    """Return whether one character fills most of a value, or a run of it is long."""
    tail = value[-24:]
    return re.search(r"(.)\1{4,}", value) is not None or max(Counter(tail).values()) > len(tail) / 2


def is_public(value: str) -> bool:
    """Return whether a value is a key that is meant to be public, or an address."""
    return PUBLIC.match(value) is not None


def looks_random(value: str) -> bool:
    """Return whether an unquoted, unknown value has the mixture of a generated one rather than of words or of code."""
    if REFERENCE.match(value) or is_public(value) or is_fake(value) or not re.fullmatch(r"[\w+/=.~!#$%^&*:@-]+", value):
        return False
    digits, letters = sum(c.isdigit() for c in value), sum(c.isalpha() for c in value)
    if digits < 3 or letters < 3 or re.fullmatch(r"[a-z]+([-_./][a-z0-9]+)*|[A-Z0-9]+(_[A-Z0-9]+)+", value):
        return False
    return entropy(value) >= (3.2 if re.fullmatch(r"[0-9a-f-]+", value) else 3.6)

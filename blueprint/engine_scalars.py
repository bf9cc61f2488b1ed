"""What a value without quotes in Pulumi.<stack>.yaml is for the engine, which reads the file with yaml.v3 3.0.1. Pure.

That reads YAML 1.2 with remains of YAML 1.1 (`resolve` in github.com/go-yaml/yaml, v3.0.1, resolve.go), and the engine
hands the program what it read as JSON. PyYAML reads YAML 1.1: `no` is false there, and `1e3` and `2026-1-2` are texts.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

STR = "tag:yaml.org,2002:str"
INT = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
TIMESTAMP = "tag:yaml.org,2002:timestamp"

BOOLS = {word: value for value in (True, False) for word in (str(value).lower(), str(value), str(value).upper())}
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
NO_NUMBERS = frozenset({f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")}) | {
    ".nan",
    ".NaN",
    ".NAN",
}
"""Infinity and NaN, which JSON lacks: with one of them in it, the engine refuses the whole file."""
_WORDS = {
    **dict.fromkeys(BOOLS, "tag:yaml.org,2002:bool"),
    **dict.fromkeys(NULLS, "tag:yaml.org,2002:null"),
    **dict.fromkeys(NO_NUMBERS, FLOAT),
    "<<": "tag:yaml.org,2002:merge",
}
_BASED = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_POINT_FIRST = re.compile(rf"\.{_DIGITS}(?:[eE][-+]?{_DIGITS})?")  # Go's own form, where _ stands between digits alone
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?"
_DATES = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})[Tt]{_CLOCK}(?:Z|[-+][0-9]{{2}}:[0-9]{{2}})"),
    re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}) {_CLOCK}"),
)
_INTEGERS = range(-(2**63), 2**64)  # what Go reads as a whole number; larger ones become floating-point numbers
_LONGEST = 400  # digits; a decimal number of more is beyond what floating point holds, and so a text
_WRITTEN_OUT = 1e21  # from here on Go's JSON writes a number with an exponent, which Python reads as a float


def tag(text: str) -> str:
    """Return the YAML tag of a plain scalar, such as `tag:yaml.org,2002:int`."""
    if text in _WORDS:
        return _WORDS[text]
    if _is_date(text):
        return TIMESTAMP
    value = _number(text)
    return STR if value is None else INT if isinstance(value, int) else FLOAT


def number(text: str) -> int | float | None:
    """Return the number that the program gets for a plain scalar, None for what is none: `15.0` comes as 15."""
    value = _number(text)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _WRITTEN_OUT else value


def _number(text: str) -> int | float | None:
    if text.startswith("."):
        return _finite(text) if _POINT_FIRST.fullmatch(text) else None
    plain = text.replace("_", "") if text[:1] in "+-0123456789" else ""
    whole = _whole(plain)
    if whole is not None and whole in _INTEGERS:
        return whole
    return _finite(plain) if _FLOAT.fullmatch(plain) else None


def _whole(plain: str) -> int | None:
    if len(plain.lstrip("+-0")) > _LONGEST:
        return None
    if _BASED.fullmatch(plain):
        return int(plain, 0)
    if _OCTAL.fullmatch(plain):
        return int(plain, 8)
    return int(plain) if _DECIMAL.fullmatch(plain) else None


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _is_date(text: str) -> bool:
    found = next((match for each in _DATES if (match := each.fullmatch(text))), None)
    if found is None:
        return False
    year, month, day, *clock = (int(each) for each in found.groups())
    hour, minute, second = clock or (0, 0, 0)
    try:
        datetime(year or 4, month, day, hour, minute, second, tzinfo=UTC)  # Go's year 0 is a leap year too
    except ValueError:
        return False
    return True

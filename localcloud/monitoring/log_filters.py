"""Cloud Logging's query language, evaluated on one entry: comparisons of fields joined by AND, OR and NOT.

https://cloud.google.com/logging/docs/view/logging-query-language. A field that an entry lacks fits no comparison, also
not `!=`; only NOT turns that round. Functions and searches of the whole entry are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

Entry: TypeAlias = Mapping[str, Any]
"""An entry in the JSON form of the API: `resource`, `severity`, `jsonPayload`, …"""
Fits: TypeAlias = Callable[[Entry], bool]
TOKEN = re.compile(
    r"""\s+|--[^\n]*|(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>!=|>=|<=|=~|!~|[=<>:()])|(?P<word>[^\s"=!<>:~()]+)|(?P<bad>.)"""
)
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


class FilterError(ValueError):
    """A filter that is none, or that uses a part of the language which the rehearsal does not evaluate."""


@lru_cache(maxsize=512)
def compiled(text: str) -> Fits:
    """Return what tells whether an entry fits; raises FilterError. An empty filter fits every entry."""
    parser = _Parser(text)
    return parser.whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        found = ((str(each.lastgroup), each.group()) for each in TOKEN.finditer(text) if each.lastgroup)
        self._tokens = list(found)

    def whole(self) -> Fits:
        if not self._tokens:
            return lambda _entry: True
        found = self._either()
        if self._tokens:
            raise self._refused(f"{self._tokens[0][1]!r} is not understood")
        return found

    def _either(self) -> Fits:
        parts = [self._all()]
        while self._accept("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda entry: any(part(entry) for part in parts)

    def _all(self) -> Fits:
        parts = [self._term()]
        while self._accept("AND") or (self._tokens and self._tokens[0][1] not in (")", "OR")):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda entry: all(part(entry) for part in parts)

    def _term(self) -> Fits:
        if self._accept("NOT"):
            inner = self._term()
            return lambda entry: not inner(entry)
        if self._accept("("):
            found = self._either()
            if not self._accept(")"):
                raise self._refused("a bracket is not closed")
            return found
        return self._comparison()

    def _comparison(self) -> Fits:
        _, field = self._take("word")
        _, operator = self._take("sign")
        kind, value = self._take("text", "word")
        return _compared(field, operator, _unquoted(value) if kind == "text" else value, self._refused)

    def _accept(self, word: str) -> bool:
        if self._tokens and self._tokens[0][1] == word:
            self._tokens.pop(0)
            return True
        return False

    def _take(self, *kinds: str) -> tuple[str, str]:
        if not self._tokens or self._tokens[0][0] not in kinds:
            seen = self._tokens[0][1] if self._tokens else "the end"
            raise self._refused(f"{seen!r} stands where a comparison such as severity>=ERROR needs a {kinds[0]}")
        return self._tokens.pop(0)

    def _refused(self, why: str) -> FilterError:
        return FilterError(f"{why} in the filter {self._text}")


def _compared(field: str, operator: str, value: str, refused: Callable[[str], FilterError]) -> Fits:
    test = _test(field, operator, value)
    if test is None:
        raise refused(f"{operator!r} cannot compare")

    def fits(entry: Entry) -> bool:
        held = _held(entry, field)
        return held is not None and test(held)

    return fits


def _test(field: str, operator: str, value: str) -> Callable[[Any], bool] | None:
    if operator in ("=~", "!~"):
        pattern = re.compile(value)
        return lambda held: (pattern.search(str(held)) is not None) is (operator == "=~")
    if operator in ("=", "!="):
        return lambda held: (_text(held) == value) is (operator == "=")
    if operator == ":":
        return lambda held: value == "*" or value.casefold() in _text(held).casefold()
    return _order(field, ORDERED[operator], value) if operator in ORDERED else None


def _order(field: str, compare: Callable[[Any, Any], bool], value: str) -> Callable[[Any], bool]:
    if field == "severity":
        return lambda held: compare(SEVERITIES.index(str(held)), SEVERITIES.index(value))
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        bound = float(value)
        return lambda held: isinstance(held, (int, float)) and not isinstance(held, bool) and compare(held, bound)
    return lambda held: compare(_text(held), value)


def _held(entry: Entry, field: str) -> Any:
    held: Any = entry
    for part in field.split("."):
        held = held.get(part) if isinstance(held, Mapping) else None
    return held


def _text(held: Any) -> str:
    return str(held).lower() if isinstance(held, bool) else str(held)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])

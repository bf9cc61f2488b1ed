"""Regular expressions: RE2, which the language names as its syntax and which cannot be made to run for ever."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from rules.errors import EvaluationError

_QUIET = re2.Options()
_QUIET.log_errors = False


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any | None:
    """The compiled pattern, or None where RE2 does not accept it."""
    try:
        return re2.compile(pattern, options=_QUIET)
    except re2.error:
        return None


def _pattern(text: str) -> Any:
    pattern = compiled(text)
    if pattern is None:
        raise EvaluationError(f"'{text}' is not a regular expression that RE2 accepts.")
    return pattern


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text matches."""
    return _pattern(pattern).fullmatch(text) is not None


def _found(text: str, pattern: str) -> Iterator[Any]:
    last = -1
    for match in _pattern(pattern).finditer(text):
        if match.end() > match.start() or match.start() != last:
            yield match
        last = match.end()


def split(text: str, pattern: str) -> list[str]:
    """The parts between matches. Empty parts at the end are dropped, but one part always stays."""
    parts, at = [], 0
    for match in _found(text, pattern):
        parts.append(text[at : match.start()])
        at = match.end()
    parts.append(text[at:])
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def replace(text: str, pattern: str, replacement: str) -> str:
    """Every match replaced; `$1` and `${name}` stand for groups, `\\` takes the next character as it is."""
    out, at = [], 0
    for match in _found(text, pattern):
        out += [text[at : match.start()], _expanded(replacement, match)]
        at = match.end()
    return "".join([*out, text[at:]])


def _expanded(replacement: str, match: Any) -> str:
    out, at = "", 0
    while at < len(replacement):
        char = replacement[at]
        if char == "\\":
            out += replacement[at + 1 : at + 2] or _invalid(replacement)
            at += 2
        elif char == "$":
            group, at = _group(replacement, at + 1, match)
            out += group
        else:
            out, at = out + char, at + 1
    return out


def _group(replacement: str, at: int, match: Any) -> tuple[str, int]:
    if replacement[at : at + 1] == "{":
        end = replacement.find("}", at)
        name = replacement[at + 1 : end]
        if end < 0 or name not in match.re.groupindex:
            _invalid(replacement)
        return match.group(name) or "", end + 1
    if not replacement[at : at + 1].isdecimal():
        _invalid(replacement)
    end = at + 1
    while replacement[end : end + 1].isdecimal() and int(replacement[at : end + 1]) <= match.re.groups:
        end += 1
    if int(replacement[at:end]) > match.re.groups:
        _invalid(replacement)
    return match.group(int(replacement[at:end])) or "", end


def _invalid(replacement: str) -> str:
    raise EvaluationError(f"'{replacement}' is not a valid replacement: it names a group that the pattern has not.")

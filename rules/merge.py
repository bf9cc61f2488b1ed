"""Adds what one rules file allows to another, without touching a line of it. Pure.

Rules allow what any statement allows, so a second `match` block for the same documents is enough: it has a scope of its
own, and no function's name meets another's.
"""

from __future__ import annotations

from rules.compiler import compile_rules
from rules.ruleset import SERVICE

OPENING = f"service {SERVICE} {{"


class NoServiceError(ValueError):
    """A rules file says nothing of Firestore, so there is nothing to merge into, or to merge."""


def merged(theirs: str, ours: str) -> str:
    """Return `theirs` with the body of `ours`' Firestore service at the end of their own.

    Raises RulesError when either, or the result, does not compile, and NoServiceError.
    """
    compile_rules(theirs), compile_rules(ours)
    body = _body(ours)
    if body.strip() in theirs:
        return theirs
    end = _end(theirs, _start(theirs))
    text = f"{theirs[:end].rstrip()}\n\n{body.rstrip()}\n{theirs[end:]}"
    compile_rules(text)
    return text


def _body(text: str) -> str:
    start = _start(text)
    return text[start : _end(text, start)].strip("\n")


def _start(text: str) -> int:
    """Return where the body of the Firestore service begins."""
    ruleset = compile_rules(text)
    service = next((one for one in ruleset.file.services if one.name == SERVICE), None)
    if service is None:
        raise NoServiceError(f"The file has no `service {SERVICE}`.")
    return text.index("{", service.start) + 1


def _end(text: str, start: int) -> int:
    """Return where the brace stands that closes what was opened before `start`; comments and texts are skipped."""
    depth, at = 1, start
    while at < len(text):
        skipped = _skipped(text, at)
        if skipped > at:
            at = skipped
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise NoServiceError("The service does not end.")


def _skipped(text: str, at: int) -> int:
    """Return where the comment or text that begins at `at` ends, or `at` when none begins there."""
    if text.startswith("//", at):
        return len(text) if (end := text.find("\n", at)) < 0 else end
    if text.startswith("/*", at):
        return text.index("*/", at) + 2
    if text[at] not in "'\"":
        return at
    end = at + 1
    while text[end] != text[at]:
        end += 2 if text[end] == "\\" else 1
    return end + 1

"""Cache headers of Firebase Hosting that pin an old build of the web app."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import re2

from triage.model import Hit
from triage.project.firebase_json import each, line_of

# what a Flutter web build overwrites under the same name at each release
ENTRY_POINTS = (
    "/index.html",
    "/",
    "/flutter_service_worker.js",
    "/flutter_bootstrap.js",
    "/main.dart.js",
    "/flutter.js",
    "/version.json",
)
HOUR = 3600
LONGEST_GLOB = 1_000  # characters; lists that are excluded cost the square of it


def hosting_hits(config: dict[str, Any], text: str) -> Iterator[Hit]:
    """Yield the headers of a firebase.json that let browsers keep a build's entry points for more than an hour."""
    for site in each(config.get("hosting")):
        kept: dict[str, tuple[str, int]] = {}
        for rule in each(site.get("headers")):
            source, is_regex = _source(rule)
            for header in each(rule.get("headers")):
                if str(header.get("key", "")).lower() == "cache-control":
                    seconds = _seconds(str(header.get("value", "")))
                    for point in ENTRY_POINTS:
                        if _found(source, point) if is_regex else _matches(source, point):
                            kept[point] = (source, seconds)
        pinned = {point: (source, seconds) for point, (source, seconds) in kept.items() if seconds > HOUR}
        if pinned and _is_flutter(site, text):
            names = ", ".join(sorted(pinned))
            source, seconds = next(iter(pinned.values()))
            yield Hit(
                "hosting.stale",
                line_of(text, re.escape(json.dumps(source, ensure_ascii=False)[1:-1])),
                names,
                f"Browsers keep {names} for {_in_words(seconds)}.",
                f"source {source}",
            )


def _source(rule: dict[str, Any]) -> tuple[str, bool]:
    """Return which paths a rule is for, and whether that is a regular expression and no glob."""
    glob = rule.get("source") or rule.get("glob")
    return str(glob or rule.get("regex") or ""), not glob


def _found(pattern: str, path: str) -> bool:
    """Return whether a regular expression of Hosting, which is one of RE2's, takes a path."""
    try:
        return re2.search(pattern, path) is not None
    except re2.error:
        return False


def _is_flutter(site: dict[str, Any], text: str) -> bool:
    public = str(site.get("public", ""))
    return (
        "build/web" in public
        or "main.dart.js" in text
        or "flutter" in text
        or "web" in public
        or public in {"public", "build", "dist", "."}
        or "source" not in site
    )


def _seconds(value: str) -> int:
    """Return for how long a browser keeps what has this header, in seconds (RFC 9111 section 5.2.2)."""
    lower = value.lower()
    if "no-store" in lower or "no-cache" in lower:
        return 0
    found = re.search(r"(?<![a-z-])max-age\s*=\s*\"?(\d+)", lower)
    return int(found[1]) if found else (365 * 24 * HOUR if "immutable" in lower else 0)


def _matches(source: str, path: str) -> bool:
    """Return whether a glob of Hosting takes the path of a request, as superstatic 10.0.0 does.

    The path counts and not the file, so `index.html` and `**/*` do not take `/` (findings/superstatic_header_globs.sh).
    `!(…)` without a slash is a list, as in production (firebase/firebase-tools#1665). One that is too long takes none.
    """
    if len(source) > LONGEST_GLOB:
        return False
    is_negated = source.startswith("!") and not source.startswith("!(")
    pattern = source.removeprefix("!") if is_negated else source
    try:
        return (re.fullmatch(_translated(pattern.lstrip("/")), path.lstrip("/")) is not None) is not is_negated
    except re.error:
        return False


def _translated(pattern: str) -> str:
    """Return the regular expression of a glob, or of the rest of one of its segments."""
    made, at = "", 0
    while at < len(pattern):
        part, at = _next_part(pattern, at)
        made += part
    return made


def _next_part(pattern: str, at: int) -> tuple[str, int]:
    begins = at == 0 or pattern[at - 1] == "/"
    listed = re.match(r"([@?*+!])\(([^()]*)\)", pattern[at:])
    if listed:
        return _list(listed[1], listed[2], pattern[at + listed.end() :].split("/")[0]), at + listed.end()
    if begins and pattern.startswith("**/", at):
        return "(?:.*/)?", at + 3
    if begins and pattern[at:] == "**":
        return ".*", at + 2
    if pattern[at] == "{" and "}" in pattern[at:]:
        end = pattern.index("}", at)
        return f"(?:{_words(pattern[at + 1 : end].split(','))})", end + 1
    if pattern[at] == "*":  # a segment has a character at least
        return ("(?=[^/])[^/]*" if begins else "[^/]*"), at + 1
    return ("[^/]" if pattern[at] == "?" else re.escape(pattern[at])), at + 1


def _list(kind: str, words: str, rest: str) -> str:
    """Return the regular expression of an extglob list such as `@(js|css)`; `rest` follows it in its segment."""
    inner = _words(words.split("|"))
    if kind == "!":
        behind = _translated(re.sub(r"!\([^()]*\)", "*", rest))  # else each list would double what follows it
        return f"(?!(?:{inner}){behind}(?:/|$))(?=[^/])[^/]*"
    return f"(?:{inner})" + {"@": "", "?": "?", "*": "*", "+": "+"}[kind]


def _words(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\*", "[^/]*") for word in words)


def _in_words(seconds: int) -> str:
    days = seconds // (24 * HOUR)
    return f"{days} days" if days > 1 else f"{seconds // HOUR} hours"

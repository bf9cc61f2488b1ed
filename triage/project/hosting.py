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
    """Return whether a glob of Hosting (extglob lists included) takes a path; `/` is served by index.html."""
    name = path.lstrip("/")
    pattern = source.lstrip("/")
    made, at = "", 0
    while at < len(pattern):
        made, at = _translated(pattern, at, made)
    try:
        return re.fullmatch(made, name) is not None
    except re.error:
        return False


def _translated(pattern: str, at: int, made: str) -> tuple[str, int]:
    listed = re.match(r"([@?*+])\(([^()]*)\)", pattern[at:])
    if listed:
        suffix = {"@": "", "?": "?", "*": "*", "+": "+"}[listed[1]]
        inner = "|".join(re.escape(word).replace(r"\*", "[^/]*") for word in listed[2].split("|"))
        return f"{made}(?:{inner}){suffix}", at + listed.end()
    if pattern.startswith("**/", at):
        return f"{made}(?:.*/)?", at + 3
    if pattern.startswith("**", at):
        return f"{made}.*", at + 2
    if pattern[at] == "{" and "}" in pattern[at:]:
        end = pattern.index("}", at)
        inner = "|".join(re.escape(word) for word in pattern[at + 1 : end].split(","))
        return f"{made}(?:{inner})", end + 1
    if pattern[at] in "*?":
        return made + ("[^/]*" if pattern[at] == "*" else "[^/]"), at + 1
    return made + re.escape(pattern[at]), at + 1


def _in_words(seconds: int) -> str:
    days = seconds // (24 * HOUR)
    return f"{days} days" if days > 1 else f"{seconds // HOUR} hours"

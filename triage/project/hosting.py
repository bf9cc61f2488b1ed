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
_EXCLUDED = re.compile(r"!\(([^()]*)\)")
_CUT = re.compile(r"!\(([^()]*)\)|\*")
_LIST = re.compile(r"([@?*+])\(([^()]*)\)")


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
        return _takes(pattern.lstrip("/"), path.lstrip("/")) is not is_negated
    except re2.error:
        return False


def _takes(pattern: str, path: str) -> bool:
    """Return whether a glob takes a path, in time that grows with both: no way through a part is tried twice.

    RE2 has no lookahead, so a glob is cut at what needs to look ahead: a list such as `!(js|css)`, and a star that
    begins a segment. `starts` are the places in the path to which all before the cut may lead.
    """
    starts, at = {0}, 0
    while starts:
        before, cut = _until_cut(pattern, at)
        if cut is None:
            return any(re2.fullmatch(before, path[start:]) for start in starts)
        at = cut.end()
        begins = {end for start in starts for end in _ends(before, path, start) if _has_more(path, end)}
        if cut[1] is not None:
            begins -= _excluded(cut[1], pattern[at:].split("/")[0], path, begins)
        starts = {end for begin in begins for end in range(begin, _segment_end(path, begin) + 1)}
    return False


def _until_cut(pattern: str, at: int) -> tuple[str, re.Match[str] | None]:
    """Return the regular expression of a glob from `at` up to its first cut, and the cut, None for the rest of it."""
    made = ""
    while at < len(pattern):
        cut = _CUT.match(pattern, at)
        if cut and (cut[1] is not None or _is_first_star(pattern, at)):
            return made, cut
        part, at = _next_part(pattern, at)
        made += part
    return made, None


def _is_first_star(pattern: str, at: int) -> bool:
    """Return whether at `at` a star begins a segment, which then has a character at least."""
    is_star = pattern.startswith("*", at) and not _LIST.match(pattern, at)
    return is_star and _begins(pattern, at) and not pattern.startswith("**/", at) and pattern[at:] != "**"


def _begins(pattern: str, at: int) -> bool:
    return at == 0 or pattern[at - 1] == "/"


def _excluded(words: str, rest: str, path: str, begins: set[int]) -> set[int]:
    """Return those of `begins` where a list `!(words)` takes nothing; `rest` follows it in its segment."""
    rest = _EXCLUDED.sub("*", rest)  # else each list would double what follows it
    needs_more = _is_first_star(rest, 0)
    behind = re2.compile(f"{_translated(rest)}(?:/|$)")
    whole = {at for at in range(len(path) + 1) if behind.match(path[at:]) and (_has_more(path, at) or not needs_more)}
    inner = _any_of(words.split("|"))
    return {begin for begin in begins if whole.intersection(_ends(inner, path, begin))}


def _ends(regex: str, path: str, start: int) -> Iterator[int]:
    """Yield each place up to which a regular expression takes what begins at `start`."""
    if not regex:
        yield start
        return
    compiled = re2.compile(regex)
    for end in range(start, len(path) + 1):
        if compiled.fullmatch(path[start:end]):
            yield end


def _has_more(path: str, at: int) -> bool:
    return _segment_end(path, at) > at


def _segment_end(path: str, at: int) -> int:
    slash = path.find("/", at)
    return len(path) if slash < 0 else slash


def _translated(pattern: str) -> str:
    """Return the regular expression of a glob without cuts, or of the rest of one of its segments."""
    made, at = "", 0
    while at < len(pattern):
        part, at = _next_part(pattern, at)
        made += part
    return made


def _next_part(pattern: str, at: int) -> tuple[str, int]:
    listed = _LIST.match(pattern, at)
    if listed:  # such as @(js|css)
        return _any_of(listed[2].split("|")) + listed[1].replace("@", ""), listed.end()
    if _begins(pattern, at) and pattern.startswith("**/", at):
        return "(?:.*/)?", at + 3
    if _begins(pattern, at) and pattern[at:] == "**":
        return ".*", at + 2
    if pattern[at] == "{" and "}" in pattern[at:]:
        end = pattern.index("}", at)
        return _any_of(pattern[at + 1 : end].split(",")), end + 1
    return {"*": "[^/]*", "?": "[^/]"}.get(pattern[at], re2.escape(pattern[at])), at + 1


def _any_of(words: list[str]) -> str:
    """Return the regular expression of one of these words, in which a star stands for anything within a segment."""
    return f"(?:{'|'.join('[^/]*'.join(re2.escape(part) for part in word.split('*')) for word in words)})"


def _in_words(seconds: int) -> str:
    days = seconds // (24 * HOUR)
    return f"{days} days" if days > 1 else f"{seconds // HOUR} hours"

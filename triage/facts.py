"""What one file gives away by itself: a pure function of path and bytes, so that it can be cached and run anywhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import re2

from blueprint import sunsets
from triage import exemptions
from triage.files.kinds import Kind, Part, is_generated, kind_of, part_of
from triage.files.read import PARSED, is_binary
from triage.model import FileFacts, Hit, Sure
from triage.quick import quick
from triage.secrets import search as secrets
from triage.secrets.search import Secret

NEVER_SECRET = re.compile(
    r"(?i)(^|/)(pubspec\.lock|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Podfile\.lock|gradle\.lockfile"
    r"|poetry\.lock|go\.sum|Cargo\.lock|\.metadata|project\.pbxproj|contents\.xcworkspacedata|.*\.(example|sample"
    r"|template|dist)|\.env\.(example|sample|template|dist|defaults?)\w*)$"
)
SHIPPED = re.compile(
    r"(^|/)(lib/.*\.dart|android/app/src/(main|release)/.*\.(xml|kt|java|properties)|ios/Runner/.*\.(plist|swift|m"
    r"|h)|web/[^/]*\.(html|js))$"
)
PROSE = re.compile(r"(?i)\.(md|mdx|rst|txt|adoc|html?)$|(^|/)(README|CHANGELOG|LICENSE)[^/]*$")
BRACKETS = re.compile(rb"[()\[\]{}]")
LONG, DEEPEST = 50_000, 300  # bytes, brackets: no person writes that, and the time to judge it grows with the product
CODE_COMMENT = re.compile(rb"^\s*(//|\*|/\*|#|<!--)")


def analyse(path: str, data: bytes) -> FileFacts:
    """Return what a file gives away, its secrets and exemptions included."""
    kind, part = kind_of(path), part_of(path)
    if kind in {Kind.OTHER, Kind.ARCHIVE} or is_binary(data[:8000]):
        return FileFacts()
    facts = FileFacts()
    if part is not Part.ASIDE and len(data) <= PARSED and not is_generated(data[:600]):
        facts = _parsed(path, kind, part, data)
    found = [*facts.hits, *secret_hits(path, data), *_sunset_hits(path, data, part)]
    return replace(facts, hits=tuple(found), exempt=exemptions.written(data))


def _parsed(path: str, kind: Kind, part: Part, data: bytes) -> FileFacts:
    if len(data) > LONG and nesting(data) > DEEPEST:
        return FileFacts(broken=True)
    if kind is Kind.DART and part is Part.CLIENT:
        from triage.flutter.file import dart_facts  # a grammar and its checks load only for a file that is new

        return dart_facts(path, data)
    if kind in {Kind.SCRIPT, Kind.PYTHON} and not re.search(
        r"(^|/)(web|public|ios|android|macos|windows|linux|assets|www)/[^/]*\.js$", path
    ):
        from triage.functions.file import server_facts

        return server_facts(path, data)
    return FileFacts()


def nesting(data: bytes) -> int:
    """Return how deep the brackets of some source go, strings and comments counted as code."""
    deepest = depth = 0
    for bracket in BRACKETS.findall(data):
        depth = depth + 1 if bracket in b"([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def secret_hits(path: str, data: bytes, first_line: int = 1) -> list[Hit]:
    """Return the secrets in a file, named after where they are; examples, lock files and comments are left out."""
    if part_of(path) is Part.ASIDE or NEVER_SECRET.search(path):
        return []
    assigned = not PROSE.search(path) and not path.endswith((".plist", ".pbxproj", ".xcconfig", ".lock"))
    return [
        _secret_hit(path, secret, first_line + data.count(b"\n", 0, secret.start))
        for secret in secrets.search(data, assigned=assigned)
        if not _in_comment(data, secret.start)
    ]


def _in_comment(data: bytes, position: int) -> bool:
    start = data.rfind(b"\n", 0, position) + 1
    line = data[start:position]
    return (
        CODE_COMMENT.match(line) is not None or re.search(rb"(^|[\s;{}])//(?![^\"']*[\"'][^\"']*$)", line) is not None
    )


def _secret_hit(path: str, secret: Secret, line: int) -> Hit:
    if secret.kind == secrets.SERVICE_ACCOUNT_NAME:
        return Hit(
            "secret.service-account",
            line,
            secret.kind,
            f"{posixpath.basename(path)} holds a private key of the project.",
            secret.print,
        )
    check = "secret.client" if SHIPPED.search(path) else "secret.code"
    sure = Sure.LIKELY if secret.kind.startswith("value of ") or secret.test_key else Sure.CERTAIN
    return Hit(check, line, secret.kind, f"{secret.kind}: {secret.shown}.", secret.print, sure)


@cache
def _signs() -> tuple[re2.Pattern[bytes], re.Pattern[str]]:
    """Return what a file must hold, or be called, before any sign of the table of ends can be in it."""
    signs = [sign for row in sunsets.table() for sign in row.signs]
    words = sorted({word for _, _, word in signs if word})
    wordless = {place.pattern for place, _, word in signs if not word}
    return quick(b"(?i)" + b"|".join(map(re.escape, words))), re.compile("|".join(f"(?:{one})" for one in wordless))


def _sunset_hits(path: str, data: bytes, part: Part) -> Iterator[Hit]:
    """Yield the rows of the table of ends whose signs this file shows; the day is judged later."""
    words, places = _signs()
    if part is Part.ASIDE or len(data) > PARSED or not (words.search(data) or places.search(path)):
        return
    lower = data.lower()
    signs = ((row, *sign) for row in sunsets.table() for sign in row.signs)
    wanted = [(row, text) for row, place, text, word in signs if word in lower and place.search(path)]
    if not wanted:
        return
    content = data.decode("utf-8", "replace")
    told: set[str] = set()
    for row, sign in wanted:
        found = sign.search(content) if row.id not in told else None
        if found and not _in_comment(data, len(content[: found.start()].encode())):
            told.add(row.id)
            line = content.count("\n", 0, found.start()) + 1
            first = next((text for text in found[0].strip().splitlines() if text.strip()), "")
            yield Hit(f"sunset:{row.id}", line, row.id, "", first[:100])

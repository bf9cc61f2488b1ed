"""Secrets that a build puts into the app: --dart-define, environment packages and assets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.model import Hit, Sure
from triage.secrets.names import is_secret_name
from triage.syntax.source import Source

DEFINED = re.compile(r"(?:^|\.)(?:String|bool)\.fromEnvironment$|^fromEnvironment$")
READ = re.compile(rb"(?:dotenv|DotEnv\(\)|DotEnv)\.(?:env\s*\[\s*|get\(\s*|maybeGet\(\s*)['\"](\w+)['\"]")
FIELD = re.compile(rb"@EnviedField\(([^)]*)\)\s*(?:static\s+)?(?:const|final)?\s*(?:String\??\s+)?(\w+)")


def environment_hits(source: Source) -> Iterator[Hit]:
    """Yield the secrets that the app reads from its build, each once a file."""
    told: set[str] = set()
    for hit in _places(source):
        if hit.subject not in told:
            told.add(hit.subject)
            yield hit


def _places(source: Source) -> Iterator[Hit]:
    for call in source.calls:
        if DEFINED.search(call.callee):
            name = re.match(r"\(\s*(['\"])(\w+)\1", call.args)
            if name and is_secret_name(name[2]):
                yield _hit(source, call.arguments.start_byte, name[2], "--dart-define")
    for match in READ.finditer(source.data):
        name_text = match[1].decode()
        node = source.at(match.start(1), match.end(1))
        if is_secret_name(name_text) and node is not None and not source.in_comment(node):
            yield _hit(source, match.start(1), name_text, "an .env file among the assets")
    for match in FIELD.finditer(source.data):
        named = re.search(rb"varName:\s*['\"](\w+)['\"]", match[1])
        name_text = (named[1] if named else match[2]).decode()
        if is_secret_name(name_text):
            yield _hit(source, match.start(), name_text, "envied (obfuscation is no secrecy)")


def _hit(source: Source, position: int, name: str, way: str) -> Hit:
    return Hit("secret.define", source.line(position), name, f"{name} comes into the app by {way}.", "", Sure.LIKELY)

"""Searches bytes for secrets: first for the words that announce one, then for its shape, then whether it is real."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from triage.secrets.patterns import (
    ASSIGNED,
    JWT,
    LONGEST,
    MARKED,
    NAMED,
    PATTERNS,
    PRIVATE_KEY,
    SERVICE_ACCOUNT,
    SHAPED,
    Pattern,
)
from triage.secrets.placeholders import entropy, is_fake, is_public, looks_random

HARMLESS_NAMES = re.compile(
    r"(?i)publishable|public|firebase|google_?maps|maps_?api|^map|recaptcha|site_?key|sentry|posthog|algolia_?search"
    r"|client_?id|token_?(uri|url|type|endpoint|name|expir|id$)"
    r"|csrf|page_?token|next_?token|sync_?token|^(api_?)?key$|^token$|cache|storage|localization|translat|hint|sha(1"
    r"|256|512)|label|title|message|error|hash|regex|pattern|route|path|prefix|header|android|ios|web_?api"
    r"|measurement"
    r"|revenue_?cat|one_?signal|admob|mixpanel|amplitude|segment|app_?check|google_?api|gcp_?api|debug|test|places"
    r"|weather|tmdb|news|giphy|pixabay|unsplash|mapbox|agora"
)
IDENTIFIER = re.compile(r"(?<![Ss]ecret)(?<!SECRET)(Id|_id|_ID)$")  # of a key; the secret id of a role is a secret
CUT = re.compile(rb"\s{0,4}(\.\.\.|\xe2\x80\xa6|\[|<)")  # what follows a key of which a guide shows the beginning
SERVICE_ACCOUNT_NAME = "Google service account key"


@dataclass(frozen=True)
class Secret:
    """A secret in some bytes: its kind, where it starts, how it may be shown, and a print that tells it from others."""

    kind: str
    start: int
    shown: str
    print: str
    value: bytes
    test_key: bool = False


def search(data: bytes, *, assigned: bool = True) -> list[Secret]:
    """Return the secrets in some bytes, by position; `assigned` also takes random values that a name calls secret."""
    found = [*_shaped(data)]
    if MARKED.search(data):
        found += [*_tokens(data), *_keys(data)]
    if assigned:
        taken = [(secret.start, secret.start + len(secret.value)) for secret in found]
        found += [secret for secret in _assigned(data) if not any(a <= secret.start < b for a, b in taken)]
    return sorted(found, key=lambda secret: secret.start)


def masked(value: str) -> str:
    """Return a secret so that its owner knows it and nobody can use it."""
    return f"{value[:8]}…{len(value)} characters" if len(value) > 16 else f"{value[:3]}…"


def _secret(kind: str, value: bytes, start: int, *, test_key: bool = False) -> Secret:
    text = value.decode("ascii", "replace")
    return Secret(kind, start, masked(text), hashlib.blake2b(value, digest_size=8).hexdigest(), value, test_key)


def _shaped(data: bytes) -> Iterator[Secret]:
    """Yield what has the shape of a vendor's secret, from the places where the quick automaton saw one begin."""
    for start, end in _stretches(data, SHAPED, 1, LONGEST):
        for pattern in PATTERNS:
            if data.find(pattern.word, start, end) < 0:
                continue
            for match in pattern.shape.finditer(data, start, end):
                if _is_real(pattern, match[1].decode("ascii", "replace")):
                    yield _secret(pattern.name, match[1], match.start(1), test_key=pattern.test_key)


def _is_real(pattern: Pattern, value: str) -> bool:
    """Return whether a value of a secret's shape was generated, and is no placeholder and no word."""
    if entropy(value) < pattern.entropy or is_fake(value):
        return False
    return any(c.isdigit() or c.isupper() for c in value[8:]) and (pattern.name != "OpenAI key" or _like_openai(value))


def _like_openai(value: str) -> bool:
    """Return whether `sk-…` is a key and not a class name of a style sheet, such as sk-loading-circle-2."""
    tail = value.split("-")[-1]
    return (len(tail) >= 16 and any(c.isdigit() for c in tail) and any(c.isupper() for c in tail)) or re.fullmatch(
        r"sk-[0-9a-f]{32}", value
    ) is not None


def _tokens(data: bytes) -> Iterator[Secret]:
    """Yield JSON web tokens that say that their bearer passes all rules (Supabase's service role)."""
    for match in JWT.finditer(data):
        try:
            claims = json.loads(base64.urlsafe_b64decode(match[2] + b"=="))
        except (ValueError, binascii.Error):
            continue
        if isinstance(claims, dict) and claims.get("role") == "service_role":
            yield _secret("Supabase service role key", match[1], match.start(1))


def _keys(data: bytes) -> Iterator[Secret]:
    if b"PRIVATE KEY" not in data:
        return
    account = SERVICE_ACCOUNT.search(data) is not None
    for match in PRIVATE_KEY.finditer(data):
        value = match[1].decode("ascii", "replace")
        if not is_fake(value[:64]) and entropy(value) > 3.5 and not CUT.match(data, match.end(1)):
            yield _secret(SERVICE_ACCOUNT_NAME if account else "Private key", match[1], match.start())


def _assigned(data: bytes) -> Iterator[Secret]:
    """Yield random values whose name says that they are secret, from windows around the words that say so."""
    for start, end in _stretches(data, NAMED, 50, 300):
        for match in ASSIGNED.finditer(data, start, end):
            name = (match["name"] + match["rest"]).decode("ascii", "replace").strip(".-_")
            value = match["value"].decode("utf-8", "replace")
            unclosed = match["quote"] and match["quote"] != match["close"]
            if unclosed or _is_harmless(name) or is_public(value) or not looks_random(value):
                continue
            yield _secret(f"value of {name}", match["value"], match.start("value"))


def _is_harmless(name: str) -> bool:
    """Return whether a name that speaks of a key or a token says that its value is public, or only names the key."""
    return HARMLESS_NAMES.search(name) is not None or IDENTIFIER.search(name) is not None


def _stretches(data: bytes, quick: re2.Pattern[bytes], before: int, after: int) -> list[tuple[int, int]]:
    """Return the stretches from `before` bytes ahead of each match to `after` bytes past its start, merged."""
    merged: list[tuple[int, int]] = []
    for match in quick.finditer(data):
        start, end = max(match.start() - before, 0), match.start() + after
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged

"""DKIM-Signature fields: what RFC 6376 sections 3.5 and 6.1.1 and RFC 8301 ask of one before anything is computed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from verify.mail.dkim_key import DkimKey
from verify.mail.tags import TagError, parse_tags

REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}  # → the key's type; RFC 8301 section 3.1, RFC 8463
OLD = "rsa-sha1"
SHORTEST = 1024  # bits of an RSA key, RFC 8301 section 3.2
FORMS = ("simple", "relaxed")
LONGEST_LENGTH = 76  # digits of l=, section 3.5


class SignatureError(ValueError):
    """The signature does not count; the text says why."""


@dataclass(frozen=True)
class SignatureTags:
    """One signature as it was written: `length` in bytes when it signs a part of the body, times in seconds."""

    domain: str
    selector: str
    algorithm: str
    identity: str
    fields: tuple[str, ...]
    value: bytes
    body_hash: bytes
    relaxed_header: bool
    relaxed_body: bool
    length: int | None = None
    expires: int | None = None


def parse(text: str) -> SignatureTags:
    """Return the signature; raises SignatureError for one that verifiers have to ignore."""
    try:
        tags = parse_tags(text)
    except TagError as error:
        raise SignatureError(f"the signature cannot be read: {error} (RFC 6376 section 3.2)") from error
    missing = [name for name in REQUIRED if name not in tags]
    if missing:
        raise SignatureError(f"the signature cannot be read: the tag {missing[0]} is missing (RFC 6376 section 6.1.1)")
    if tags["v"] != "1":
        raise SignatureError(f"v={tags['v']} is not version 1 (RFC 6376 section 3.5)")
    header, body = _forms(tags.get("c", "simple/simple"))
    fields = tuple(name.strip() for name in tags["h"].split(":"))
    if "from" not in [name.lower() for name in fields]:
        raise SignatureError("h= does not name From, so anybody could change the author (RFC 6376 section 5.4)")
    signed = SignatureTags(
        _plain(tags["d"]),
        _plain(tags["s"]),
        _algorithm(tags["a"]),
        _identity(tags),
        fields,
        _decoded("b", tags),
        _decoded("bh", tags),
        relaxed_header=header,
        relaxed_body=body,
        length=_number("l", tags),
        expires=_number("x", tags),
    )
    _check_times(signed, _number("t", tags))
    _check_queries(tags)
    return signed


def check_key(signed: SignatureTags, key: DkimKey) -> None:
    """Raise SignatureError when a key may not verify the signature (RFC 6376 sections 3.6.1 and 6.1.2)."""
    faults = {
        "the key is revoked (p= is empty)": key.revoked,
        f"a={signed.algorithm} needs a key of type {ALGORITHMS[signed.algorithm]}, and the key's is {key.type}": (
            key.type != ALGORITHMS[signed.algorithm]
        ),
        "h= of the key does not admit sha256": not key.takes_sha256,
        "s= of the key does not let it sign e-mail": not key.signs_mail,
        f"i= names {signed.identity}, and t=s of the key admits {signed.domain} alone": (
            "s" in key.flags and signed.identity != signed.domain
        ),
        f"an RSA key of {key.bits} bits is below {SHORTEST} (RFC 8301 section 3.2)": (
            key.type == "rsa" and key.bits < SHORTEST
        ),
        "t=y of the key: the domain is testing, and its mail counts as unsigned": key.testing,
    }
    wrong = next((why for why, is_so in faults.items() if is_so), "")
    if wrong:
        raise SignatureError(wrong)


def _algorithm(text: str) -> str:
    algorithm = text.lower()
    if algorithm == OLD:
        raise SignatureError("rsa-sha1 must not be used any more (RFC 8301 section 3.1)")
    if algorithm not in ALGORITHMS:
        raise SignatureError(f"a={text} is not an algorithm of DKIM (RFC 6376 section 3.3, RFC 8463)")
    return algorithm


def _forms(text: str) -> tuple[bool, bool]:
    """Return whether header and body are relaxed; the body is simple when only the header is named (section 3.5)."""
    header, slash, body = text.lower().partition("/")
    if header not in FORMS or (slash and body not in FORMS):
        raise SignatureError(f"c={text} is not a canonicalization (RFC 6376 section 3.4)")
    return header == "relaxed", body == "relaxed"


def _identity(tags: Mapping[str, str]) -> str:
    """Return the domain of i=, which is that of d= or lies below it (section 3.5)."""
    domain = _plain(tags["d"])
    identity = _plain(tags["i"].rpartition("@")[2]) if "i" in tags else domain
    if identity != domain and not identity.endswith(f".{domain}"):
        raise SignatureError(f"i= names {identity}, which is not below d={domain} (RFC 6376 section 6.1.1)")
    return identity


def _decoded(name: str, tags: Mapping[str, str]) -> bytes:
    try:
        found = base64.b64decode("".join(tags[name].split()), validate=True)
    except binascii.Error as error:
        raise SignatureError(f"{name}= is not base64: {error}") from error
    if not found:
        raise SignatureError(f"{name}= is empty")
    return found


def _number(name: str, tags: Mapping[str, str]) -> int | None:
    if name not in tags:
        return None
    text = tags[name]
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_LENGTH):
        raise SignatureError(f"{name}={text} is not a number (RFC 6376 section 3.5)")
    return int(text)


def _check_times(signed: SignatureTags, begins: int | None) -> None:
    if begins is not None and signed.expires is not None and signed.expires <= begins:
        raise SignatureError("it ends (x=) before it begins (t=) (RFC 6376 section 3.5)")


def _check_queries(tags: Mapping[str, str]) -> None:
    """Raise when the key is nowhere that we know how to ask; ways that nobody knows are left out (section 3.5)."""
    ways = [way.strip().lower() for way in tags.get("q", "dns/txt").split(":")]
    if "dns/txt" not in ways:
        raise SignatureError(
            f"q={tags['q']} names no way to the key but dns/txt is the only one (RFC 6376 section 3.5)"
        )


def _plain(name: str) -> str:
    return "".join(name.split()).lower().rstrip(".")

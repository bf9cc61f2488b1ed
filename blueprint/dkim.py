"""DKIM keys as providers' consoles show them, read into the one form that is published.

RFC 6376 section 3.6.1 says what a record is, RFC 8301 section 3.2 how long a key has to be, RFC 8463 what Ed25519 is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

LEAST_BITS = 1_024  # RFC 8301 section 3.2: verifiers take no shorter key
ED25519_BYTES = 32  # RFC 8463 section 4
SOURCE = 'copy the whole value from the provider\'s console, such as "v=DKIM1; k=rsa; p=MIIB…"'

_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03
_QUOTED = re.compile(r'"([^"]*)"')
_ARMOUR = re.compile(r"-----(BEGIN|END)[A-Z ]+-----")
_BARE = re.compile(r"[A-Za-z0-9+/\s]{100,}={0,2}\s*")
_AROUND = " \t\r\n'`\u2018\u2019\u201c\u201d"
_OWNER = re.compile(r"^\S+\._domainkey\S*\s+(?:(?:\d+|IN)\s+){0,2}TXT\s+", re.IGNORECASE)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters without a width, which web pages put between others."""
_WORDS = ("h", "k", "s")
"""Tags whose value is words in lower case; verifiers tell capitals apart (RFC 6376 section 3.2)."""
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)


class DkimError(ValueError):
    """The text is not a key that receivers can use; the message says why and what to do."""


def record(text: str) -> str:
    """Return the TXT record's text of a key: `v=DKIM1; k=rsa; p=…`.

    Taken are whole records, in quoted pieces or not, with tags in capitals or without `v=` or `k=`, the key alone, and
    a PEM file. Raises DkimError for what is no key, and for a key that is cut off, revoked or too short.
    """
    tags = _tags(_unwrapped(text))
    tags["v"] = tags.get("v", "DKIM1").upper()
    if tags["v"] != "DKIM1":
        raise DkimError(f"v={tags['v']} is not a version of DKIM; {SOURCE}")
    tags["k"] = tags.get("k", "rsa")
    tags |= {name: tags[name].lower() for name in _WORDS if name in tags}
    _check(tags)
    tags["p"] = base64.b64encode(base64.b64decode(tags["p"])).decode()
    order = ["v", *(name for name in tags if name not in ("v", "p")), "p"]
    plain = "; ".join(f"{name}={tags[name]}" for name in order)
    return text if _same(text, tags) else plain


def _unwrapped(text: str) -> str:
    """Return the record's text out of quotes, a PEM file, or a line of a zone file, where `;` may be escaped."""
    seen = _UNSEEN.sub("", text)
    pieces = _QUOTED.findall(seen)
    plain = "".join(pieces) if pieces else _ARMOUR.sub("", seen.strip(_AROUND))
    plain = _OWNER.sub("", plain.replace("\\;", ";"))
    return f"p={plain}" if _BARE.fullmatch(plain) else plain


def _tags(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (part for part in text.split(";") if part.strip()):
        tag = _TAG.fullmatch(part)
        if tag is None:
            raise DkimError(f"this text is not a DKIM key; {SOURCE}, or the host name that its CNAME leads to")
        name = tag.group(1).lower()
        if name in found:
            raise DkimError(f"the tag {name}= comes twice; {SOURCE}")
        found[name] = tag.group(2).strip()
    if "p" not in found:
        raise DkimError(f"this text is not a DKIM key, for p= is missing; {SOURCE}")
    found["p"] = re.sub(r"\s+", "", found["p"]).rstrip(".")
    return found


def _check(tags: Mapping[str, str]) -> None:
    kind, key = tags["k"], tags["p"]
    if not key:
        raise DkimError("p= is empty, which takes a key back (RFC 6376 section 3.6.1); leave the selector out instead")
    if kind not in ("rsa", "ed25519"):
        raise DkimError(f"k={kind} is not a kind of key that receivers know; write rsa or ed25519")
    _check_use(tags)
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError as error:
        raise DkimError(f"the key in p= is not whole base64 ({error}); {SOURCE}") from error
    if kind == "ed25519":
        if len(raw) != ED25519_BYTES:
            raise DkimError(f"the key in p= has {len(raw)} bytes, and Ed25519 has {ED25519_BYTES}; {SOURCE}")
        return
    bits = rsa_bits(raw)
    if bits < LEAST_BITS:
        raise DkimError(
            f"the key in p= has {bits} bits, and receivers take none below {LEAST_BITS} (RFC 8301 section 3.2); have "
            "the provider make one of 2048"
        )


def _check_use(tags: Mapping[str, str]) -> None:
    """Refuse a key that verifiers pass over: for another hash, or not for mail."""
    if "h" in tags and "sha256" not in re.split(r"\s*:\s*", tags["h"].lower()):
        raise DkimError(f"h={tags['h']} rules out sha256, the only hash that counts (RFC 8301 section 3.1); drop h=")
    if "s" in tags and not {"*", "email"} & set(re.split(r"\s*:\s*", tags["s"].lower())):
        raise DkimError(f"s={tags['s']} says that the key is not for mail (RFC 6376 section 3.6.1); drop s=")


def rsa_bits(der: bytes) -> int:
    """Return the size of a public RSA key, a SubjectPublicKeyInfo or an RSAPublicKey; raises DkimError otherwise."""
    try:
        outer = _content(der, _SEQUENCE, whole=True)
        if outer[:1] == bytes([_SEQUENCE]):
            _, rest = _taken(outer)
            outer = _content(_content(rest, _BITS, whole=True)[1:], _SEQUENCE, whole=True)
        modulus = int.from_bytes(_content(outer, _INTEGER), "big")
        _content(_taken(outer)[1], _INTEGER, whole=True)
    except (IndexError, ValueError) as error:
        raise DkimError(f"the key in p= is cut off or not an RSA key; {SOURCE}") from error
    return modulus.bit_length()


def _content(der: bytes, tag: int, *, whole: bool = False) -> bytes:
    """Return the content of the first DER value; ValueError for another tag, and when `whole` and more comes."""
    if der[0] != tag:
        raise ValueError(f"tag {der[0]:#x} instead of {tag:#x}")
    content, rest = _taken(der)
    if whole and rest:
        raise ValueError("more bytes than one value")
    return content


def _taken(der: bytes) -> tuple[bytes, bytes]:
    """Return the content of the first DER value, and what comes after it (X.690 section 8.1.3)."""
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if len(der) < start + length:
        raise ValueError("cut off")
    return der[start : start + length], der[start + length :]


def _same(text: str, tags: Mapping[str, str]) -> bool:
    """Tell whether the text can be published as it is, so that a record that is right is not changed."""
    if not (text.startswith("v=DKIM1;") and text.isascii() and text.isprintable()):
        return False
    parts = (part.partition("=") for part in text.split(";") if part.strip())
    return all(tags.get(name.strip()) == value.strip() for name, _, value in parts)

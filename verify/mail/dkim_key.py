"""DKIM key records: RFC 6376 section 3.6.1, with RFC 8301 (RSA) and RFC 8463 (Ed25519)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from verify.mail.tags import TagError, parse_tags

ED25519_KEY = 32  # bytes, RFC 8463 section 4
KNOWN = frozenset("vhknpst")
HISTORIC = frozenset({"g"})  # RFC 4871; RFC 6376 appendix E
_CLOSED = re.compile(r"""(?:[^'"(\\]|'[^'\\]*'|"[^"\\]*"|\([^)\\]*\))*""")


class DkimError(ValueError):
    """The text is no DKIM key record; the message names the bad part."""


@dataclass(frozen=True)
class DkimKey:
    """One key record. `bits` is the size of the key, 0 when it is revoked, and `data` the key itself.

    `hashes` and `services` are None where the record does not limit them; `flags` are those of `t`. `unclosed` names
    the tags whose value mailauth 4.13.3 reads on over the key that follows (findings/mailauth_dkim_notes.sh).
    """

    type: str
    bits: int
    hashes: frozenset[str] | None = None
    services: frozenset[str] | None = None
    flags: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    unclosed: tuple[str, ...] = ()
    data: bytes = b""

    @property
    def revoked(self) -> bool:
        """Whether the owner took the key back (p= is empty)."""
        return self.bits == 0

    @property
    def testing(self) -> bool:
        """Whether verifiers are told to treat signed mail like unsigned mail (t=y)."""
        return "y" in self.flags

    @property
    def signs_mail(self) -> bool:
        """Whether the record lets the key sign e-mail (s=)."""
        return self.services is None or not self.services.isdisjoint({"*", "email"})

    @property
    def lists_services(self) -> bool:
        """Whether s= names several services; dkimpy 1.1.8 reads them as one (findings/dkimpy_service_list.sh)."""
        return self.services is not None and len(self.services) > 1

    @property
    def takes_sha256(self) -> bool:
        """Whether the record admits SHA-256, the one hash that RFC 8301 section 3.1 leaves."""
        return self.hashes is None or "sha256" in self.hashes


def parse(text: str) -> DkimKey:
    """Return the key of a record; raises DkimError when a verifier cannot use it."""
    try:
        tags = parse_tags(text)
    except TagError as error:
        raise DkimError(f"{error} (RFC 6376 section 3.2)") from error
    _check_version(tags)
    if "p" not in tags:
        raise DkimError("the tag p, which holds the key, is missing (RFC 6376 section 3.6.1)")
    type_ = tags.get("k", "rsa").lower()
    data = _data("".join(tags["p"].split()))
    return DkimKey(
        type_,
        _bits(type_, data),
        _words(tags, "h"),
        _words(tags, "s"),
        _words(tags, "t") or frozenset(),
        tuple(name for name in tags if name not in KNOWN),
        tuple(name for name in takewhile(lambda name: name != "p", tags) if not _CLOSED.fullmatch(tags[name])),
        data,
    )


def _check_version(tags: Mapping[str, str]) -> None:
    if "v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1"):
        raise DkimError("the tag v has to come first and to be DKIM1 (RFC 6376 section 3.6.1)")


def _words(tags: Mapping[str, str], name: str) -> frozenset[str] | None:
    if name not in tags:
        return None
    return frozenset(word.strip().lower() for word in tags[name].split(":"))


def _data(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise DkimError(f"the key is not base64: {error}") from error


def _bits(type_: str, raw: bytes) -> int:
    if not raw:
        return 0
    if type_ == "ed25519":
        if len(raw) != ED25519_KEY:
            raise DkimError(f"an Ed25519 key has {ED25519_KEY} bytes, this one {len(raw)} (RFC 8463 section 4)")
        return ED25519_KEY * 8
    if type_ != "rsa":
        raise DkimError(f"{type_} is not a key type; it is rsa or ed25519 (RFC 8463 section 3)")
    return _rsa_bits(raw)


def _rsa_bits(raw: bytes) -> int:
    try:
        public = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise DkimError(f"the key cannot be read: {error}") from error
    if not isinstance(public, rsa.RSAPublicKey):
        raise DkimError("the key is not of the type that the tag k says")
    return public.key_size

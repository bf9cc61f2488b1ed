"""Further DNS records of the launch spec, above all those that the zone has where it is served now."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from blueprint import record_text
from blueprint.field_types import TARGET, encoded_name, form, target_host
from blueprint.part import Part
from blueprint.suggestion import closest, did_you_mean, shown

Kind = Literal[
    "A",
    "AAAA",
    "CAA",
    "CERT",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "LOC",
    "MX",
    "NAPTR",
    "NS",
    "OPENPGPKEY",
    "PTR",
    "SMIMEA",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
    "URI",
]
"""All that Cloudflare serves (its provider's schema, cloudflare_dns_record.type)."""
NAME = r"(?:\*|@|(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
PROXIABLE = ("A", "AAAA", "CNAME")
SHORTEST_TTL = 30  # seconds, and 60 below the Enterprise plan: Cloudflare's API, `ttl` of DNS records
PARTS: Mapping[str, tuple[str, ...]] = {
    "CAA": ("flags", "tag", "value"),
    "CERT": ("type", "key_tag", "algorithm", "certificate"),
    "DNSKEY": ("flags", "protocol", "algorithm", "public_key"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "HTTPS": ("priority", "target", "value"),
    "LOC": (
        *("lat_degrees", "lat_minutes", "lat_seconds", "lat_direction"),
        *("long_degrees", "long_minutes", "long_seconds", "long_direction"),
        *("altitude", "size", "precision_horz", "precision_vert"),
    ),
    "NAPTR": ("order", "preference", "flags", "service", "regex", "replacement"),
    "SMIMEA": ("usage", "selector", "matching_type", "certificate"),
    "SRV": ("priority", "weight", "port", "target"),
    "SSHFP": ("algorithm", "type", "fingerprint"),
    "SVCB": ("priority", "target", "value"),
    "TLSA": ("usage", "selector", "matching_type", "certificate"),
    "URI": ("weight", "target"),
}
"""The parts of a record's text that Cloudflare takes one by one (`data` of its API), in the order of zone files."""
_TEXTS = frozenset(
    (
        *("tag", "value", "certificate", "public_key", "digest", "target", "fingerprint"),
        *("lat_direction", "long_direction", "service", "regex", "replacement"),
    )
)
CAA_TAGS = ("issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone")
"""IANA, "Certification Authority Restriction Properties"."""
CERTIFICATES = {
    **{name: at for at, name in enumerate(("PKIX", "SPKI", "PGP", "IPKIX", "ISPKI", "IPGP", "ACPKIX", "IACPKIX"), 1)},
    "URI": 253,
    "OID": 254,
}
"""How zone files name the types of a CERT record (RFC 4398 section 2.1)."""
_LEFT_OUT = ("1m", "10000m", "10m")  # size and precisions of a LOC record, RFC 1876 section 3
_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def split(kind: str, content: str) -> Mapping[str, str | float]:
    """Return the parts of a record's text by name, empty for a type that is taken whole; raises ValueError."""
    names = PARTS.get(kind, ())
    words = [quoted or bare for quoted, bare in _WORDS.findall(content)]
    if kind in ("HTTPS", "SVCB") and len(words) > len(names):
        words = [*words[:2], content.split(None, 2)[2]]
    if kind in ("HTTPS", "SVCB") and len(words) == len(names) - 1:
        words.append("")
    if kind == "LOC":
        words = _whole_location(words)
    if kind in ("CERT", "DNSKEY", "DS", "SMIMEA", "TLSA", "SSHFP"):
        words = [*words[: len(names) - 1], "".join(words[len(names) - 1 :])]
    if names and len(words) != len(names):
        raise ValueError(f"{shown(content)} is not the content of a {kind} record, which is {' '.join(names).upper()}")
    return {name: _part(kind, name, word) for name, word in zip(names, words, strict=True)} if names else {}


def _whole_location(words: list[str]) -> list[str]:
    """Return a LOC record's words with those that a zone file may leave out (RFC 1876 section 3)."""
    found = re.fullmatch(r"(.+?) ([NS]) (.+?) ([EW])((?: \S+){1,4})", " ".join(words).upper())
    if found is None:
        return words
    north, east = ([*found[at].split(), "0", "0"][:3] for at in (1, 3))
    size = found[5].lower().split()
    return [*north, found[2], *east, found[4], *size, *_LEFT_OUT[len(size) - 1 :]]


def _part(kind: str, name: str, word: str) -> str | float:
    if (kind, name) == ("CAA", "tag") and word.lower() not in CAA_TAGS:
        raise ValueError(
            f"{shown(word)} is not a tag of a CAA record{did_you_mean(*closest(word.lower(), CAA_TAGS)[:1])}"
        )
    if (kind, name) == ("CERT", "type") and word.upper() in CERTIFICATES:
        return CERTIFICATES[word.upper()]
    text = name in _TEXTS or (kind, name) == ("NAPTR", "flags")
    if text:
        return target_host(word) or "." if name in ("target", "replacement") and kind != "URI" else word
    try:
        number = float(word.rstrip("m"))
    except ValueError as error:
        raise ValueError(
            f"{shown(word)} stands where the {name.replace('_', ' ')} of a {kind} record is a number"
        ) from error
    return int(number) if number.is_integer() else number


def _address(version: int) -> Callable[[str], str]:
    def checked(text: str) -> str:
        address = ipaddress.ip_address(text)
        if address.version != version:
            raise ValueError(f"{text} is an IPv{address.version} address")
        return str(address)

    return checked


def _host(text: str) -> str:
    host = target_host(text)
    if not re.fullmatch(TARGET, host):
        raise ValueError(f"{shown(text)} is not a host name")
    return host


_WHOLE: Mapping[str, Callable[[str], str]] = {
    "A": _address(4),
    "AAAA": _address(6),
    "CNAME": _host,
    "NS": _host,
    "PTR": _host,
    "MX": lambda text: text if target_host(text) == "" else _host(text),
}


class Record(Part):
    """One record. `name` is below the domain, `@` for the domain itself; `content` is as in a zone file.

    A text needs no quotes. `ttl` is in seconds, 1 for Cloudflare's automatic. `priority` is for MX and URI, and may
    stand in front of the content instead. `proxied` leads visitors through the edge.
    """

    name: Annotated[
        str,
        AfterValidator(target_host),
        form(NAME, "a record's name: www for what is below the domain, @ for the domain itself, *", 253, encoded_name),
    ]
    type: Kind
    content: Annotated[str, Field(min_length=1, max_length=8_192)]
    ttl: Annotated[int, Field(ge=1, le=86_400)] = 1
    priority: Annotated[int, Field(ge=0, le=65_535)] | None = None
    proxied: bool = False

    def host(self, domain: str) -> str:
        """Return the whole name, below the domain."""
        if self.name in ("@", domain):
            return domain
        return self.name if self.name.endswith(f".{domain}") else f"{self.name}.{domain}"

    @model_validator(mode="before")
    @classmethod
    def _with_its_priority(cls, given: object) -> object:
        if not isinstance(given, Mapping) or given.get("type") not in ("MX", "URI") or "priority" in given:
            return given
        found = re.fullmatch(r"\s*(\d{1,5})\s+(\S.*)", str(given.get("content", "")))
        return {**given, "priority": int(found[1]), "content": found[2]} if found else given

    @model_validator(mode="after")
    def _is_kept_as_long_as_can_be(self) -> Self:
        if 1 < self.ttl < SHORTEST_TTL:
            raise ValueError(f"ttl is {self.ttl}, and Cloudflare takes {SHORTEST_TTL} or more, or 1 for its own choice")
        if self.ttl != 1 and self.proxied:
            raise ValueError("the ttl of a proxied record is Cloudflare's; drop ttl")
        return self

    @model_validator(mode="after")
    def _can_be_served(self) -> Self:
        if self.priority is not None and self.type not in record_text.NUMBERED:
            raise ValueError(f"a {self.type} record has no priority of its own; drop it, or write it in the content")
        if self.proxied and self.type not in PROXIABLE:
            raise ValueError(f"a {self.type} record cannot be proxied; only {', '.join(PROXIABLE)} can")
        if self.type in record_text.NUMBERED and self.priority is None:
            raise ValueError(f"priority is missing, which a {self.type} record needs; write `priority: 10`")
        if not self.content.isascii() and self.type != "TXT":
            raise ValueError(f"{shown(self.content)} holds letters that the DNS has only encoded")
        try:
            _WHOLE.get(self.type, str)(self.content)
            split(self.type, self.content)
        except ValueError as error:
            raise ValueError(f"content: {error}; write it as in a zone file") from error
        if wrong := record_text.problem(self.type, self.content, self.priority):
            raise ValueError(f"content: {wrong}; write it as in a zone file")
        return self

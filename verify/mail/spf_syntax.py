"""The grammar of SPF records: RFC 7208 section 12, as regular expressions that bear the names of its rules."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network
LENGTH = {4: 32, 6: 128}  # bits of an address

_MACRO_EXPAND = r"%(?:\{[SLODIPHCRTV][0-9]*R?[.\-+,/_=]*\}|[%_-])"
_MACRO_STRING = rf"(?:{_MACRO_EXPAND}|[!-$&-~])*"
_TOP_LABEL = r"(?=[A-Z0-9-]*[A-Z-])[A-Z0-9](?:[A-Z0-9-]*[A-Z0-9])?"
_DOMAIN_SPEC = rf"{_MACRO_STRING}(?:\.{_TOP_LABEL}\.?|{_MACRO_EXPAND})"
_PREFIX = r"(?:0|[1-9][0-9]{0,2})"
_DUAL_CIDR = rf"(?:/(?P<ip4>{_PREFIX}))?(?://(?P<ip6>{_PREFIX}))?"
_QNUM = r"(?:0|[1-9][0-9]{0,2})"

_VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"(?P<qualifier>[+?~-]?)(?P<kind>[A-Z][A-Z0-9]*)(?P<rest>[:/].*)?", re.IGNORECASE | re.DOTALL)
_MODIFIER = re.compile(r"(?P<name>[A-Z][A-Z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(_DOMAIN_SPEC, re.IGNORECASE)
_STRING = re.compile(_MACRO_STRING, re.IGNORECASE)
_IP4 = re.compile(rf"(?P<address>{_QNUM}(?:\.{_QNUM}){{3}})(?:/(?P<prefix>{_PREFIX}))?")
_IP6 = re.compile(rf"(?P<address>[0-9A-F:.]+)(?:/(?P<prefix>{_PREFIX}))?", re.IGNORECASE)
_EXPLAIN_ONLY = re.compile(r"%\{[CRT]", re.IGNORECASE)  # section 7.2: only in the text that `exp` leads to
_ZERO_DIGITS = re.compile(r"%\{[A-Z]0+[^0-9]", re.IGNORECASE)  # section 7.3: the number must not be zero


class Kind(StrEnum):
    """The mechanisms, section 5."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


_DOMAIN_NEEDED = frozenset({Kind.INCLUDE, Kind.EXISTS})
_TARGET = {
    **dict.fromkeys((Kind.A, Kind.MX), re.compile(rf"(?::(?P<domain>{_DOMAIN_SPEC}))?{_DUAL_CIDR}", re.IGNORECASE)),
    **dict.fromkeys(
        (Kind.INCLUDE, Kind.EXISTS, Kind.PTR), re.compile(rf"(?::(?P<domain>{_DOMAIN_SPEC}))?", re.IGNORECASE)
    ),
}


class SpfError(ValueError):
    """The text is no SPF record; the message names the bad term and what is wrong with it."""


@dataclass(frozen=True)
class Mechanism:
    """One directive: `qualifier` is one of + - ~ ?; `domain` is a domain-spec that may hold macros, None for the own.

    `network` is set for ip4 and ip6; `ip4_prefix` and `ip6_prefix` are the lengths that a and mx compare by.
    """

    qualifier: str
    kind: Kind
    domain: str | None = None
    network: Network | None = None
    ip4_prefix: int = LENGTH[4]
    ip6_prefix: int = LENGTH[6]
    term: str = ""


@dataclass(frozen=True)
class SpfRecord:
    """One record: its mechanisms in order, and the domain-specs of `redirect` and `exp`."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str | None = None
    explanation: str | None = None

    @property
    def all(self) -> Mechanism | None:
        """The first `all`, behind which nothing is looked at (section 5.1)."""
        return next((each for each in self.mechanisms if each.kind is Kind.ALL), None)

    @property
    def tested(self) -> tuple[Mechanism, ...]:
        """The mechanisms up to and with the first `all`: the others are never tested (section 5.1)."""
        end = next((place for place, each in enumerate(self.mechanisms, 1) if each.kind is Kind.ALL), None)
        return self.mechanisms[:end]


def is_spf(text: str) -> bool:
    """Return whether a TXT record claims to be an SPF record (RFC 7208 section 4.5)."""
    return _VERSION.match(text) is not None


def parse(text: str) -> SpfRecord:
    """Return the record that the text is; raises SpfError."""
    if not is_spf(text):
        raise SpfError("the record does not begin with the word v=spf1 (RFC 7208 section 4.5)")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in (part for part in text[len("v=spf1") :].split(" ") if part):
        if modifier := _MODIFIER.fullmatch(term):
            _modify(modifiers, modifier["name"].lower(), modifier["value"], term)
        else:
            mechanisms.append(_mechanism(term))
    return SpfRecord(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _modify(modifiers: dict[str, str], name: str, value: str, term: str) -> None:
    """Keep redirect and exp; an unknown modifier only has to be well-formed (section 6)."""
    if name not in ("redirect", "exp"):
        _check(_STRING.fullmatch(value), term, "its value is not a macro-string (section 7.1)")
        _check_macros(value, term)
        return
    _check(_DOMAIN.fullmatch(value), term, "it needs a domain name that ends in letters (section 7.1)")
    _check(name not in modifiers, term, f"{name} may appear only once (section 6)")
    _check_macros(value, term)
    modifiers[name] = value


def _mechanism(term: str) -> Mechanism:
    found = _DIRECTIVE.fullmatch(term)
    kind = found["kind"].lower() if found else ""
    if found is None or kind not in Kind.__members__.values():
        raise SpfError(f"{term!r} is not a mechanism of SPF (RFC 7208 section 5)")
    qualifier, rest = found["qualifier"] or "+", found["rest"] or ""
    if kind == Kind.ALL:
        _check(not rest, term, "nothing may follow all (section 5.1)")
        return Mechanism(qualifier, Kind.ALL, term=term)
    if kind in (Kind.IP4, Kind.IP6):
        return Mechanism(qualifier, Kind(kind), network=_network(Kind(kind), rest, term), term=term)
    return _targeted(qualifier, Kind(kind), rest, term)


def _targeted(qualifier: str, kind: Kind, rest: str, term: str) -> Mechanism:
    found = _TARGET[kind].fullmatch(rest)
    if found is None:
        raise SpfError(f"{term!r}: {rest!r} is not a domain name that {kind} can use (RFC 7208 section 7.1)")
    parts = found.groupdict()
    domain = parts["domain"]
    _check(domain is not None or kind not in _DOMAIN_NEEDED, term, f"{kind} needs a domain name (section 5)")
    _check_macros(domain or "", term)
    ip4, ip6 = int(parts.get("ip4") or LENGTH[4]), int(parts.get("ip6") or LENGTH[6])
    _check(ip4 <= LENGTH[4] and ip6 <= LENGTH[6], term, "the prefix is longer than an address (section 5.6)")
    return Mechanism(qualifier, kind, domain, ip4_prefix=ip4, ip6_prefix=ip6, term=term)


def _network(kind: Kind, rest: str, term: str) -> Network:
    form = _IP4 if kind is Kind.IP4 else _IP6
    found = form.fullmatch(rest.removeprefix(":")) if rest.startswith(":") else None
    if found is None:
        raise SpfError(f"{term!r}: {kind} needs an address, and may have a prefix length (RFC 7208 section 5.6)")
    version = 4 if kind is Kind.IP4 else 6
    try:
        network = ipaddress.ip_network(f"{found['address']}/{found['prefix'] or LENGTH[version]}", strict=False)
    except ValueError as error:
        raise SpfError(f"{term!r}: {error} (RFC 7208 section 5.6)") from error
    _check(network.version == version, term, f"that is not an address for {kind} (section 5.6)")
    return network


def _check_macros(text: str, term: str) -> None:
    _check(not _EXPLAIN_ONLY.search(text), term, "the macros c, r and t are for explanations only (section 7.2)")
    _check(not _ZERO_DIGITS.search(text), term, "a macro cannot keep zero labels (section 7.3)")


def _check(holds: object, term: str, what: str) -> None:
    if not holds:
        raise SpfError(f"{term!r}: {what.replace('(section', '(RFC 7208 section')}")

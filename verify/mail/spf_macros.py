"""SPF macros: `%{ir}.%{v}._spf.%{d2}` and the like, RFC 7208 section 7."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

Address = IPv4Address | IPv6Address

MAX_NAME = 253  # characters; a longer expansion loses labels from the left (section 7.3)
MAX_LABEL = 63  # bytes
_MACRO = re.compile(
    r"%(?:\{(?P<letter>[A-Za-z])(?P<digits>[0-9]*)(?P<reverse>[Rr]?)(?P<delimiters>[.\-+,/_=]*)\}|(?P<other>[%_-]))"
)
_OTHER = {"%": "%", "_": " ", "-": "%20"}
_STATIC = re.compile(r"%(?:\{[dD][0-9]*[rR]?[.\-+,/_=]*\}|[%_-])")


@dataclass(frozen=True)
class Mail:
    """The mail that is judged: the client's address, MAIL FROM, HELO, and the domain whose record is read now.

    An IPv6 address that maps an IPv4 one (::ffff:192.0.2.1) is that of an IPv4 client, met by a server that listens for
    both: it becomes the IPv4 address (RFC 7208 section 5).
    """

    ip: Address
    sender: str
    helo: str
    domain: str

    def __post_init__(self) -> None:
        mapped = self.ip.ipv4_mapped if isinstance(self.ip, IPv6Address) else None
        object.__setattr__(self, "ip", mapped or self.ip)

    @property
    def local_part(self) -> str:
        """What stands before the at sign, `postmaster` when nothing does (section 4.3)."""
        return self.sender.rpartition("@")[0] or "postmaster"

    @property
    def sender_domain(self) -> str:
        """What stands behind the at sign."""
        return self.sender.rpartition("@")[2]

    def value(self, letter: str, validated: str) -> str:
        """Return what a macro letter stands for (section 7.2); `validated` is the client's own name."""
        return {
            "s": f"{self.local_part}@{self.sender_domain}",
            "l": self.local_part,
            "o": self.sender_domain,
            "d": self.domain,
            "i": dotted(self.ip),
            "p": validated,
            "v": "in-addr" if self.ip.version == 4 else "ip6",
            "h": self.helo,
        }[letter]


def dotted(ip: Address) -> str:
    """Return an address as dot-separated labels: an IPv6 one in nibbles (section 7.3)."""
    return str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", ""))


def reverse_name(address: str) -> str:
    """Return the name at which the names of an address are asked for (PTR)."""
    return ipaddress.ip_address(address).reverse_pointer


def expand(spec: str, mail: Mail, validated: str = "unknown") -> str:
    """Return the domain name that a well-formed domain-spec stands for, cut to 253 characters from the left."""
    name = _MACRO.sub(lambda found: _expanded(found, mail, validated), spec).rstrip(".")
    while len(name) > MAX_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def is_name(name: str) -> bool:
    """Return whether a name can be asked for: several labels, none empty or too long (section 4.3)."""
    labels = name.split(".")
    return len(labels) > 1 and len(name) <= MAX_NAME and all(0 < len(label.encode()) <= MAX_LABEL for label in labels)


def known(spec: str, domain: str) -> str | None:
    """Return the name that a domain-spec stands for, whoever sends; None when that depends on the mail."""
    if _STATIC.sub("", spec).find("%") >= 0:
        return None
    return expand(spec, Mail(IPv4Address(0), "", "", domain))


def asks_for_client_name(spec: str) -> bool:
    """Return whether the macro p is used, which costs a reverse look-up."""
    return any((found["letter"] or "").lower() == "p" for found in _MACRO.finditer(spec))


def _expanded(found: re.Match[str], mail: Mail, validated: str) -> str:
    if found["other"]:
        return _OTHER[found["other"]]
    value = mail.value(found["letter"].lower(), validated)
    parts = re.split(f"[{re.escape(found['delimiters'] or '.')}]", value)
    if found["reverse"]:
        parts.reverse()
    kept = ".".join(parts[-int(found["digits"]) :] if found["digits"] else parts)
    return quote(kept, safe="") if found["letter"].isupper() else kept

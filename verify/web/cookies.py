"""A Set-Cookie header's name and attributes (RFC 6265 section 5.2, and the prefixes of RFC 6265bis section 4.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Cookie:
    """A cookie without its value; attribute names are in lower case."""

    name: str
    attributes: Mapping[str, str]

    @property
    def broken(self) -> tuple[str, ...]:
        """What makes browsers drop it, or send it in the clear."""
        secure, site = "secure" in self.attributes, self.attributes.get("samesite", "").lower()
        host_bound = self.attributes.get("path") == "/" and not self.attributes.get("domain")
        faults = (
            (not secure, "Secure is missing"),
            (site == "none" and not secure, "SameSite=None is dropped without Secure"),
            (self.name.startswith("__Host-") and not host_bound, "__Host- asks for Path=/ and no Domain"),
        )
        return tuple(fault for found, fault in faults if found)

    @property
    def weak(self) -> tuple[str, ...]:
        """What works, and protects less than it could."""
        faults = (("httponly" not in self.attributes, "HttpOnly"), ("samesite" not in self.attributes, "SameSite"))
        return tuple(f"{name} is missing" for found, name in faults if found)


def parse_cookie(header: str) -> Cookie:
    """Return the cookie of one Set-Cookie header; browsers take any text for one."""
    pair, *rest = header.split(";")
    attributes = [part.partition("=") for part in rest]
    return Cookie(
        pair.partition("=")[0].strip(),
        {name.strip().lower(): value.strip() for name, _, value in attributes if name.strip()},
    )

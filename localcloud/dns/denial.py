"""Proofs that something is not there: which NSEC records a signed answer has to carry (RFC 4035 section 3.1.3)."""

from __future__ import annotations

from collections.abc import Callable

from dns.name import Name

from localcloud.dns.zone import Zone

Proof = Callable[[Zone, Name], list[Name]]


def no_data(zone: Zone, name: Name) -> list[Name]:
    """Return the owners of the NSEC records proving that a name lacks a type; an empty non-terminal is covered."""
    return [zone.secure_predecessor(name)]


def no_name(zone: Zone, name: Name) -> list[Name]:
    """Return the owners of the NSEC records proving that neither the name nor a wildcard for it exists."""
    return _distinct(zone.secure_predecessor(name), zone.secure_predecessor(wildcard(zone, name)))


def expanded(zone: Zone, name: Name) -> list[Name]:
    """Return the owner of the NSEC record proving that a wildcard had to answer for the name."""
    return [zone.secure_predecessor(name)]


def expanded_no_data(zone: Zone, name: Name) -> list[Name]:
    """Return the owners of the NSEC records proving that the wildcard answers for the name and lacks the type."""
    return _distinct(zone.secure_predecessor(name), wildcard(zone, name))


def wildcard(zone: Zone, name: Name) -> Name:
    """Return the source of synthesis of a name that does not exist (RFC 4592 section 2.2.1)."""
    return Name((b"*", *zone.closest_encloser(name).labels))


def _distinct(*owners: Name) -> list[Name]:
    return list(dict.fromkeys(owners))

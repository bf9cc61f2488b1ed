"""Answers a question as a resolver does: from the root down, along aliases, validating what is signed (RFC 4035)."""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.dnssec
import dns.exception
from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.rrset import RRset

from localcloud.dns.hierarchy import Hierarchy
from localcloud.dns.resolution import MAX_ALIASES, NEVER_ALIASED, Reply, resolve
from localcloud.dns.zone import Zone

MAX_DEPTH = 16  # zones between the root and an answer


class BogusError(Exception):
    """What a zone says does not fit what the zone above promises of it."""


class LameError(Exception):
    """No name server that a zone is delegated to serves it."""


@dataclass
class Resolved:
    """A reply, and whether each part of it is proven from the root down."""

    reply: Reply
    authentic: bool = True
    answer: list[RRset] = field(default_factory=list)


def recurse(tree: Hierarchy, name: Name, kind: RdataType, now: float, *, secure: bool, checking: bool) -> Resolved:
    """Return the answer of the whole hierarchy; SERVFAIL for a lame delegation, and for bogus data when `checking`.

    `secure` asks for signatures and proofs, `now` is in seconds since the epoch.
    """
    done = Resolved(Reply(secure, authoritative=False))
    try:
        for _ in range(MAX_ALIASES):
            zone, trusted = _zone_of(tree, name, kind, checking=checking)
            reply = resolve([zone], name, kind, secure)
            if trusted and checking:
                _require_valid(zone, reply, now)
            done.authentic = done.authentic and trusted
            done.answer += [each for each in reply.answer if each not in done.answer]
            done.reply = reply
            target = _alias(reply, kind)
            if target is None or target == name:
                break
            name = target
    except (BogusError, LameError):
        return Resolved(Reply(secure, Rcode.SERVFAIL, authoritative=False), authentic=False)
    done.reply.answer, done.reply.authoritative = done.answer, False
    return done


def _zone_of(tree: Hierarchy, name: Name, kind: RdataType, *, checking: bool) -> tuple[Zone, bool]:
    """Return the zone that answers for a name, and whether a chain of trust leads to it."""
    zone, trusted = tree.root, True
    for _ in range(MAX_DEPTH):
        cut = zone.delegation(name)
        if cut is None or (cut == name and kind == RdataType.DS):
            return zone, trusted
        child = tree.delegated(cut, (each.target for each in zone.rrset(cut, RdataType.NS) or ()))
        if child is None:
            raise LameError
        promised = zone.rrset(cut, RdataType.DS)
        trusted = trusted and promised is not None
        if trusted and promised is not None and not _fits(child, promised):
            if checking:
                raise BogusError
            trusted = False
        zone = child
    raise LameError


def _fits(child: Zone, promised: RRset) -> bool:
    """Tell whether one of the zone's keys is one that the zone above promises."""
    published = child.rrset(child.origin, RdataType.DNSKEY) or ()
    made = [dns.dnssec.make_ds(child.origin, key, ds.digest_type) for ds in promised for key in published]
    return any(each in promised for each in made)


def _require_valid(zone: Zone, reply: Reply, now: float) -> None:
    keys = zone.rrset(zone.origin, RdataType.DNSKEY)
    for found in reply.answer:
        if found.rdtype == RdataType.RRSIG or keys is None:
            continue
        source = found.name if found.name in zone.existing else Name((b"*", *zone.closest_encloser(found.name).labels))
        signatures = zone.signatures(source, found.rdtype, found.name)
        if signatures is None:
            raise BogusError
        try:
            dns.dnssec.validate(found, signatures, {zone.origin: keys}, now=now)
        except (dns.exception.DNSException, ValueError) as error:
            raise BogusError from error


def _alias(reply: Reply, kind: RdataType) -> Name | None:
    """Return where the answer's last alias leads when its own records are not there yet."""
    if kind in NEVER_ALIASED or any(found.rdtype == kind for found in reply.answer):
        return None
    aliases = [found for found in reply.answer if found.rdtype == RdataType.CNAME]
    target: Name | None = aliases[-1][0].target if aliases else None
    return target

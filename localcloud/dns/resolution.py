"""Find the answer to one question: RFC 1034 section 4.3.2, with wildcards (RFC 4592) and DNSSEC (RFC 4035)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.rrset import RRset

from localcloud.dns import denial
from localcloud.dns.zone import Zone

MAX_ALIASES = 16  # CNAMEs followed in one answer
ADDRESSES = (RdataType.A, RdataType.AAAA)
NEVER_ALIASED = (RdataType.CNAME, RdataType.ANY, RdataType.RRSIG, RdataType.NSEC)


@dataclass
class Reply:
    """What goes into a response. `secure` asks for signatures and proofs (the query's DO bit)."""

    secure: bool
    rcode: Rcode = Rcode.NOERROR
    authoritative: bool = True
    answer: list[RRset] = field(default_factory=list)
    authority: list[RRset] = field(default_factory=list)
    additional: list[RRset] = field(default_factory=list)

    def add(self, section: list[RRset], zone: Zone, source: Name, kind: RdataType, owner: Name | None = None) -> bool:
        """Add a record set with its signatures to a section; False when there is none."""
        found = zone.rrset(source, kind, owner)
        if found is None:
            return False
        signatures = zone.signatures(source, kind, owner) if self.secure else None
        section.extend(rrset for rrset in (found, signatures) if rrset and rrset not in section)
        return True

    def prove(self, zone: Zone, proof: denial.Proof, name: Name) -> None:
        """Add the NSEC records that prove it of the name to the authority section, when the query asks for that."""
        for owner in proof(zone, name) if self.secure and zone.signed else ():
            self.add(self.authority, zone, owner, RdataType.NSEC)

    def negate(self, zone: Zone, proof: denial.Proof, name: Name, rcode: Rcode = Rcode.NOERROR) -> None:
        """Say that there is no such name or no such type: the SOA record (RFC 2308) and the proof."""
        self.rcode = rcode
        self.add(self.authority, zone, zone.origin, RdataType.SOA)
        self.prove(zone, proof, name)


def find(zones: Iterable[Zone], name: Name) -> Zone | None:
    """Return the zone that is closest to the name, None when it lies outside of all."""
    enclosing = [zone for zone in zones if name.is_subdomain(zone.origin)]
    return max(enclosing, key=lambda zone: len(zone.origin), default=None)


def resolve(zones: Sequence[Zone], name: Name, kind: RdataType, secure: bool) -> Reply:
    """Return the reply to a question; REFUSED for a name outside of the zones."""
    reply = Reply(secure)
    zone = find(zones, name)
    if zone is None:
        return Reply(secure, Rcode.REFUSED, authoritative=False)
    for _ in range(MAX_ALIASES):
        alias = _look_up(reply, zone, name, kind)
        zone = find(zones, alias) if alias else None
        if alias is None or zone is None:
            return reply
        name = alias
    return reply


def _look_up(reply: Reply, zone: Zone, name: Name, kind: RdataType) -> Name | None:
    """Add what the zone knows about the name; return the name to go on with when it is an alias."""
    cut = zone.delegation(name)
    if cut is not None and not (cut == name and kind == RdataType.DS):
        _refer(reply, zone, cut)
        return None
    if name in zone.failing and kind in ADDRESSES:
        reply.rcode = Rcode.SERVFAIL
        return None
    source = name if name in zone.existing else denial.wildcard(zone, name)
    if source not in zone.existing:
        reply.negate(zone, denial.no_name, name, Rcode.NXDOMAIN)
        return None
    return _take(reply, zone, name, source, kind)


def _take(reply: Reply, zone: Zone, name: Name, source: Name, kind: RdataType) -> Name | None:
    """Add the records of `source`, which is the name itself or the wildcard that answers for it."""
    alias = zone.rrset(source, RdataType.CNAME)
    if alias and kind not in NEVER_ALIASED:
        reply.add(reply.answer, zone, source, RdataType.CNAME, name)
    else:
        alias = None
        found = [reply.add(reply.answer, zone, source, each, name) for each in _kinds(zone, source, kind)]
        if not any(found) and not _signatures(reply, zone, source, name, kind):
            reply.negate(zone, denial.no_data if source == name else denial.expanded_no_data, name)
    if source != name:
        reply.prove(zone, denial.expanded, name)
    return alias[0].target if alias else None


def _kinds(zone: Zone, source: Name, kind: RdataType) -> list[RdataType]:
    """Return the types to answer with; ANY gets one of those there are (RFC 8482 section 4.1)."""
    if kind != RdataType.ANY:
        return [kind]
    node = zone.node(source)
    there = sorted(rdataset.rdtype for rdataset in node) if node else []
    return [one for one in there if one not in (RdataType.RRSIG, RdataType.NSEC)][:1]


def _signatures(reply: Reply, zone: Zone, source: Name, name: Name, kind: RdataType) -> bool:
    """Answer a question for RRSIG records themselves, which are kept by the type they cover."""
    node = zone.node(source)
    if kind != RdataType.RRSIG or node is None:
        return False
    found = [zone.signatures(source, rdataset.rdtype, name) for rdataset in node]
    reply.answer.extend(rrset for rrset in found if rrset)
    return any(found)


def _refer(reply: Reply, zone: Zone, cut: Name) -> None:
    """Refer to the name servers of a delegated child, with proof whether it is signed (RFC 4035 section 3.1.4)."""
    reply.authoritative = bool(reply.answer)
    reply.add(reply.authority, zone, cut, RdataType.NS)
    if not (reply.secure and reply.add(reply.authority, zone, cut, RdataType.DS)):
        reply.prove(zone, denial.no_data, cut)
    servers = zone.rrset(cut, RdataType.NS) or ()
    for server in servers:
        for kind in ADDRESSES:
            reply.add(reply.additional, zone, server.target, kind)

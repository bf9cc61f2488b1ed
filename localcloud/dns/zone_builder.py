"""Build a zone from its records: Cloudflare's proxying and flattening applied, SOA and NS added, signed on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataset
import dns.zone
from dns.name import Name
from dns.rdata import Rdata
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from localcloud.base.ports import LOOPBACK, LOOPBACK6
from localcloud.dns.keys import PrivateKey, dnskey, ds
from localcloud.dns.records import AUTOMATIC_TTL, Record
from localcloud.dns.zone import Zone

# What Cloudflare's name servers say of their own zones, in seconds (`dig SOA cloudflare.com`).
NEGATIVE_TTL = 1_800
REFRESH, RETRY, EXPIRE = 10_000, 2_400, 604_800
NS_TTL = 86_400
HOSTMASTER = dns.name.from_text("dns.cloudflare.com")

DNSKEY_TTL = 3_600
SKEW = 3_600  # seconds that signatures are dated back, for clocks that are slow
LIFETIME = 7 * 86_400  # seconds that signatures are valid
MAX_ALIASES = 8  # CNAMEs followed when the apex is flattened
ADDRESSES = (RdataType.A, RdataType.AAAA)
EDGE = (dns.rdata.from_text(IN, RdataType.A, LOOPBACK), dns.rdata.from_text(IN, RdataType.AAAA, LOOPBACK6))
_HINTS = f"ipv4hint={LOOPBACK} ipv6hint={LOOPBACK6}"
HTTP3, HTTP2 = (dns.rdata.from_text(IN, RdataType.HTTPS, f'1 . alpn="{spoken}" {_HINTS}') for spoken in ("h3,h2", "h2"))

Reachable = Callable[[str], bool]


def build(
    origin: Name, nameservers: Sequence[str], records: Iterable[Record], reachable: Reachable, *, http3: bool = True
) -> Zone:
    """Return the unsigned zone with serial 0; `reachable` tells whether a name outside has an address.

    A proxied name has an HTTPS record, unless it was given one, in which `http3` is announced or not
    (https://blog.cloudflare.com/speeding-up-https-and-http-3-negotiation-with-dns).
    """
    contents = dns.zone.Zone(origin, relativize=False)
    number(contents, nameservers, serial=0)
    served = [record for record in records if not (record.name == origin and record.type == RdataType.NS)]
    announced = {record.name for record in served if record.proxied} - _with_own(served)
    failing = set()
    for record in served:
        rdatas = _served(record, origin, served, reachable)
        failing |= set() if rdatas else {record.name}
        for rdata in rdatas:
            ttl = AUTOMATIC_TTL if record.proxied else record.ttl
            contents.find_rdataset(record.name, rdata.rdtype, create=True).add(rdata, ttl)
    for name in announced:
        contents.find_rdataset(name, RdataType.HTTPS, create=True).add(HTTP3 if http3 else HTTP2, AUTOMATIC_TTL)
    return Zone(origin, contents, frozenset(failing))


def _with_own(records: Iterable[Record]) -> set[Name]:
    return {record.name for record in records if record.type == RdataType.HTTPS}


def number(contents: dns.zone.Zone, nameservers: Sequence[str], serial: int) -> None:
    """Put Cloudflare's SOA record, with that serial, and its NS records at the apex."""
    hosts = [dns.name.from_text(nameserver) for nameserver in nameservers]
    timers = (serial, REFRESH, RETRY, EXPIRE, NEGATIVE_TTL)
    soa = dns.rdata.from_text(IN, RdataType.SOA, " ".join(str(part) for part in (hosts[0], HOSTMASTER, *timers)))
    delegation = [dns.rdata.from_text(IN, RdataType.NS, host.to_text()) for host in hosts]
    for ttl, rdatas in ((NEGATIVE_TTL, [soa]), (NS_TTL, delegation)):
        contents.replace_rdataset(_origin(contents), dns.rdataset.from_rdata_list(ttl, rdatas))


def sign(zone: Zone, private: PrivateKey, now: float) -> Zone:
    """Return the zone signed with NSEC denial (RFC 4035), valid from an hour before `now` (seconds) for LIFETIME."""
    for told in _for_the_parent(zone.origin, private):
        zone.contents.replace_rdataset(zone.origin, dns.rdataset.from_rdata_list(DNSKEY_TTL, [told]))
    dns.dnssec.sign_zone(
        zone.contents,
        keys=[(private, dnskey(private))],
        dnskey_ttl=DNSKEY_TTL,
        inception=int(now) - SKEW,
        expiration=int(now) + LIFETIME,
    )
    return Zone(zone.origin, zone.contents, zone.failing)


def _for_the_parent(origin: Name, private: PrivateKey) -> Iterator[Rdata]:
    """Yield CDS and CDNSKEY (RFC 7344, RFC 8078), by which a registry may follow a change of keys."""
    yield dns.rdata.from_text(IN, RdataType.CDS, ds(private, origin).to_text())
    yield dns.rdata.from_text(IN, RdataType.CDNSKEY, dnskey(private).to_text())


def _served(record: Record, origin: Name, records: Sequence[Record], reachable: Reachable) -> list[Rdata]:
    """Return what is answered for the record, nothing when its target has no known address."""
    if record.proxied:
        return [*EDGE]
    if record.type == RdataType.CNAME and record.name == origin:
        return _flattened(record, records, reachable)
    return [record.rdata]


def _flattened(record: Record, records: Sequence[Record], reachable: Reachable) -> list[Rdata]:
    """Return the addresses that an apex CNAME leads to: Cloudflare's CNAME flattening."""
    for _ in range(MAX_ALIASES):
        target: Name = record.rdata.target  # type: ignore[attr-defined]  # every CNAME has one
        found = [other for other in records if other.name == target]
        plain = [one.rdata for one in found if one.type in ADDRESSES and not one.proxied]
        addresses = [*plain, *(EDGE if any(one.proxied for one in found) else ())]
        aliases = [one for one in found if one.type == RdataType.CNAME]
        if addresses or not aliases:
            return addresses or ([*EDGE] if reachable(target.to_text(omit_final_dot=True)) else [])
        record = aliases[0]
    return []


def _origin(contents: dns.zone.Zone) -> Name:
    return contents.origin or dns.name.root

"""One fault at a time in the stack's DNS: a foreign tool sees it, and exactly the findings about it turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import dns.dnssec
import dns.flags
import dns.name
import dns.rcode
import dns.rdata
import dns.rrset
import pytest
from dns.message import Message
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rrset import RRset

from localcloud.base.world import Resource, World
from localcloud.dns import keys
from localcloud.dns.parent_zones import REGISTRATION

pytestmark = pytest.mark.stack

DOMAIN = "acme.test"
DMARC, APP, HOST = f"_dmarc.{DOMAIN}", f"app.{DOMAIN}", "acme.hosting.test"
ADA, BOB = "ada.ns.cloudflare.com", "bob.ns.cloudflare.com"
OLD = ("ns1.old.example", "ns2.old.example")
OTHER_DS = "1 13 2 " + "AB" * 32
ELSEWHERE = "feedback-smtp.eu-west-1.amazonses.com"  # a mail host, and not that of the domain
DAY = 86_400  # seconds
Seen = Callable[[Any], bool]
Fault = Callable[[Any], AbstractContextManager[Any]]
Change = Callable[[RRset], RRset]


def dig(expected: str, *question: str, port: str = "dns") -> Seen:
    """Whether kdig's answer holds this text."""
    return lambda bench: expected in bench.kdig(*question, port=port)


def dig_never(unwanted: str, *question: str, port: str = "dns") -> Seen:
    """Whether kdig's answer lacks this text."""
    return lambda bench: unwanted not in bench.kdig(*question, port=port)


def delv_refuses(name: str, type_: str) -> Seen:
    """Whether delv does not validate the answer under the stack's trust anchor."""

    def seen(bench: Any) -> bool:
        anchor = str(bench.home.path / "trust-anchor.key")
        where = ("@127.0.0.1", "-p", str(bench.ports["dns"]))
        return "fully validated" not in bench.tool("delv", *where, "-a", anchor, f"+root={DOMAIN}", name, type_)

    return seen


def asked(query: Message, name: str, type_: str = "") -> bool:
    """Whether the query is about a name, and a type where one is given."""
    question = query.question[0]
    return question.name.to_text(omit_final_dot=True).lower() == name and type_ in ("", question.rdtype.name)


def says(rcode: dns.rcode.Rcode, name: str, type_: str = "") -> Callable[[Message, Message], Message]:
    """Answer with an error to every question about a name."""

    def alter(query: Message, response: Message) -> Message:
        if asked(query, name, type_):
            response.answer, response.authority = [], []
            response.set_rcode(rcode)
        return response

    return alter


def lame(_query: Message, response: Message) -> Message:
    response.flags &= ~dns.flags.AA
    return response


def forged(query: Message, response: Message) -> Message:
    """Another SOA record under the signature of the right one."""
    if asked(query, DOMAIN, "SOA"):
        response.answer[0] = soa(refresh=10_001)(response.answer[0])
    return response


def resigned(port: str, type_: str, change: Change, begins: float = -1, ends: float = 6) -> Fault:
    """Change record sets of a type at the apex on the wire, and sign them with the zone's own key.

    `begins` and `ends` are in days from now.
    """

    @contextmanager
    def make(bench: Any) -> Iterator[Any]:
        with bench.opened() as world:
            private = keys.key(world, world.resources(keys.ZONE)[0].id)

        def alter(query: Message, response: Message) -> Message:
            if asked(query, DOMAIN, type_):
                answer = change(next(one for one in response.answer if one.rdtype != RdataType.RRSIG))
                origin, now = dns.name.from_text(DOMAIN), time.time()
                signature = dns.dnssec.sign(
                    answer, private, origin, keys.dnskey(private), int(now + begins * DAY), int(now + ends * DAY)
                )
                response.answer = [answer, dns.rrset.from_rdata(answer.name, answer.ttl, signature)]
            return response

        with bench.wire(alter, port) as faulty:
            yield faulty

    return make


def soa(**fields: int) -> Change:
    """Have other values in the SOA record."""
    return lambda records: dns.rrset.from_rdata(records.name, records.ttl, records[0].replace(**fields))


def same(records: RRset) -> RRset:
    return records


def other_mx(records: RRset) -> RRset:
    return dns.rrset.from_text(records.name, records.ttl, IN, RdataType.MX, "1 smtp.old.example.")


def registered(nameservers: tuple[str, ...] = (ADA, BOB), ds: tuple[str, ...] | None = None) -> Fault:
    """Have somebody enter this at the registrar; the DS record of the zone unless another is given."""

    def make(bench: Any) -> AbstractContextManager[Any]:
        def change(world: World) -> None:
            zone = world.resources(keys.ZONE)[0]
            right = keys.ds(keys.key(world, zone.id), dns.name.from_text(DOMAIN)).to_text()
            entered = {"zone": DOMAIN, "nameServers": nameservers, "ds": (right,) if ds is None else ds}
            world.put(Resource(REGISTRATION, DOMAIN, "by-hand", entered))

        return bench.world(change)  # type: ignore[no-any-return]

    return make


def slow_record(bench: Any) -> AbstractContextManager[Any]:
    """Have somebody set a TTL of a day by hand."""
    wanted = {"name": DMARC, "type": "TXT"}
    return bench.changed("cloudflare:index/dnsRecord:DnsRecord", {"ttl": DAY}, **wanted)  # type: ignore[no-any-return]


# what is done, the foreign tool that sees it, the findings that turn
FAULTS: dict[str, tuple[Fault, Seen, dict[str, str]]] = {
    "a mail server changed by hand": (
        lambda bench: bench.records("MX", DOMAIN, ELSEWHERE, priority=1),
        dig(ELSEWHERE, DOMAIN, "MX"),
        {f"dns.record.exact MX {DOMAIN}": "fail"},
    ),
    "a second mail server": (
        lambda bench: bench.records("MX", DOMAIN, "smtp.google.com", ELSEWHERE, priority=1),
        dig(ELSEWHERE, DOMAIN, "MX"),
        {f"dns.record.exact MX {DOMAIN}": "fail"},
    ),
    "an unpromised text beside the SPF record": (
        lambda bench: bench.records("TXT", DOMAIN, '"v=spf1 include:_spf.google.com -all"', '"old-proof=1"'),
        dig("old-proof=1", DOMAIN, "TXT"),
        {f"dns.record.exact TXT {DOMAIN}": "fail"},
    ),
    "mail taken at a web host": (
        lambda bench: bench.records("MX", APP, "smtp.other.test", priority=1),
        dig("smtp.other.test", APP, "MX"),
        {"dns.record.unexpected": "fail"},
    ),
    "a record kept for a day": (
        slow_record,
        dig("86400", DMARC, "TXT"),
        {"dns.record.ttl": "fail"},
    ),
    "the web host's name is gone": (
        lambda bench: bench.wire(says(dns.rcode.NXDOMAIN, HOST)),
        dig("NXDOMAIN", HOST, "A"),
        {f"dns.cname.dangling {DOMAIN}": "fail", f"dns.cname.dangling {APP}": "fail"},
    ),
    "CAA shuts an authority out": (
        lambda bench: bench.records("CAA", DOMAIN, '0 issue "letsencrypt.org"'),
        dig_never("pki.goog", DOMAIN, "CAA"),
        {f"dns.record.exact CAA {DOMAIN}": "fail", "dns.caa.issuers": "fail"},
    ),
    "CAA removed": (
        lambda bench: bench.records("CAA", DOMAIN),
        dig("ANSWER: 0", DOMAIN, "CAA"),
        {f"dns.record.exact CAA {DOMAIN}": "fail", "dns.caa.issuers": "fail"},
    ),
    "a stale serial": (
        resigned("dns2", "SOA", soa(serial=7)),
        dig(" 7 10000", DOMAIN, "SOA", port="dns2"),
        {"dns.delegation.serial": "fail"},
    ),
    "a lame name server": (
        lambda bench: bench.wire(lame, "dns2"),
        dig_never("aa", "+noall", "+header", DOMAIN, "SOA", port="dns2"),
        {f"dns.delegation.server {BOB} for {DOMAIN}": "fail"},
    ),
    "a name server that refuses": (
        lambda bench: bench.wire(says(dns.rcode.REFUSED, DOMAIN, "SOA"), "dns2"),
        dig("REFUSED", DOMAIN, "SOA", port="dns2"),
        {f"dns.delegation.server {BOB} for {DOMAIN}": "unknown", "dns.delegation.serial": "unknown"},
    ),
    "a zone that expires within the hour": (
        resigned("dns", "SOA", soa(expire=3_600)),
        dig(" 3600 1800", DOMAIN, "SOA"),
        {"dns.soa.timers": "warn", "dns.delegation.serial": "warn"},  # the other name server has the former timers
    ),
    "an older answer at another resolver": (
        resigned("dns2", "MX", other_mx),
        dig("smtp.old.example", DOMAIN, "MX", port="dns2"),
        {"dns.propagation": "fail"},
    ),
    "the registrar still names the old name servers": (
        registered(nameservers=OLD),
        dig(OLD[0], DOMAIN, "NS", port="registry"),
        {
            "dns.delegation.nameservers": "fail",
            **{f"dns.delegation.server {name} for {DOMAIN}": "unknown" for name in OLD},
            "dns.change.records": "warn",  # nobody sees what the old name servers, which are not there, hold
        },
    ),
    "the registrar forgot one name server": (
        registered(nameservers=(ADA,)),
        dig_never(BOB, DOMAIN, "NS", port="registry"),
        {"dns.delegation.nameservers": "fail"},
    ),
    "the zone above is down": (
        lambda bench: bench.wire(says(dns.rcode.SERVFAIL, DOMAIN), "registry"),
        dig("SERVFAIL", DOMAIN, "NS", port="registry"),
        {"dns.delegation.nameservers": "unknown", "dns.dnssec.ds": "unknown"},
    ),
    "no DS record at the registrar": (
        registered(ds=()),
        dig("ANSWER: 0", DOMAIN, "DS", port="registry"),
        {"dns.dnssec.ds": "fail"},
    ),
    "the DS record of a key that is gone": (
        registered(ds=(OTHER_DS,)),
        dig("ABABABAB", DOMAIN, "DS", port="registry"),
        {"dns.dnssec.ds": "fail", "dns.dnssec.chain": "fail"},
    ),
    "an expired signature": (
        resigned("dns", "SOA", same, begins=-9, ends=-2),
        delv_refuses(DOMAIN, "SOA"),
        {"dns.dnssec.lifetime": "fail"},
    ),
    "a signature that nobody renews": (
        resigned("dns", "SOA", same, begins=-27, ends=1),
        lambda bench: time.strftime("%Y%m%d", time.gmtime(time.time() + DAY)) in bench.kdig("+dnssec", DOMAIN, "SOA"),
        {"dns.dnssec.lifetime": "warn"},
    ),
    "a forged record": (
        lambda bench: bench.wire(forged),
        delv_refuses(DOMAIN, "SOA"),
        {"dns.dnssec.chain": "fail", "dns.delegation.serial": "warn"},  # the other name server has the right one
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_turns_exactly_the_findings_about_it(mutation: Callable[..., None], fault: str) -> None:
    mutation(*FAULTS[fault])

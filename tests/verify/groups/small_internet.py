"""A small internet: servers by their addresses with the zones that each holds and its faults, and a resolver over them.

Everything that a verification asks goes through messages in wire format; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.message import Message
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rrset import RRset

from verify.answers.dns import Question, Reply
from verify.observe.asker import Asker
from verify.reach import Address, Reach

RESOLVER = ("127.0.0.53", 53)
TTL = 3600
DEAD, LAME, EMPTY = "dead", "answers without authority", "answers without records"
HOPS = 12

Faults = Mapping[tuple[str, str], str]  # address and record type ("*" for all): a response code, or one of these


def sets(lines: Iterable[str]) -> list[RRset]:
    """The record sets of lines `owner type data`; data that no library reads may be written as RFC 3597 does."""
    found: dict[tuple[Name, RdataType, RdataType], RRset] = {}
    for line in filter(None, (line.strip() for line in lines)):
        owner, type_, data = line.split(None, 2)
        name, kind = dns.name.from_text(owner), dns.rdatatype.from_text(type_)
        one = _rdata(kind, data)
        made = found.setdefault((name, kind, one.covers()), RRset(name, dns.rdataclass.IN, kind, one.covers()))
        made.add(one, TTL)
    return list(found.values())


def _rdata(kind: RdataType, data: str) -> dns.rdata.Rdata:
    if data.startswith("\\# "):
        return dns.rdata.GenericRdata(dns.rdataclass.IN, kind, bytes.fromhex(data.split(None, 2)[2]))
    return dns.rdata.from_text(dns.rdataclass.IN, kind, data)


@dataclass(frozen=True)
class Zone:
    """The record sets of one zone, glue included."""

    apex: Name
    records: Sequence[RRset]

    def at(self, name: Name) -> list[RRset]:
        return [each for each in self.records if each.name == name]

    def cut(self, name: Name) -> RRset | None:
        """The name servers that a part of the zone was given to, when the name lies in one."""
        given = (each for each in self.records if each.rdtype == RdataType.NS and each.name != self.apex)
        return next((each for each in given if name.is_subdomain(each.name)), None)

    def glue(self, cut: RRset) -> list[RRset]:
        targets = [server.target for server in cut]
        return [each for each in self.records if each.rdtype in (RdataType.A, RdataType.AAAA) and each.name in targets]


def zone(apex: str, *texts: str) -> Zone:
    return Zone(dns.name.from_text(apex), sets(line for text in texts for line in text.splitlines()))


@dataclass
class Internet(Asker):
    """Which zones each address serves, and what is wrong with it; `no_route` are those that cannot be reached."""

    servers: Mapping[str, Sequence[Zone]]
    roots: Sequence[str]
    faults: Faults = field(default_factory=dict)
    no_route: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        super().__init__(Reach((RESOLVER,)))

    async def ask_at(self, server: Address, question: Question) -> Reply:
        if server == RESOLVER:
            return Reply(question, server, self.resolve(question))
        if server[0] in self.no_route:
            return Reply(question, server, error="Network is unreachable", routed=False)
        message = self.answered(server[0], question)
        if message is None:
            return Reply(question, server, error="no answer within 5 s")
        try:
            return Reply(question, server, dns.message.from_wire(message.to_wire()))
        except dns.exception.DNSException:
            return Reply(question, server, error="no answer within 5 s")  # what cannot be read is passed over

    def answered(self, address: str, question: Question) -> Message | None:
        """What the server at an address says, None when nothing comes."""
        fault = self.faults.get((address, question.type)) or self.faults.get((address, "*"), "")
        if fault == DEAD or address not in self.servers:
            return None
        message = dns.message.make_response(dns.message.make_query(question.name, question.type, want_dnssec=True))
        if fault in dns.rcode.Rcode.__members__:
            message.set_rcode(dns.rcode.from_text(fault))
            return message
        self._fill(message, self.servers[address], dns.name.from_text(question.name), question.type)
        if fault == LAME:
            message.flags &= ~dns.flags.AA
        if fault == EMPTY:
            message.answer, message.authority, message.additional = [], [], []
        return message

    def _fill(self, message: Message, zones: Sequence[Zone], name: Name, type_: str) -> None:
        held = [each for each in zones if name.is_subdomain(each.apex)]
        if type_ == "DS" and any(each.apex < name for each in held if each.apex != name):
            held = [each for each in held if each.apex != name] or held  # DS is a record of the zone above
        if not held:
            message.set_rcode(dns.rcode.REFUSED)
            return
        one = max(held, key=lambda each: len(each.apex))
        cut = one.cut(name)
        if cut is not None and not (type_ == "DS" and cut.name == name):
            message.authority = [cut]
            message.additional = one.glue(cut)
            return
        message.flags |= dns.flags.AA
        message.answer = list(_records(one, name, dns.rdatatype.from_text(type_)))
        if not message.answer and not any(each.name.is_subdomain(name) for each in one.records):
            message.set_rcode(dns.rcode.NXDOMAIN)

    def resolve(self, question: Question, hops: int = HOPS) -> Message:
        """What a recursive resolver says that tries every server and believes only those with authority."""
        reply = dns.message.make_response(dns.message.make_query(question.name, question.type, want_dnssec=True))
        reply.flags |= dns.flags.RA
        found = self._iterate(question, hops)
        if found is None:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply
        reply.set_rcode(found.rcode())
        reply.answer = list(found.answer)
        alias = next((each for each in found.answer if each.rdtype == RdataType.CNAME), None)
        if alias is not None and question.type != "CNAME" and hops:
            target = alias[0].target.to_text(omit_final_dot=True)
            behind = self.resolve(Question(target, question.type), hops - 1)
            reply.set_rcode(behind.rcode())
            reply.answer = [alias, *behind.answer]
        return reply

    def _iterate(self, question: Question, hops: int) -> Message | None:
        servers, depth = list(self.roots), 0
        name = dns.name.from_text(question.name)
        while hops:
            hops -= 1
            said = [each for server in servers if (each := self.answered(server, question)) and _usable(each, depth)]
            if not said:
                return None
            if said[0].flags & dns.flags.AA:
                return said[0]
            (cut,) = said[0].authority
            if not name.is_subdomain(cut.name):
                return None
            depth, servers = len(cut.name), list(self._addresses(cut, said[0].additional, hops))
        return None

    def _addresses(self, cut: RRset, glue: Sequence[RRset], hops: int) -> Iterator[str]:
        for server in cut:
            given = [one.address for each in glue if each.name == server.target for one in each]
            target = server.target.to_text(omit_final_dot=True)
            if given or server.target.is_subdomain(cut.name):
                yield from given
                continue
            for type_ in ("A", "AAAA"):
                answer = self.resolve(Question(target, type_), hops - 1).answer if hops else []
                yield from (one.address for each in answer if each.rdtype != RdataType.CNAME for one in each)


def _usable(message: Message, depth: int) -> bool:
    if message.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return False
    return bool(message.flags & dns.flags.AA) or any(len(cut.name) > depth for cut in message.authority)


def _records(one: Zone, name: Name, type_: RdataType) -> Iterator[RRset]:
    """The wanted records or the alias, each with its signatures; below a DNAME, the alias that follows from it."""
    for each in one.records:
        if each.rdtype == RdataType.DNAME and name.is_subdomain(each.name) and name != each.name:
            target = name.relativize(each.name).concatenate(each[0].target)
            yield from (each, dns.rrset.from_text(name, TTL, "IN", "CNAME", target.to_text()))
            return
    wanted = (type_, RdataType.CNAME)
    for each in one.at(name):
        covers = each.covers if each.rdtype == RdataType.RRSIG else each.rdtype
        if covers in wanted:
            yield each
        if each.rdtype == RdataType.CNAME and type_ != RdataType.CNAME and each[0].target != name:
            yield from _records(one, each[0].target, type_)

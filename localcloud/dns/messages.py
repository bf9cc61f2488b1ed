"""One query in, one response out, both as bytes: header, EDNS (RFC 6891) and the size of a response."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import dns.exception
import dns.flags
import dns.message
from dns.message import Message
from dns.name import Name
from dns.opcode import Opcode
from dns.rcode import Rcode
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from localcloud.dns.recursion import Resolved
from localcloud.dns.resolution import resolve
from localcloud.dns.zone import Zone

HEADER = 12  # bytes
PAYLOAD = 1232  # bytes we send and take by UDP: dnsflagday.net/2020
PLAIN_UDP = 512  # bytes without EDNS, RFC 1035 section 4.2.1
TCP = 65_535  # bytes
TRANSFERS = (RdataType.AXFR, RdataType.IXFR)
META = range(128, 256)  # question types that are not data, RFC 6895 section 3.1


Recurse = Callable[[Name, RdataType, bool, bool], Resolved]


def respond(zones: Sequence[Zone], wire: bytes, udp: bool, recurse: Recurse | None = None) -> bytes | None:
    """Return the response to whatever arrived; None for what deserves no answer (no header, or a response itself).

    `recurse` answers instead of the zones, as a resolver: name, type, whether signatures are wanted, whether to check.
    """
    if len(wire) < HEADER or wire[2] & 0x80:
        return None
    try:
        query = dns.message.from_wire(wire, ignore_trailing=False)
    except dns.exception.DNSException:
        return _malformed(wire)
    response = _answered(zones, query) if recurse is None else _recursed(recurse, query)
    limit = _udp_limit(query) if udp else TCP
    return response.to_wire(max_size=limit, prefer_truncation=True)


def _answered(zones: Sequence[Zone], query: Message) -> Message:
    response = dns.message.make_response(query, our_payload=PAYLOAD, pad=0)
    refusal = _refusal(query)
    if refusal is not None:
        response.set_rcode(refusal)
        return response
    question = query.question[0]
    reply = resolve(zones, question.name, question.rdtype, secure=bool(query.ednsflags & dns.flags.DO))
    response.set_rcode(reply.rcode)
    response.flags |= dns.flags.AA if reply.authoritative else 0
    response.answer, response.authority, response.additional = reply.answer, reply.authority, reply.additional
    return response


def _recursed(recurse: Recurse, query: Message) -> Message:
    response = dns.message.make_response(query, our_payload=PAYLOAD, pad=0, recursion_available=True)
    refusal = _refusal(query) or (None if query.flags & dns.flags.RD else Rcode.REFUSED)
    if refusal is not None:
        response.set_rcode(refusal)
        return response
    question = query.question[0]
    secure = bool(query.ednsflags & dns.flags.DO)
    found = recurse(question.name, question.rdtype, secure, not query.flags & dns.flags.CD)
    response.set_rcode(found.reply.rcode)
    response.flags |= dns.flags.AD if found.authentic and (secure or query.flags & dns.flags.AD) else 0
    response.flags |= query.flags & dns.flags.CD
    response.answer, response.authority = found.reply.answer, found.reply.authority
    return response


def _refusal(query: Message) -> Rcode | None:
    """Return why the query gets no data, None when it may have some."""
    if query.edns > 0:
        return Rcode.BADVERS
    if query.opcode() != Opcode.QUERY:
        return Rcode.NOTIMP
    if len(query.question) != 1:
        return Rcode.FORMERR
    kind = query.question[0].rdtype
    if query.question[0].rdclass != IN or kind in TRANSFERS:
        return Rcode.REFUSED
    return Rcode.NOTIMP if kind in META and kind != RdataType.ANY else None


def _udp_limit(query: Message) -> int:
    return min(max(query.payload, PLAIN_UDP), PAYLOAD) if query.edns >= 0 else PLAIN_UDP


def _malformed(wire: bytes) -> bytes:
    """Return FORMERR with the query's id, operation and RD bit."""
    response = Message(id=int.from_bytes(wire[:2], "big"))
    response.flags = dns.flags.QR | ((wire[2] << 8) & (dns.flags.RD | 0x7800))
    response.set_rcode(Rcode.FORMERR)
    return response.to_wire()

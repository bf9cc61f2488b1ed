"""What is asked of the DNS, and what comes back: values, and how a message is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdatatype import CNAME, NS

from blueprint.zone_file import text_of
from verify.reach import Address


class Outcome(StrEnum):
    """How a question ended. Only ANSWER, NODATA and NXDOMAIN say something about the name."""

    ANSWER = "answer"
    NODATA = "no such record"
    NXDOMAIN = "no such name"
    FAILED = "failed"


@dataclass(frozen=True, order=True)
class Question:
    """A name (without a final dot) and a record type."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """What was answered: record data as text (TXT joined and without quotes), or in `detail` why there is none.

    `ttl` is in seconds, the least of the answered records; `aliases` are the names that CNAMEs led to on the way.
    """

    question: Question
    outcome: Outcome
    data: tuple[str, ...] = ()
    detail: str = ""
    ttl: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What one server said to one question: its whole message, or in `error` why there is none.

    `routed` is False when this machine has no way to the server at all, such as to IPv6 addresses without IPv6.
    """

    question: Question
    server: Address
    message: dns.message.Message | None = None
    error: str = ""
    routed: bool = True

    @property
    def rcode(self) -> str:
        """The response code by its name, empty when nothing came."""
        return dns.rcode.to_text(self.message.rcode()) if self.message else ""


def read(reply: Reply) -> Answer:
    """Return what a reply says about its question; SERVFAIL, REFUSED and silence say nothing."""
    question, message = reply.question, reply.message
    if message is None:
        return Answer(question, Outcome.FAILED, detail=f"{named(reply.server)}: {reply.error}")
    aliases = tuple(text_of(alias) for rrset in message.answer if rrset.rdtype == CNAME for alias in rrset)
    if message.rcode() == dns.rcode.NXDOMAIN:
        return Answer(question, Outcome.NXDOMAIN, aliases=aliases)
    if message.rcode() != dns.rcode.NOERROR:
        return Answer(question, Outcome.FAILED, detail=f"{named(reply.server)} said {reply.rcode}")
    wanted = dns.rdatatype.from_text(question.type)
    found = [rrset for rrset in message.answer if rrset.rdtype == wanted] or _delegated(message, question)
    data = tuple(sorted(text_of(rdata) for rrset in found for rdata in rrset))
    ttl = min((rrset.ttl for rrset in found), default=0)
    return Answer(question, Outcome.ANSWER if data else Outcome.NODATA, data, ttl=ttl, aliases=aliases)


def _delegated(message: dns.message.Message, question: Question) -> list[dns.rrset.RRset]:
    """Return the name servers that a zone's own server refers to when it is asked for those of a part given away."""
    if question.type != "NS":
        return []
    cut = dns.name.from_text(question.name)
    return [rrset for rrset in message.authority if rrset.rdtype == NS and rrset.name == cut]


def covered(reply: Reply) -> bool:
    """Return whether DNSSEC covers the answer: a resolver validated it, or the zone's own server signed it."""
    message = reply.message
    if message is None:
        return False
    signed = any(rrset.rdtype == dns.rdatatype.RRSIG for rrset in message.answer)
    return bool(message.flags & dns.flags.AD) or (bool(message.flags & dns.flags.AA) and signed)


def named(server: Address) -> str:
    """Return a server's address as findings name it."""
    return f"{server[0]} port {server[1]}"

"""What is asked of the DNS, and what comes back: values, and how a message is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype

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
    """What was answered: record data as text (TXT joined and without quotes), or in `detail` why there is none."""

    question: Question
    outcome: Outcome
    data: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Reply:
    """What one server said to one question: its whole message, or in `error` why there is none."""

    question: Question
    server: Address
    message: dns.message.Message | None = None
    error: str = ""


def read(reply: Reply) -> Answer:
    """Return what a reply says about its question; SERVFAIL, REFUSED and silence say nothing."""
    question, message = reply.question, reply.message
    if message is None:
        return Answer(question, Outcome.FAILED, detail=f"{named(reply.server)}: {reply.error}")
    rcode = message.rcode()
    if rcode == dns.rcode.NXDOMAIN:
        return Answer(question, Outcome.NXDOMAIN)
    if rcode != dns.rcode.NOERROR:
        return Answer(question, Outcome.FAILED, detail=f"{named(reply.server)} said {dns.rcode.to_text(rcode)}")
    wanted = dns.rdatatype.from_text(question.type)
    data = tuple(sorted(text_of(rdata) for rrset in message.answer if rrset.rdtype == wanted for rdata in rrset))
    return Answer(question, Outcome.ANSWER if data else Outcome.NODATA, data)


def named(server: Address) -> str:
    """Return a server's address as findings name it."""
    return f"{server[0]} port {server[1]}"


def text_of(rdata: dns.rdata.Rdata) -> str:
    """Return a record's data as text: a TXT joined and without quotes, names without their final dot."""
    strings: tuple[bytes, ...] | None = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return rdata.to_text().rstrip(".")

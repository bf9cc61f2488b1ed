"""Asks the DNS. Every question is asked once, all of them at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from verify.reach import Address, Reach

DNS_PORT = 53


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
    """What was answered: record data as text (TXT joined and without quotes), or why there is none."""

    question: Question
    outcome: Outcome
    data: tuple[str, ...] = ()
    detail: str = ""


def ask(questions: Iterable[Question], reach: Reach) -> Mapping[Question, Answer]:
    """Return the answer to each question, from the first nameserver that gives one."""
    unique = sorted(set(questions))
    servers = reach.nameservers or _system_nameservers()
    return asyncio.run(_ask_all(unique, servers, reach.timeout))


def _system_nameservers() -> tuple[Address, ...]:
    try:
        return tuple((str(server), DNS_PORT) for server in dns.resolver.Resolver().nameservers)
    except dns.resolver.NoResolverConfiguration:
        return ()


async def _ask_all(
    questions: list[Question], servers: tuple[Address, ...], timeout: float
) -> Mapping[Question, Answer]:
    answers = await asyncio.gather(*(_ask(question, servers, timeout) for question in questions))
    return dict(zip(questions, answers, strict=True))


async def _ask(question: Question, servers: tuple[Address, ...], timeout: float) -> Answer:
    answer = Answer(question, Outcome.FAILED, detail="no nameserver is known; give one with --nameserver")
    for server in servers:
        answer = await _ask_server(question, server, timeout)
        if answer.outcome is not Outcome.FAILED:
            break
    return answer


async def _ask_server(question: Question, server: Address, timeout: float) -> Answer:
    host, port = server
    query = dns.message.make_query(question.name, question.type, use_edns=0)
    try:
        response, _ = await dns.asyncquery.udp_with_fallback(query, host, timeout=timeout, port=port)
    except (dns.exception.DNSException, OSError) as error:
        return Answer(question, Outcome.FAILED, detail=f"{host} port {port}: {error or type(error).__name__}")
    return _read(question, response, server)


def _read(question: Question, response: dns.message.Message, server: Address) -> Answer:
    rcode = response.rcode()
    if rcode == dns.rcode.NXDOMAIN:
        return Answer(question, Outcome.NXDOMAIN)
    if rcode != dns.rcode.NOERROR:
        return Answer(question, Outcome.FAILED, detail=f"{server[0]} port {server[1]} said {dns.rcode.to_text(rcode)}")
    wanted = dns.rdatatype.from_text(question.type)
    data = tuple(sorted(_text(rdata) for rrset in response.answer if rrset.rdtype == wanted for rdata in rrset))
    return Answer(question, Outcome.ANSWER if data else Outcome.NODATA, data)


def _text(rdata: dns.rdata.Rdata) -> str:
    strings: tuple[bytes, ...] | None = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return rdata.to_text().rstrip(".")

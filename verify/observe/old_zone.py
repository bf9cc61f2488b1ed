"""Asks the name servers before the launch, and the new ones, for the names that domains usually have.

A name server tells nobody which names it holds (zone transfers are refused, ANY is minimal: RFC 8482), so the usual
ones are asked for, and those of the zone file where there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence

from dns.flags import AA
from dns.rdatatype import RdataType

from blueprint.zone_file import ZoneRecord, text_of
from verify.answers.carried import Carried, Held
from verify.answers.delegation import Delegation, Server, records
from verify.answers.dns import Answer, Outcome, Question, Reply, read
from verify.observe.asker import Asker
from verify.observe.usual_names import usual_names

TYPES = (
    *("A", "AAAA", "CNAME", "MX", "TXT", "SRV", "CAA", "HTTPS", "SVCB", "NAPTR", "TLSA", "SSHFP", "SMIMEA"),
    *("OPENPGPKEY", "CERT", "LOC", "PTR", "URI"),
)
ALIASED = ("A", "AAAA", "CNAME")
NO_SUCH = "launch-asks-for-no-such-name"  # what only a wildcard answers


async def look(
    seen: Delegation, promised: Collection[str], known: Sequence[ZoneRecord] | None, more: Iterable[str], asker: Asker
) -> Carried:
    """Return what the name servers that the registrar points to hold, and what the `promised` ones do.

    `known` are the records of the zone file, None without one; `more` are further names to ask for.
    """
    zone = seen.zone
    old = [server for server in seen.servers if server.name not in promised]
    names = tuple(sorted({name for name in seen.above.nameservers if name not in promised}))
    if not names:
        return Carried(zone)
    own = [one for one in known or () if one.name == zone or one.name.endswith(f".{zone}")]
    asked = {*(f"{label}.{zone}" for label in usual_names()), zone, *more, *(one.name for one in own)}
    heard = [server for server in old if _serves(server)]
    found = await _held(heard, sorted(asked), zone, asker) if heard else []
    records_ = tuple(dict.fromkeys((*found, *own)))
    new = [server for server in seen.servers if server.name in promised and _serves(server)]
    if not new:
        return Carried(zone, names, records_, failure="none of the new name servers answers for the zone")
    held, failure = await _holds(new, records_, asker)
    return Carried(zone, names, records_, held, _silence(names, old, heard), failure, not old)


def _serves(server: Server) -> bool:
    message = server.soa.message
    return message is not None and bool(message.flags & AA) and read(server.soa).outcome is Outcome.ANSWER


def _silence(names: Sequence[str], old: Sequence[Server], heard: Sequence[Server]) -> str:
    if heard:
        return ""
    if not old:
        return f"{' and '.join(names)} cannot be found"
    return f"{' and '.join(sorted({server.name for server in old}))} gave no answer for the zone"


async def _held(servers: Sequence[Server], names: Sequence[str], zone: str, asker: Asker) -> list[ZoneRecord]:
    """Return the records of those names that the servers answer; what only a wildcard says is told of that alone."""
    wild = await _records(servers, f"{NO_SUCH}.{zone}", asker)
    shape = {(one.type, one.content) for one in wild}
    found = await asyncio.gather(*(_records(servers, name, asker) for name in names))
    own = [one for records_ in found for one in records_ if {(each.type, each.content) for each in records_} != shape]
    return [*(ZoneRecord(f"*.{zone}", one.type, one.content) for one in wild), *own]


async def _records(servers: Sequence[Server], name: str, asker: Asker) -> list[ZoneRecord]:
    first = await _ask(servers, Question(name, "A"), asker)
    if first is None or first.rcode != "NOERROR":
        return []
    if first.message is not None and not first.message.flags & AA:
        return [ZoneRecord(name, "NS", text) for text in _below(first, name)]
    replies = await asyncio.gather(*(_ask(servers, Question(name, type_), asker) for type_ in TYPES))
    return _own(name, [read(reply) for reply in replies if reply])


def _below(reply: Reply, name: str) -> list[str]:
    """Return the name servers of a zone that is delegated at this very name; none for what lies further below."""
    if reply.message is None or reply.message.flags & AA:
        return []
    return [text_of(one).lower() for one in records(reply, name, RdataType.NS) or ()]


def _own(name: str, answers: Iterable[Answer]) -> list[ZoneRecord]:
    """Return what the name itself has: the alias alone where there is one (RFC 1034 section 3.6.2)."""
    given = list(answers)
    alias = next((answer.data or answer.aliases[:1] for answer in given if answer.question.type == "CNAME"), ())
    alias = alias or next((answer.aliases[:1] for answer in given if answer.aliases), ())
    if alias:
        return [ZoneRecord(name, "CNAME", text.lower()) for text in alias]
    return [ZoneRecord(name, answer.question.type, text) for answer in given for text in answer.data]


async def _ask(servers: Sequence[Server], question: Question, asker: Asker) -> Reply | None:
    """Return the answer of the first server that has one."""
    for server in servers:
        reply = await asker.ask_at(server.address, question)
        if read(reply).outcome is not Outcome.FAILED:
            return reply
    return None


async def _holds(servers: Sequence[Server], wanted: Sequence[ZoneRecord], asker: Asker) -> tuple[Held, str]:
    """Return what the new servers hold at the names and types that are wanted, and why they gave no answer."""
    types = {(one.name, type_) for one in wanted for type_ in (one.type, *ALIASED)}
    questions = [Question(*each) for each in sorted(types)]
    replies = await asyncio.gather(*(_ask(servers, question, asker) for question in questions))
    lost = next((question for question, reply in zip(questions, replies, strict=True) if reply is None), None)
    held: dict[tuple[str, str], Sequence[str]] = {}
    for question, reply in zip(questions, replies, strict=True):
        if reply is not None:
            _take(held, question, reply)
    return held, f"the new name servers did not answer for {lost.name} {lost.type}" if lost else ""


def _take(held: dict[tuple[str, str], Sequence[str]], question: Question, reply: Reply) -> None:
    answer = read(reply)
    if answer.data:
        held[question.name, question.type] = answer.data
    if answer.aliases:
        held[question.name, "CNAME"] = answer.aliases[:1]
    if below := _below(reply, question.name):
        held[question.name, "NS"] = below

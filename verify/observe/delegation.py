"""Looks at a zone from above and from each of its name servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from dns.rdatatype import RdataType

from verify.answers.delegation import Above, Delegation, Server, records
from verify.answers.dns import Outcome, Question, Reply, read, text_of
from verify.observe.asker import DNS_PORT, Asker
from verify.reach import Address, Reach

ASKED_ABOVE = 3  # servers of the zone above that are asked: they all hold the same
OUT_OF_VIEW = ("REFUSED", "NXDOMAIN", "NOERROR")  # from a server that answers for nothing but its own zones


async def look(domain: str, promised: Iterable[str], asker: Asker, reach: Reach) -> Delegation:
    """Return the zone that holds the domain, as seen from above and from each of its name servers.

    The `promised` name servers are asked too, for before the registrar's change nobody names them.
    """
    names = _upwards(domain)
    answers = await asker.ask_all(Question(name, "NS") for name in names)
    cuts = [name for name in names if answers[Question(name, "NS")].outcome is Outcome.ANSWER]
    if not cuts:
        return Delegation("", error=answers[Question(names[0], "NS")].detail or f"no zone holds {domain}")
    zone = cuts[0]
    known = sorted({*answers[Question(zone, "NS")].data, *promised})
    servers, above = await asyncio.gather(_servers(zone, known, asker, reach), _above(zone, names, asker, reach))
    more = await _servers(zone, sorted(set(above.nameservers) - set(known)), asker, reach)
    return Delegation(zone, above, (*servers[0], *more[0]), (*servers[1], *more[1]))


def _upwards(domain: str) -> list[str]:
    """Return the domain and the names above it, but for the root."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


async def _servers(
    zone: str, names: Iterable[str], asker: Asker, reach: Reach
) -> tuple[list[Server], list[tuple[str, str]]]:
    """Return what each name server says at each of its addresses, and those that have no address with the reason."""
    found = await asyncio.gather(*(_addresses(name, asker, reach) for name in names))
    pairs = [(name, address) for name, (addresses, _) in zip(names, found, strict=True) for address in addresses]
    servers = await asyncio.gather(*(_server(zone, name, address, asker) for name, address in pairs))
    lost = [(name, why) for name, (addresses, why) in zip(names, found, strict=True) if not addresses]
    return [server for server in servers if server.soa.routed], lost


async def _server(zone: str, name: str, address: Address, asker: Asker) -> Server:
    replies = await asyncio.gather(*(asker.ask_at(address, Question(zone, type_)) for type_ in ("SOA", "NS", "DNSKEY")))
    return Server(name, address, *replies)


async def _addresses(name: str, asker: Asker, reach: Reach) -> tuple[list[Address], str]:
    """Return where a name server answers: where the caller says, else at every address that it has."""
    if given := reach.addresses.get((name, DNS_PORT)):
        return [given], ""
    answers = await asyncio.gather(asker.ask(name, "A"), asker.ask(name, "AAAA"))
    addresses = [(address, DNS_PORT) for answer in answers for address in answer.data]
    return addresses, answers[0].detail or f"{name} has no address"


async def _above(zone: str, names: Sequence[str], asker: Asker, reach: Reach) -> Above:
    parents = reach.parents
    parent = zone.partition(".")[2]
    if not parents:
        higher = names[names.index(zone) + 1 :]
        answers = {name: await asker.ask(name, "NS") for name in higher}
        parent = next((name for name in higher if answers[name].outcome is Outcome.ANSWER), "")
        if not parent:
            return await _unseen(zone, asker, reach)
        found = await asyncio.gather(
            *(_addresses(server, asker, reach) for server in answers[parent].data[:ASKED_ABOVE])
        )
        parents = tuple(address for addresses, _ in found for address in addresses)
    return await _asked_above(zone, parent, parents, asker)


async def _unseen(zone: str, asker: Asker, reach: Reach) -> Above:
    """Tell nameservers that answer only for their own zones from those that did not answer."""
    replies = [reply for name in _upwards(zone)[1:] for reply in await asker.replies(Question(name, "NS"))]
    if reach.nameservers and all(reply.rcode in OUT_OF_VIEW for reply in replies):
        return Above(visible=False)
    why = "; ".join(dict.fromkeys(read(reply).detail for reply in replies if reply.rcode not in OUT_OF_VIEW))
    return Above(error=why or f"no zone above {zone} was found")


async def _asked_above(zone: str, parent: str, servers: Sequence[Address], asker: Asker) -> Above:
    """Return what the first of the servers that answers says of the zone."""
    both = await asyncio.gather(
        *(
            asyncio.gather(*(asker.ask_at(server, Question(zone, type_)) for type_ in ("NS", "DS")))
            for server in servers
        )
    )
    for ns, ds in both:
        if ns.rcode == ds.rcode == "NOERROR":
            return Above(parent, _delegated(ns), tuple(text_of(one) for one in records(ds, zone, RdataType.DS) or ()))
        if ns.rcode == "NXDOMAIN":
            return Above(parent)
    failures = [read(reply).detail for replies in both for reply in replies if read(reply).detail]
    return Above(parent, error="; ".join(dict.fromkeys(failures)) or f"no server of {parent} has an address")


def _delegated(reply: Reply) -> tuple[str, ...]:
    """Return the name servers of a referral (RFC 1034 section 4.2.2), or of an answer where one server holds both."""
    found = records(reply, reply.question.name, RdataType.NS)
    return tuple(sorted(text_of(server).lower() for server in found or ()))

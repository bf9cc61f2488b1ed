"""Looks at a zone from the zone above it: which servers there are asked, and what each of them says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dns.rdataclass
from dns.rdatatype import RdataType

from blueprint.zone_file import text_of
from verify.answers.delegation import Above, records
from verify.answers.dns import Answer, Outcome, Question, Reply, read
from verify.observe.asker import Asker
from verify.reach import DNS_PORT, Address, Reach

OUT_OF_VIEW = ("REFUSED", "NXDOMAIN", "NOERROR")  # from a server that answers for nothing but its own zones
GLUE_TYPES = (RdataType.A, RdataType.AAAA)


@dataclass(frozen=True)
class Parents:
    """The zone above by its name, and where its servers are; no name when none was found."""

    zone: str
    servers: tuple[Address, ...] = ()


def upwards(domain: str) -> list[str]:
    """Return the domain and the names above it, but for the root."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def is_cut(answer: Answer) -> bool:
    """Return whether an answer about NS shows a zone at that very name, not at one that a CNAME leads to."""
    return answer.outcome is Outcome.ANSWER and not answer.aliases


async def addresses_of(name: str, asker: Asker, reach: Reach) -> tuple[tuple[Address, ...], str]:
    """Return where a name server answers: where the caller says, else at every address that it has.

    Without any, the text says why they are not known; it is empty when the name server has none.
    """
    if given := reach.addresses.get((name, DNS_PORT)):
        return (given,), ""
    answers = await asyncio.gather(asker.ask(name, "A"), asker.ask(name, "AAAA"))
    found = tuple((address, DNS_PORT) for answer in answers for address in answer.data)
    return found, "" if found else next((answer.detail for answer in answers if answer.detail), "")


async def parents_of(zone: str, asker: Asker, reach: Reach) -> Parents:
    """Return the servers of the nearest zone above: those that the caller names, or all that the DNS knows."""
    if reach.parents:
        return Parents(zone.partition(".")[2], reach.parents)
    higher = upwards(zone)[1:]
    answers = await asker.ask_all(Question(name, "NS") for name in higher)
    parent = next((name for name in higher if is_cut(answers[Question(name, "NS")])), "")
    names = answers[Question(parent, "NS")].data if parent else ()
    found = await asyncio.gather(*(addresses_of(name, asker, reach) for name in names))
    return Parents(parent, tuple(dict.fromkeys(address for addresses, _ in found for address in addresses)))


async def cut_below(domain: str, parents: Parents, asker: Asker) -> str:
    """Return the zone that the servers of the zone above delegate and that holds the domain; empty when none does."""
    question = Question(domain, "NS")
    for reply in await asyncio.gather(*(asker.ask_at(server, question) for server in parents.servers)):
        names = upwards(domain)
        below = names[: names.index(parents.zone)] if parents.zone in names else names
        if cut := next((name for name in below if records(reply, name, RdataType.NS)), ""):
            return cut
    return ""


async def look_above(zone: str, parents: Parents, asker: Asker, reach: Reach) -> Above:
    """Return what the servers of the zone above say of a zone, and where they contradict each other."""
    if not parents.zone and not parents.servers:
        return await _unseen(zone, asker, reach)
    asked = [asyncio.gather(*(asker.ask_at(server, Question(zone, type_)) for type_ in ("NS", "DS")))
             for server in parents.servers]  # fmt: skip
    both = await asyncio.gather(*asked)
    views = [(ns.server, _view(parents.zone, zone, ns, ds)) for ns, ds in both if _told(ns, ds)]
    if views:
        first = views[0][1]
        return Above(
            first.zone,
            first.nameservers,
            first.ds,
            glue=_united([view for _, view in views]),
            differences=tuple(_different(views)),
        )
    failures = [read(reply).detail for replies in both for reply in replies if read(reply).detail]
    why = "; ".join(dict.fromkeys(failures)) or f"no server of {parents.zone} has an address"
    return Above(parents.zone, error=why)


async def _unseen(zone: str, asker: Asker, reach: Reach) -> Above:
    """Tell nameservers that answer only for their own zones from those that did not answer."""
    replies = [reply for name in upwards(zone)[1:] for reply in await asker.replies(Question(name, "NS"))]
    if reach.nameservers and all(reply.rcode in OUT_OF_VIEW for reply in replies):
        return Above(visible=False)
    why = "; ".join(dict.fromkeys(read(reply).detail for reply in replies if reply.rcode not in OUT_OF_VIEW))
    return Above(error=why or f"no zone above {zone} was found")


def _told(ns: Reply, ds: Reply) -> bool:
    return ns.rcode == "NXDOMAIN" or ns.rcode == ds.rcode == "NOERROR"


def _view(parent: str, zone: str, ns: Reply, ds: Reply) -> Above:
    """Return what one server says: a referral (RFC 1034 section 4.2.2), or an answer where it holds both zones."""
    if ns.rcode == "NXDOMAIN":
        return Above(parent)
    servers = tuple(sorted(text_of(server).lower() for server in records(ns, zone, RdataType.NS) or ()))
    digests = tuple(sorted(text_of(one) for one in records(ds, zone, RdataType.DS) or ()))
    return Above(parent, servers, digests, glue=_glue(ns, servers))


def _glue(ns: Reply, servers: Sequence[str]) -> Mapping[str, tuple[str, ...]] | None:
    """Return the addresses that come with a referral; None for an answer, which needs none."""
    if ns.message is None or ns.message.answer or not servers:
        return None
    found: dict[str, tuple[str, ...]] = {}
    for rrset in ns.message.additional:
        name = rrset.name.to_text(omit_final_dot=True).lower()
        if rrset.rdtype in GLUE_TYPES and rrset.rdclass == dns.rdataclass.IN and name in servers:
            found[name] = tuple(sorted({*found.get(name, ()), *(text_of(one) for one in rrset)}))
    return found


def _united(views: Sequence[Above]) -> Mapping[str, tuple[str, ...]] | None:
    """Return all glue that any server hands out; None when no server referred."""
    given = [view.glue for view in views if view.glue is not None]
    names = {name for glue in given for name in glue}
    united = {name: tuple(sorted({one for glue in given for one in glue.get(name, ())})) for name in sorted(names)}
    return united if given else None


def _different(views: Sequence[tuple[Address, Above]]) -> list[str]:
    """Return what servers of the zone above say otherwise than the first, in sentences."""
    kinds = {
        "names": {server: view.nameservers for server, view in views},
        "holds DS": {server: view.ds for server, view in views},
        "hands out glue": {server: _in_words(view) for server, view in views if view.glue is not None},
    }
    return [
        "; ".join(f"{server[0]} {kind} {' and '.join(said) or 'none'}" for server, said in by_server.items())
        for kind, by_server in kinds.items()
        if len(set(by_server.values())) > 1
    ]


def _in_words(view: Above) -> tuple[str, ...]:
    return tuple(f"{name} {' '.join(found)}" for name, found in sorted((view.glue or {}).items()))

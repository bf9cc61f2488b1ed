"""Looks at a zone from above and from each of its name servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dns.flags import AA

from verify.answers.delegation import Above, Delegation, Glue, Lost, Server
from verify.answers.dns import Answer, Outcome, Question, read
from verify.observe.asker import Asker
from verify.observe.zone_above import addresses_of, cut_below, is_cut, look_above, parents_of, upwards
from verify.reach import DNS_PORT, Address, Reach

ADDRESSES = ("A", "AAAA")


@dataclass
class _Seen:
    """What was seen of a zone's servers up to now: their answers, their addresses, and the names that have none."""

    servers: list[Server] = field(default_factory=list)
    addresses: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    nowhere: dict[str, str] = field(default_factory=dict)


async def look(domain: str, promised: Iterable[str], asker: Asker, reach: Reach) -> Delegation:
    """Return the zone that holds the domain, as seen from above and from each of its name servers.

    The `promised` name servers are asked too, for before the registrar's change nobody names them; a domain for which
    there are any is a zone of its own. Where the resolvers get no answer about the domain, its zone is the one that the
    zone above delegates, and never the zone above itself.
    """
    wanted = tuple(promised)
    names = upwards(domain)
    answers = await asker.ask_all(Question(name, "NS") for name in names)
    by_name = {name: answers[Question(name, "NS")] for name in names}
    zone, why = (domain, "") if wanted else await _zone(names, by_name, asker, reach)
    if not zone:
        return Delegation("", error=why or f"no zone holds {domain}")
    if _is_registry(zone, domain):
        return Delegation("", Above(zone))
    known = sorted({*(by_name[zone].data if is_cut(by_name[zone]) else ()), *wanted})
    seen = _Seen()
    _, above = await asyncio.gather(_ask(zone, known, {}, seen, asker, reach), _above(zone, asker, reach))
    await _ask(zone, [*known, *above.nameservers], above.glue or {}, seen, asker, reach)
    return Delegation(
        zone,
        above,
        tuple(server for server in seen.servers if server.soa.routed),
        tuple(_lost(seen)),
        seen.addresses,
        await _glue(zone, above, seen, asker),
        aliases=await _aliases(seen.addresses, asker, reach),
    )


def _is_registry(zone: str, domain: str) -> bool:
    """Return whether a zone is a top-level domain in which others register: what it says is not about the domain."""
    return "." not in zone and zone != domain


async def _aliases(names: Iterable[str], asker: Asker, reach: Reach) -> Mapping[str, str]:
    """Return what name servers' names are aliases of, by name; of those whose address the caller gives, nothing."""
    asked = [Question(name, "A") for name in names if (name, DNS_PORT) not in reach.addresses]
    answers = await asker.ask_all(asked)
    return {question.name: answer.aliases[0] for question, answer in answers.items() if answer.aliases}


async def _zone(names: Sequence[str], answers: Mapping[str, Answer], asker: Asker, reach: Reach) -> tuple[str, str]:
    """Return the nearest name that is a zone, or none and why; no answer may mean that its servers are dead."""
    for name in names:
        if is_cut(answers[name]):
            return name, ""
        if answers[name].outcome is Outcome.FAILED:
            return await cut_below(names[0], await parents_of(name, asker, reach), asker), answers[name].detail
    return "", ""


async def _above(zone: str, asker: Asker, reach: Reach) -> Above:
    return await look_above(zone, await parents_of(zone, asker, reach), asker, reach)


async def _ask(
    zone: str, names: Iterable[str], glue: Mapping[str, Sequence[str]], seen: _Seen, asker: Asker, reach: Reach
) -> None:
    """Ask the name servers at their addresses, and at those that the zone above hands out, as far as not yet asked."""
    unique = list(dict.fromkeys(names))
    found = await asyncio.gather(*(addresses_of(name, asker, reach) for name in unique))
    new = []
    for name, (addresses, why) in zip(unique, found, strict=True):
        handed = [] if (name, DNS_PORT) in reach.addresses else [(one, DNS_PORT) for one in glue.get(name, ())]
        both = tuple(dict.fromkeys((*addresses, *handed)))
        new += [(name, address) for address in both if address not in seen.addresses.get(name, ())]
        seen.addresses[name] = both
        seen.nowhere[name] = why
    seen.servers += await asyncio.gather(*(_server(zone, name, address, asker) for name, address in new))


async def _server(zone: str, name: str, address: Address, asker: Asker) -> Server:
    replies = await asyncio.gather(*(asker.ask_at(address, Question(zone, type_)) for type_ in ("SOA", "NS", "DNSKEY")))
    return Server(name, address, *replies)


def _lost(seen: _Seen) -> Iterable[Lost]:
    """Yield the name servers that have no address, and those that there is no way to from here."""
    asked = {server.name for server in seen.servers if server.soa.routed}
    for name, addresses in seen.addresses.items():
        if not addresses:
            yield Lost(name, seen.nowhere[name] or f"{name} has no address", certain=not seen.nowhere[name])
        elif name not in asked:
            told = " and ".join(address for address, _ in addresses)
            yield Lost(name, f"{name} is at {told} alone, and this machine has no way there")


async def _glue(zone: str, above: Above, seen: _Seen, asker: Asker) -> tuple[Glue, ...]:
    """Return the glue of each name server that needs some or has some, beside the addresses that are held for it."""
    if above.glue is None:
        return ()
    inside = {name: name == zone or name.endswith(f".{zone}") for name in above.nameservers}
    wanted = [name for name in above.nameservers if inside[name] or name in above.glue]
    held = await asyncio.gather(
        *(_by_servers(name, seen, asker) if inside[name] else _by_resolvers(name, asker) for name in wanted)
    )
    return tuple(
        Glue(name, above.glue.get(name, ()), found, inside[name], why)
        for name, (found, why) in zip(wanted, held, strict=True)
    )


async def _by_servers(name: str, seen: _Seen, asker: Asker) -> tuple[Mapping[str, tuple[str, ...]], str]:
    """Return the addresses of a name by the zone's own servers, as far as they have authority over it."""
    servers = [server for server in seen.servers if server.soa.message is not None]
    found = {}
    for server in servers:
        replies = await asyncio.gather(*(asker.ask_at(server.address, Question(name, type_)) for type_ in ADDRESSES))
        if all(reply.message and reply.message.flags & AA for reply in replies):
            found[server.where] = tuple(sorted(one for reply in replies for one in read(reply).data))
    return found, "" if found else f"no server of the zone says where {name} is"


async def _by_resolvers(name: str, asker: Asker) -> tuple[Mapping[str, tuple[str, ...]], str]:
    """Return the addresses of a name in another zone, which only resolvers know."""
    answers = await asyncio.gather(*(asker.ask(name, type_) for type_ in ADDRESSES))
    failed = [answer.detail for answer in answers if answer.outcome is Outcome.FAILED]
    if failed:
        return {}, failed[0]
    return {"the DNS": tuple(sorted(one for answer in answers for one in answer.data))}, ""

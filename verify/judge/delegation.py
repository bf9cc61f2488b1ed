"""Judges a zone's delegation: what the zone above says, and whether every name server holds the same zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dns.flags import AA
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.SOA import SOA

from blueprint.finding import Finding
from blueprint.zone_file import text_of
from verify.answers.delegation import Delegation, Lost, Server, records
from verify.answers.dns import Answer, Outcome, Reply, read
from verify.judge.check import Check
from verify.judge.propagation import NEAREST, difference
from verify.reach import Address

REGISTRAR = (
    "At the registrar of the domain, enter exactly the name servers that Cloudflare gives the zone; "
    "`./launch checklist` lists them."
)
DELETED = (
    "Do so within 28 days of the first up: Cloudflare deletes a zone on the Free plan that no registrar leads to for "
    "so long, with all its records."
)
"""https://developers.cloudflare.com/dns/zone-setups/reference/domain-status/: pending zones."""
OWNER = "Have the registrar and the DNS provider of the domain name the same servers."
NO_WORD = ("", "SERVFAIL", "REFUSED")  # response codes that say nothing about the zone
WEEK, DAY = 604_800, 86_400  # seconds


def judge_exists(domain: str, where: str) -> Finding:
    """Return that a domain does not exist, by the word of `where`; asked only of a bare domain (RFC 8020)."""
    check = Check("dns.delegation.exists", domain, "a domain that exists", "")
    fix = (
        f"Check how {domain} is written after --domain. If it is new, wait: a resolver may remember for an hour that "
        f"it did not exist; `./launch verify --domain {domain} --watch` looks until it is there."
    )
    return check.unknown(f"{where} says that there is no such name (NXDOMAIN)", fix)


def judge_zone(domain: str, delegation: Delegation) -> Finding:
    """Return whether the domain lies in a zone at all; asked only when none was found.

    A name that a top-level domain knows and does not delegate is judged by nobody's zone: certainly not by that one.
    """
    check = Check("dns.delegation.zone", domain, "a zone that holds the domain", REGISTRAR)
    if delegation.above.zone:
        return check.decided(False, f"{delegation.above.zone} knows the name and delegates it to no name server")
    return check.unknown(
        delegation.error,
        "Make sure that the nameservers asked can be reached from here and resolve other domains. If they do, the name "
        "servers of this domain do not answer: ask its DNS provider, then run `./launch verify` again.",
    )


def judge_nameservers(delegation: Delegation, promised: Sequence[str]) -> Finding:
    """Return whether the zone above, every name server and the promise name the same servers (RFC 1034 4.2.2)."""
    above, zone = delegation.above, delegation.zone
    check = Check(
        "dns.delegation.nameservers",
        zone,
        f"{' and '.join(sorted(promised)) or 'the same name servers'}, at every server of the zone above and at every "
        "name server (RFC 1034 section 4.2.2)",
        f"{REGISTRAR} {DELETED}" if promised else OWNER,
    )
    said = {server.where: _named(server) for server in delegation.servers if read(server.ns).data}
    if above.visible and not above.error:
        said[f"the zone above ({above.zone})"] = above.nameservers
    wanted = tuple(sorted(promised)) or next(iter(said.values()), ())
    if any(names != wanted for names in said.values()):
        return check.decided(False, "; ".join(f"{where}: {_list(names)}" for where, names in said.items()))
    if above.differences:
        return check.decided(False, f"servers of {above.zone} differ: {'; '.join(above.differences)}")
    if above.error or not any(read(server.ns).data for server in delegation.servers):
        return check.unknown(above.error or "no name server answered")
    unseen = "" if above.visible else ", as the zone itself says; these name servers cannot see the zone above"
    return check.decided(True, f"{_list(wanted)}{unseen}")


def _named(server: Server) -> tuple[str, ...]:
    return tuple(name.lower() for name in read(server.ns).data)


def _list(names: Sequence[str]) -> str:
    return " and ".join(names) or "no name server"


def judge_server(zone: str, name: str, servers: Sequence[Server], alias: str = "") -> Finding:
    """Return whether a name server answers with authority at each of its addresses, not lame (RFC 1912 2.8).

    `alias` is what its name is a CNAME of, which the name of a name server must not be (RFC 2181 section 10.3).
    """
    check = Check(
        "dns.delegation.server",
        f"{name} for {zone}",
        f"it answers for {zone} with authority (RFC 1912 section 2.8)",
        f"Take {name} out of the name servers at the registrar, or have it serve {zone}.",
    )
    faults = [fault for server in servers if (fault := _lame(server))]
    if alias:
        aliased = f"its name is an alias (CNAME) of {alias}, which resolvers need not follow (RFC 2181 section 10.3)"
        faults.append(f"{aliased}: name {alias} instead")
    if faults:
        return check.decided(False, "; ".join(faults))
    silent = [read(server.soa).detail for server in servers if server.soa.rcode in NO_WORD]
    if silent:
        return check.unknown("; ".join(silent))
    return check.decided(True, f"with authority at {' and '.join(server.address[0] for server in servers)}")


def _lame(server: Server) -> str:
    """Return what is wrong with a server's answer; nothing where it gave none."""
    if server.soa.rcode in NO_WORD:
        return ""
    if soa_of(server) is None:
        return f"{server.where} does not know the zone: {server.soa.rcode}"
    if not (server.soa.message and server.soa.message.flags & AA):
        return f"{server.where} is lame: it answers without authority"
    return "; ".join(without_authority(server.where, (server.ns, server.keys)))


def without_authority(where: str, replies: Iterable[Reply]) -> list[str]:
    """Return which of a server's answers lack authority, in sentences; a referral to another zone needs none."""
    lame = (reply for reply in replies if reply.message and reply.message.answer and not reply.message.flags & AA)
    return [f"{where} answers {reply.question.type} {reply.question.name} without authority" for reply in lame]


def judge_lost(zone: str, lost: Lost) -> Finding:
    """Return that a name server could not be asked: it has no address, or none that there is a way to from here."""
    check = Check("dns.delegation.server", f"{lost.name} for {zone}", "an address of the name server", OWNER)
    if lost.certain:
        return check.decided(False, lost.why)
    return check.unknown(lost.why, "Run `./launch verify` on a machine that can reach it, for IPv6 one that has IPv6.")


def judge_redundancy(delegation: Delegation) -> Finding:
    """Return whether two machines serve the zone, so that one may fail (RFC 1034 section 4.1), and both by IPv4.

    Names that share an address are on one machine, whatever else they have (RFC 2182 section 3.1). A resolver without
    IPv6 sees only those that have IPv4 (RFC 3901 section 3).
    """
    check = Check(
        "dns.delegation.redundancy",
        delegation.zone,
        "at least two name servers on two machines (RFC 1034 section 4.1, RFC 2182), both reachable by IPv4 (RFC 3901)",
        "Add a second name server on another machine; Cloudflare gives every zone two.",
    )
    machines = _machines(delegation.addresses)
    old = [found for found in machines if any("." in host for host, _ in found)]
    names = [name for name, found in delegation.addresses.items() if found]
    observed = f"{len(names)} name servers on {len(machines)} machines"
    if len(old) < len(machines):
        observed += f", {len(old)} of them reachable by IPv4"
    if len(old) >= 2:
        return check.decided(True, observed)
    unclear = [lost.why for lost in delegation.lost if not lost.certain and not delegation.addresses.get(lost.name)]
    return check.unknown("; ".join(unclear)) if unclear else check.warned(observed)


def _machines(addresses: Mapping[str, Iterable[Address]]) -> list[set[Address]]:
    """Return the addresses of each machine: names that have an address in common are names of the same one."""
    machines: list[set[Address]] = []
    for found in addresses.values():
        same = [machine for machine in machines if machine & set(found)]
        machines = [machine for machine in machines if machine not in same]
        if united := set(found).union(*same):
            machines.append(united)
    return machines


def judge_glue(delegation: Delegation) -> Finding:
    """Return whether the addresses in the zone above are those that the name servers have (RFC 1034 section 4.2.2)."""
    check = Check(
        "dns.delegation.glue",
        delegation.zone,
        "for each name server inside of the zone its addresses in the zone above (RFC 9471 section 3), the same as in "
        "the zone (RFC 1034 section 4.2.2)",
        "Enter the addresses of the name servers at the registrar as they are in the zone, or correct the zone.",
    )
    missing = [f"{glue.name} has no address in the zone above" for glue in delegation.glue if not glue.above]
    compared = [(glue, where, held) for glue in delegation.glue for where, held in glue.held.items()]
    wrong = [
        f"{glue.name} is at {_list(glue.above)} in the zone above, at {' and '.join(held) or 'no address'} in {where}"
        for glue, where, held in compared
        if set(glue.above) - set(held)
    ]
    if missing or wrong:
        return check.decided(False, "; ".join([*missing, *wrong]))
    fewer = [
        f"{glue.name}: {_list(sorted(more))}" for glue, _, held in compared if (more := set(held) - set(glue.above))
    ]
    if fewer:
        return check.warned(f"the zone above lacks addresses: {'; '.join(dict.fromkeys(fewer))}")
    unclear = [glue.failure for glue in delegation.glue if glue.failure]
    told = "; ".join(f"{glue.name} {_list(glue.above)}" for glue in delegation.glue)
    return check.unknown("; ".join(unclear)) if unclear else check.decided(True, told)


def judge_content(zone: str, answers: Mapping[str, Sequence[Answer]], lame: Sequence[str] = ()) -> Finding:
    """Return whether all name servers hold the same records (RFC 1034 section 4.3.5), even with the same serial.

    `answers` are those of each name server to the same questions, in the same order; `lame` tells of those that lack
    authority, which resolvers throw away (RFC 2181 section 5.4.1).
    """
    check = Check(
        "dns.delegation.content",
        zone,
        "the same records at every name server (RFC 1034 section 4.3.5): else the answer depends on which one is asked",
        "Wait a few minutes and run `./launch verify` again; if they still differ, have the DNS provider transfer the "
        "zone anew to the one that is wrong.",
    )
    rounds = list(zip(*answers.values(), strict=True))
    different = [told for each in rounds if (told := _different(dict(zip(answers, each, strict=True))))]
    silent = [answer.detail for each in rounds for answer in each if answer.outcome is Outcome.FAILED]
    if different or lame:
        return check.decided(False, "; ".join([*different, *lame]))
    if silent:
        return check.unknown("; ".join(dict.fromkeys(silent)))
    return check.decided(True, f"{len(rounds)} questions, the same answers from {len(answers)} name servers")


def _different(answers: Mapping[str, Answer]) -> str:
    """Return how name servers answer one question differently; that there is none may be told in two ways."""
    heard = {where: answer for where, answer in answers.items() if answer.outcome is not Outcome.FAILED}
    said = {where: " and ".join(_content(answer)) or Outcome.NODATA.value for where, answer in heard.items()}
    return difference(next(iter(answers.values())).question, said)


def _content(answer: Answer) -> Sequence[str]:
    """Return what a server itself holds: the alias where there is one, since what is behind it is another's."""
    if answer.aliases:
        return answer.aliases[:1]
    return ("an address",) if answer.data and answer.question.type in NEAREST else answer.data


def judge_serials(delegation: Delegation) -> Finding:
    """Return whether all name servers hold the same version of the zone (RFC 1034 section 4.3.5)."""
    check = Check(
        "dns.delegation.serial",
        delegation.zone,
        "the same serial at every name server (RFC 1034 section 4.3.5)",
        "Wait a few minutes and run `./launch verify` again; a name server that stays behind does not get the zone's "
        "changes: ask the DNS provider.",
    )
    serials = {server.where: soa.serial for server in delegation.servers if (soa := soa_of(server))}
    silent = [read(server.soa).detail for server in delegation.servers if read(server.soa).detail]
    observed = ", ".join(f"{where} {serial}" for where, serial in serials.items())
    if len(set(serials.values())) > 1:
        return check.decided(False, observed)
    if silent or not serials:
        return check.unknown("; ".join(silent) or "no name server answered")
    masters = {server.where: text_of(soa).lower() for server in delegation.servers if (soa := soa_of(server))}
    if len(set(masters.values())) > 1:
        told = "; ".join(f"{where}: {soa}" for where, soa in masters.items())
        return check.warned(f"the same serial in SOA records that differ otherwise: {told}")
    return check.decided(True, observed)


def judge_soa(delegation: Delegation) -> Finding:
    """Return whether the zone's SOA record has sane timers (RFC 1912 section 2.2, RFC 2308 section 5)."""
    check = Check(
        "dns.soa.timers",
        delegation.zone,
        "retry below refresh, expiry of at least a week and beyond both (RFC 1912 section 2.2), negative answers kept "
        "for at most a day (RFC 2308 section 5)",
        "Set the SOA's timers at the DNS provider; Cloudflare's own values are fine.",
    )
    soa = next((found for server in delegation.servers if (found := soa_of(server))), None)
    if soa is None:
        return check.unknown("no name server gave the SOA record")
    sane = soa.retry < soa.refresh and soa.expire >= max(WEEK, soa.refresh + soa.retry) and soa.minimum <= DAY
    observed = f"refresh {soa.refresh} s, retry {soa.retry} s, expiry {soa.expire} s, negative {soa.minimum} s"
    return check.decided(True, observed) if sane else check.warned(observed)


def soa_of(server: Server) -> SOA | None:
    """Return the SOA record that a server gave, None when it gave none."""
    found = records(server.soa, server.soa.question.name, RdataType.SOA)
    first = found[0] if found else None
    return first if isinstance(first, SOA) else None

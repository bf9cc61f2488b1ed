"""Judges a zone's delegation: what the zone above says, and whether every name server holds the same zone."""

from __future__ import annotations

from collections.abc import Sequence

from dns.flags import AA
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.SOA import SOA

from blueprint.finding import Finding
from verify.answers.delegation import Delegation, Server, records
from verify.answers.dns import read
from verify.judge.check import Check

REGISTRAR = (
    "At the registrar of the domain, enter exactly the name servers that Cloudflare gives the zone; "
    "`./launch checklist` lists them."
)
NO_WORD = ("", "SERVFAIL", "REFUSED")  # response codes that say nothing about the zone
WEEK, DAY = 604_800, 86_400  # seconds


def judge_zone(domain: str, delegation: Delegation) -> Finding:
    """Return whether the domain lies in a zone at all; asked only when none was found."""
    check = Check("dns.delegation.zone", domain, "a zone that holds the domain", REGISTRAR)
    return check.unknown(delegation.error)


def judge_nameservers(delegation: Delegation, promised: Sequence[str]) -> Finding:
    """Return whether the zone above, every name server and the promise name the same servers (RFC 1034 4.2.2)."""
    above, zone = delegation.above, delegation.zone
    check = Check(
        "dns.delegation.nameservers",
        zone,
        f"{' and '.join(sorted(promised)) or 'the same name servers'}, in the zone above and at every name server "
        "(RFC 1034 section 4.2.2)",
        REGISTRAR,
    )
    said = {server.where: _named(server) for server in delegation.servers if read(server.ns).data}
    if above.visible and not above.error:
        said[f"the zone above ({above.zone})"] = above.nameservers
    wanted = tuple(sorted(promised)) or next(iter(said.values()), ())
    if any(names != wanted for names in said.values()):
        return check.decided(False, "; ".join(f"{where}: {_list(names)}" for where, names in said.items()))
    if above.error or not said:
        return check.unknown(above.error or "no name server answered")
    unseen = "" if above.visible else ", as the zone itself says; these name servers cannot see the zone above"
    return check.decided(True, f"{_list(wanted)}{unseen}")


def _named(server: Server) -> tuple[str, ...]:
    return tuple(name.lower() for name in read(server.ns).data)


def _list(names: Sequence[str]) -> str:
    return " and ".join(names) or "no name server"


def judge_server(zone: str, name: str, servers: Sequence[Server]) -> Finding:
    """Return whether a name server answers with authority at each of its addresses, not lame (RFC 1912 2.8)."""
    check = Check(
        "dns.delegation.server",
        f"{name} for {zone}",
        f"it answers for {zone} with authority (RFC 1912 section 2.8)",
        f"Take {name} out of the name servers at the registrar, or have it serve {zone}.",
    )
    lame = [fault for server in servers if (fault := _lame(server))]
    if lame:
        return check.decided(False, "; ".join(lame))
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
    return ""


def judge_lost(zone: str, name: str, why: str) -> Finding:
    """Return that a name server has no address; nobody can ask it."""
    check = Check("dns.delegation.server", f"{name} for {zone}", "an address of the name server", REGISTRAR)
    missing = why == f"{name} has no address"
    return check.decided(False, why) if missing else check.unknown(why)


def judge_redundancy(delegation: Delegation) -> Finding:
    """Return whether there are two name servers, so that one may fail (RFC 1034 section 4.1)."""
    check = Check(
        "dns.delegation.redundancy",
        delegation.zone,
        "at least two name servers at two addresses (RFC 1034 section 4.1, RFC 2182)",
        "Add a second name server; Cloudflare gives every zone two.",
    )
    addresses = {server.address for server in delegation.servers}
    names = {server.name for server in delegation.servers}
    observed = f"{len(names)} name servers at {len(addresses)} addresses"
    if delegation.lost and min(len(names), len(addresses)) < 2:
        return check.unknown("; ".join(why for _, why in delegation.lost))
    return check.decided(True, observed) if min(len(names), len(addresses)) >= 2 else check.warned(observed)


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

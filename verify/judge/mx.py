"""Judges where a domain's mail goes to: RFC 5321 section 5.1, RFC 2181 section 10.3, RFC 7505."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.judge.check import Check
from verify.mail.aliases import Found

NULL_MX = ("0", "")

Addresses = Mapping[str, Found]  # what is found of a host, by type: A and AAAA


def exchanges(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Return preference and host of each MX record; the host of a null MX is empty."""
    return tuple((line.partition(" ")[0], line.partition(" ")[2].rstrip(".").lower()) for line in answer.data)


def hosts(answer: Answer) -> tuple[str, ...]:
    """Return the hosts that mail goes to; none for a null MX."""
    return tuple(dict.fromkeys(host for _, host in exchanges(answer) if host))


def judge_mx(domain: str, answer: Answer) -> Finding:
    """Return whether the domain says where its mail goes to, or that it takes none."""
    check = Check(
        "mail.mx.published",
        domain,
        "MX records, or one null MX for a domain that takes no mail (RFC 5321 section 5.1, RFC 7505)",
        "Run `./launch up --refresh`: the MX records are made from mail.provider and mail.mx of the stack's config.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    found = exchanges(answer)
    if not found:
        return check.warned("no MX record: senders try the address of the domain itself")
    observed = ", ".join(f"{order} {host or '.'}" for order, host in found)
    empty = [each for each in found if not each[1]]
    return check.decided(not empty or found == (NULL_MX,), observed)


def judge_hosts(domain: str, found: Mapping[str, Addresses], edge: Collection[str]) -> list[Finding]:
    """Return whether mail can be delivered to the domain's MX hosts; `edge` are the names of its web hosts."""
    return [judge_aliases(domain, found), judge_addresses(domain, found, edge)] if found else []


def judge_aliases(domain: str, found: Mapping[str, Addresses]) -> Finding:
    """Return whether every MX host has its own name, which is not an alias."""
    check = Check(
        "mail.mx.alias",
        domain,
        "MX hosts with their own addresses, none a CNAME (RFC 2181 section 10.3, RFC 5321 section 5.1)",
        "Name the host that the CNAME leads to in the MX record, or give the name an address record.",
    )
    aliases = [each for host in found.values() for each in host.values() if each.is_alias]
    if aliases:
        return check.decided(False, "; ".join(dict.fromkeys(" → ".join(each.names) for each in aliases)))
    failed = [_failure(addresses) for host, addresses in found.items() if not _is_literal(host)]
    return check.unknown("; ".join(filter(None, failed))) if any(failed) else check.decided(True, ", ".join(found))


def judge_addresses(domain: str, found: Mapping[str, Addresses], edge: Collection[str]) -> Finding:
    """Return whether every MX host has an address that can be one of a mail server."""
    check = Check(
        "mail.mx.address",
        domain,
        "host names with an A or AAAA record, of servers that take mail (RFC 5321 section 5.1)",
        "Correct mail.mx, where it is set, by the provider's console; `./launch up --refresh` puts the record back.",
    )
    bad = {host: why for host, addresses in found.items() if (why := _undeliverable(host, addresses, edge))}
    if bad:
        return check.decided(False, "; ".join(f"{host}: {why}" for host, why in bad.items()))
    failed = [_failure(addresses) for addresses in found.values() if not _data(addresses)]
    if any(failed):
        return check.unknown("; ".join(filter(None, failed)))
    return check.decided(True, "; ".join(f"{host}: {', '.join(_data(addresses))}" for host, addresses in found.items()))


def _undeliverable(host: str, addresses: Addresses, edge: Collection[str]) -> str:
    """Return why no mail can arrive at a host, nothing when it can or when that is not known."""
    if _is_literal(host):
        return "an address instead of a host name"
    if host in edge:
        return "the web edge, which takes no mail"
    if _data(addresses) or _failure(addresses):
        return ""
    return next(iter(addresses.values())).answer.detail or "no address"


def _data(addresses: Addresses) -> list[str]:
    return [address for each in addresses.values() for address in each.answer.data]


def _failure(addresses: Addresses) -> str:
    failed = (each.answer.detail for each in addresses.values() if each.answer.outcome is Outcome.FAILED)
    return next(failed, "")


def judge_reverse(address: str, names: Answer, back: Sequence[Answer]) -> Finding:
    """Return whether the address of a mail server of ours has a name that leads back to it."""
    check = Check(
        "mail.mx.reverse",
        address,
        "a reverse name that leads back to the address (RFC 1912 section 2.1): large receivers refuse mail without it",
        "Set the reverse name (PTR) at the provider of the address to the host's name.",
    )
    failed = [each.detail for each in (names, *back) if each.outcome is Outcome.FAILED]
    confirmed = [each.question.name for each in back if address in each.data]
    if not confirmed and failed:
        return check.unknown(failed[0])
    observed = ", ".join(confirmed) or ", ".join(names.data) or "no name"
    return check.decided(bool(confirmed), observed)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True

"""Judges where a domain's mail goes to: RFC 5321 section 5.1, RFC 2181 section 10.3, RFC 7505."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence

from blueprint.finding import Finding
from verify.judge.check import Check
from verify.mail.aliases import Found
from verify.observe.dns import Answer, Outcome

NULL_MX = ("0", "")


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
        "Run `./launch up --refresh`: the MX records are those of mail.provider in the stack's config.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    found = exchanges(answer)
    if not found:
        return check.warned("no MX record: senders try the address of the domain itself")
    observed = ", ".join(f"{order} {host or '.'}" for order, host in found)
    empty = [each for each in found if not each[1]]
    return check.decided(not empty or found == (NULL_MX,), observed)


def judge_host(host: str, found: Mapping[str, Found], edge: Collection[str]) -> list[Finding]:
    """Return whether mail can be delivered to an MX host: `found` are its A and AAAA, `edge` the names of web hosts."""
    return [judge_alias(host, found), judge_address(host, found, edge)]


def judge_alias(host: str, found: Mapping[str, Found]) -> Finding:
    """Return whether an MX host has a name of its own, which is no alias."""
    check = Check(
        "mail.mx.alias",
        host,
        "a name with an address of its own, not a CNAME (RFC 2181 section 10.3, RFC 5321 section 5.1)",
        "Name the host that the CNAME leads to in the MX record, or give the name an address record.",
    )
    failed = [each.answer.detail for each in found.values() if each.answer.outcome is Outcome.FAILED]
    aliases = [each for each in found.values() if each.is_alias]
    if failed and not aliases:
        return check.unknown(failed[0])
    return check.decided(not aliases, " → ".join(aliases[0].names) if aliases else "no alias")


def judge_address(host: str, found: Mapping[str, Found], edge: Collection[str]) -> Finding:
    """Return whether an MX host has an address that can be one of a mail server."""
    check = Check(
        "mail.mx.address",
        host,
        "a host name with an A or AAAA record, of a server that takes mail (RFC 5321 section 5.1)",
        "Correct the MX record: it has to name a mail server of your provider; `./launch up --refresh` puts it back.",
    )
    if _is_literal(host):
        return check.decided(False, "an address stands where a host name has to (RFC 5321 section 5.1)")
    if host in edge:
        return check.decided(False, "the web edge, which takes no mail: the message would never arrive")
    answers = [each.answer for each in found.values()]
    addresses = [address for answer in answers for address in answer.data]
    if addresses:
        return check.decided(True, ", ".join(addresses))
    failed = [answer.detail for answer in answers if answer.outcome is Outcome.FAILED]
    if failed:
        return check.unknown(failed[0])
    return check.decided(False, answers[0].detail or "no address")


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

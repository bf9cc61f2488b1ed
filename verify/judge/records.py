"""Judges whether the DNS holds what the stack promised."""

from __future__ import annotations

import re
from collections.abc import Iterable

from blueprint.finding import Finding
from blueprint.records import DnsRecord
from verify.judge.check import Check
from verify.observe.dns import Answer, Outcome

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def judge_records(name: str, type_: str, promised: Iterable[DnsRecord], answer: Answer) -> Finding:
    """Return whether `name` has exactly the promised records of this type; a proxied one hides behind the edge."""
    wanted = sorted(promised, key=lambda record: record.content)
    if any(record.proxied for record in wanted):
        return judge_proxied(name, answer)
    expected = tuple(sorted(_as_answered(record) for record in wanted))
    check = Check(
        "dns.record.exact",
        f"{type_} {name}",
        " and ".join(expected),
        "Run `./launch up --refresh`: it puts the record back as the stack's config says. If a second record is there, "
        "delete it in the Cloudflare dashboard or add it to the config.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    return check.decided(answer.data == expected, " and ".join(answer.data) or answer.outcome.value)


def judge_proxied(name: str, answer: Answer) -> Finding:
    """Return whether a proxied name answers with an address, which is the edge's."""
    check = Check(
        "dns.record.proxied",
        f"A {name}",
        "an address of the edge",
        "Run `./launch up --refresh`; if the name still has no address, look whether the zone is active in Cloudflare.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    return check.decided(answer.outcome is Outcome.ANSWER, " and ".join(answer.data) or answer.outcome.value)


def _as_answered(record: DnsRecord) -> str:
    """Return the record's data in the form in which an answer carries it."""
    if record.type == "TXT":
        return "".join(re.sub(r"\\(.)", r"\1", chunk) for chunk in _QUOTED.findall(record.content))
    if record.priority is not None:
        return f"{record.priority} {record.content}"
    return record.content

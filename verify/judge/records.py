"""Judges whether the DNS holds what the stack promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import dns.exception
import dns.name
import dns.rdata

from blueprint.finding import Finding
from blueprint.mail_authentication import txt_text
from blueprint.records import AUTOMATIC, DnsRecord
from blueprint.zone_file import text_of
from verify.answers.dns import Answer, Outcome, Question
from verify.judge.check import Check
from verify.mail.spf_syntax import is_spf
from verify.promised import question_of

AUTOMATIC_TTL = 300  # seconds: what Cloudflare makes of a ttl of 1, and of proxied records


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
        "Run `./launch up --refresh`; if the name still has no address, check that the zone is active in Cloudflare.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    return check.decided(answer.outcome is Outcome.ANSWER, " and ".join(answer.data) or answer.outcome.value)


def judge_unexpected(domain: str, answers: Iterable[Answer]) -> Finding:
    """Return whether names that take and send no mail are free of mail records; `answers` are about MX and TXT."""
    check = Check(
        "dns.record.unexpected",
        domain,
        "no MX and no SPF record where the stack promised none",
        "Delete the record in the Cloudflare dashboard: somebody reads or sends mail under this name.",
    )
    seen = list(answers)
    found = [f"{answer.question.type} {answer.question.name}: {text}" for answer in seen for text in _mail(answer)]
    failed = [answer.detail for answer in seen if answer.outcome is Outcome.FAILED]
    if failed and not found:
        return check.unknown("; ".join(dict.fromkeys(failed)))
    return check.decided(not found, "; ".join(found) or f"none at {len(seen)} places")


def _mail(answer: Answer) -> list[str]:
    """Return what says that mail comes or goes; a null MX (RFC 7505) and an SPF record without senders do not."""
    if answer.question.type == "MX":
        return [text for text in answer.data if text.strip() != "0"]
    return [text for text in answer.data if is_spf(text) and text.lower() != "v=spf1 -all"]


def judge_ttls(domain: str, promised: Iterable[DnsRecord], answers: Mapping[Question, Answer]) -> Finding:
    """Return whether no record is kept longer than promised (RFC 1035 section 3.2.1), which delays every repair."""
    check = Check(
        "dns.record.ttl",
        domain,
        "no record is kept longer than the stack promised",
        "Run `./launch up --refresh`: it puts the TTL back as the stack's config says.",
    )
    limits: dict[Question, int] = {}
    for record in promised:
        limits[question_of(record)] = AUTOMATIC_TTL if record.ttl == AUTOMATIC or record.proxied else record.ttl
    long = [
        f"{question.type} {question.name}: {answers[question].ttl} s instead of {limit} s"
        for question, limit in limits.items()
        if answers[question].ttl > limit
    ]
    failed = [answers[question].detail for question in limits if answers[question].outcome is Outcome.FAILED]
    if failed and not long:
        return check.unknown("; ".join(dict.fromkeys(failed)))
    return check.decided(not long, "; ".join(long) or f"{len(limits)} are as promised")


def _as_answered(record: DnsRecord) -> str:
    """Return the record's data in the form in which an answer carries it, however its content was written."""
    if record.type == "TXT":
        return txt_text(record.content)
    text = record.content if record.priority is None else f"{record.priority} {record.content}"
    try:
        return text_of(dns.rdata.from_text("IN", record.type, text, origin=dns.name.root, relativize=False))
    except dns.exception.DNSException:
        return text

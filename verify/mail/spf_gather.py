"""Asks everything that an SPF record's tree is made of, each level's questions at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.answers.dns import Answer, Question
from verify.mail.asking import Ask
from verify.mail.spf_check import HOSTS
from verify.mail.spf_macros import is_name, known
from verify.mail.spf_syntax import Kind, Mechanism, SpfError, SpfRecord, is_spf, parse

ENOUGH = 100  # answers behind which the verdict is clear
ADDRESSES = ("A", "AAAA")
ASKED = {Kind.INCLUDE: ("TXT",), Kind.A: ADDRESSES, Kind.MX: ("MX",), Kind.EXISTS: ("A",)}

Answers = Mapping[Question, Answer]


async def gather(domain: str, ask: Ask) -> Answers:
    """Return every answer that the tree below the domain's SPF record needs."""
    answers: dict[Question, Answer] = {}
    level = [Question(domain.lower(), "TXT")]
    while level and len(answers) <= ENOUGH:
        fresh = await ask(level)
        answers |= fresh
        following = dict.fromkeys(question for answer in fresh.values() for question in _leads_to(answer))
        level = [question for question in following if question not in answers and is_name(question.name)][:ENOUGH]
    return answers


def records(answer: Answer) -> tuple[str, ...]:
    """Return the texts of an answer that claim to be SPF records."""
    return tuple(text for text in answer.data if is_spf(text))


def hosts(answer: Answer) -> tuple[str, ...]:
    """Return the hosts of an MX answer; that of a null MX is none (RFC 7505)."""
    return tuple(host.lower() for line in answer.data if (host := line.partition(" ")[2].rstrip(".")))


def target(mechanism: Mechanism, domain: str) -> str | None:
    """Return the name that a mechanism looks at, None when it depends on the mail."""
    name = domain if mechanism.domain is None else known(mechanism.domain, domain)
    return name.lower() if name else None


def followed(record: SpfRecord) -> str | None:
    """Return the domain-spec of `redirect`, unless an `all` makes receivers ignore it (RFC 7208 section 6.1)."""
    return record.redirect if record.all is None else None


def _leads_to(answer: Answer) -> Iterator[Question]:
    """Yield what has to be asked next because of an answer."""
    if answer.question.type == "MX":
        for host in hosts(answer)[:HOSTS]:
            yield from (Question(host, type_) for type_ in ADDRESSES)
    for text in records(answer) if answer.question.type == "TXT" else ():
        try:
            yield from _questions(answer.question.name, parse(text))
        except SpfError:
            continue


def _questions(domain: str, record: SpfRecord) -> Iterator[Question]:
    for mechanism in record.tested:
        name = target(mechanism, domain)
        if name is not None:
            yield from (Question(name, type_) for type_ in ASKED.get(mechanism.kind, ()))
    further = followed(record)
    name = known(further, domain) if further else None
    if name:
        yield Question(name.lower(), "TXT")

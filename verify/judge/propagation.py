"""Judges whether several resolvers give the same answers, or some still keep older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome, Question, named
from verify.judge.check import Check
from verify.reach import Address

NEAREST = ("A", "AAAA")  # answered by where the asker is, so only whether there is an address is compared


def judge_propagation(domain: str, by_resolver: Mapping[Address, Sequence[Answer]]) -> Finding:
    """Return whether all resolvers say the same; every resolver was asked the same questions in the same order."""
    check = Check(
        "dns.propagation",
        domain,
        f"the same answers from {len(by_resolver)} resolvers",
        "Wait: a resolver keeps an old answer until its TTL is over. `./launch verify --watch` waits for it.",
    )
    heard = {server: answers for server, answers in by_resolver.items() if any(map(_told, answers))}
    if len(heard) < 2:
        return check.unknown("fewer than two resolvers answered")
    different = [_difference(heard, place) for place in range(len(next(iter(heard.values()))))]
    told = "; ".join(filter(None, different))
    silent = f"; {len(by_resolver) - len(heard)} did not answer" if len(heard) < len(by_resolver) else ""
    return check.decided(not told, told or f"{len(different)} questions, the same answers from {len(heard)}{silent}")


def _told(answer: Answer) -> bool:
    return answer.outcome is not Outcome.FAILED


def _difference(heard: Mapping[Address, Sequence[Answer]], place: int) -> str:
    answers = {server: answers[place] for server, answers in heard.items() if _told(answers[place])}
    said = {named(server): _said(answer) for server, answer in answers.items()}
    return difference(next(iter(answers.values())).question, said) if answers else ""


def difference(question: Question, said: Mapping[str, str]) -> str:
    """Return in a sentence how answers to one question differ, by who gave them; nothing when they do not."""
    if len(set(said.values())) < 2:
        return ""
    return f"{question.type} {question.name}: {', '.join(f'{who} says {what}' for who, what in said.items())}"


def _said(answer: Answer) -> str:
    if answer.outcome is not Outcome.ANSWER or answer.question.type in NEAREST:
        return answer.outcome.value
    return " and ".join(answer.data)

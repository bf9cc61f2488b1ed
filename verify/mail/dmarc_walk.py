"""The DNS tree walk of RFC 9989 section 4.10: which record applies to a domain, and what organization it is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.asking import Ask
from verify.mail.dmarc_record import DmarcRecord, Policy, is_dmarc, parse
from verify.mail.nearly import nearly

REFUSED = "REFUSED"  # how the detail of such an answer ends
QUERIES = 8  # at most, section 4.10


@dataclass(frozen=True)
class Step:
    """One query of the walk: the records found at a domain (several count as none), or why it was not answered.

    `almost` are texts that look like a record and are none.
    """

    domain: str
    texts: tuple[str, ...] = ()
    failure: str = ""
    almost: tuple[str, ...] = ()

    @cached_property
    def record(self) -> DmarcRecord | None:
        """The record to go by; several are all discarded."""
        return parse(self.texts[0]) if len(self.texts) == 1 else None


@dataclass(frozen=True)
class Walk:
    """The steps from `domain` upwards, up to the one at which the walk stops."""

    domain: str
    steps: tuple[Step, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """The queries that had no answer, each in a sentence."""
        return tuple(step.failure for step in self.steps if step.failure)

    @property
    def is_cut(self) -> bool:
        """Whether the names above were refused: a zone's own name servers answer for nothing else."""
        return bool(self.failures) and all(failure.endswith(REFUSED) for failure in self.failures)

    @property
    def found(self) -> tuple[tuple[str, DmarcRecord], ...]:
        """The domains with a record, the longest name first."""
        return tuple((step.domain, step.record) for step in self.steps if step.record)

    @property
    def almost(self) -> tuple[str, ...]:
        """The texts that were meant to be a record, at the domain and at the names above that were asked."""
        return tuple(text for step in self.steps for text in step.almost)

    @property
    def organization(self) -> str:
        """The organizational domain, section 4.10.2."""
        for domain, record in self.found:
            if record.psd == "n":
                return domain
            if record.psd == "y" and domain != self.domain:
                return _one_below(domain, self.domain)
        return self.found[-1][0] if self.found else self.domain

    @property
    def applicable(self) -> tuple[str, DmarcRecord] | None:
        """The domain whose record applies to mail from `domain`, and that record (section 4.10.1)."""
        places = dict(self.found)
        suffix = next((name for name, record in self.found if record.psd == "y"), None)
        chosen = next((name for name in (self.domain, self.organization, suffix) if name in places), None)
        return (chosen, places[chosen]) if chosen else None

    def policy(self, *, exists: bool = True) -> Policy | None:
        """Return the policy published for mail from `domain`, None when DMARC does not apply to it."""
        if self.applicable is None:
            return None
        place, record = self.applicable
        if not record.applies:
            return None
        if place == self.domain:
            return record.own
        return record.subdomains if exists else record.nonexistent


def targets(domain: str) -> tuple[str, ...]:
    """Return the domains to query, the longest first: of more than eight labels, the last seven come second."""
    labels = domain.lower().rstrip(".").split(".")
    above = labels[1:] if len(labels) < QUERIES else labels[-(QUERIES - 1) :]
    return (".".join(labels), *(".".join(above[place:]) for place in range(len(above))))


async def walk(domain: str, ask: Ask) -> Walk:
    """Return the walk from a domain upwards. Its queries are known beforehand, so they are asked all at once."""
    return (await walks([domain], ask))[domain]


async def walks(domains: Sequence[str], ask: Ask) -> Mapping[str, Walk]:
    """Return the walk of each domain."""
    wanted = {domain: targets(domain) for domain in domains}
    answers = await ask(dict.fromkeys(_question(name) for names in wanted.values() for name in names))
    return {domain: trace([(name, answers[_question(name)]) for name in names]) for domain, names in wanted.items()}


def trace(answers: Sequence[tuple[str, Answer]]) -> Walk:
    """Return the walk that these answers make: it stops where a record says what the domain is (psd=y or psd=n)."""
    steps: list[Step] = []
    for domain, answer in answers:
        failure = f"_dmarc.{domain}: {answer.detail}" if answer.outcome is Outcome.FAILED else ""
        texts = tuple(text for text in answer.data if is_dmarc(text))
        steps.append(Step(domain, texts, failure, nearly("DMARC", answer.data, is_dmarc)))
        if steps[-1].record and steps[-1].record.psd in ("y", "n"):
            break
    return Walk(answers[0][0], tuple(steps))


def _question(domain: str) -> Question:
    return Question(f"_dmarc.{domain}", "TXT")


def _one_below(suffix: str, domain: str) -> str:
    """Return the ancestor of `domain`, or itself, that lies one label below `suffix`."""
    return ".".join(domain.split(".")[-len(suffix.split(".")) - 1 :])

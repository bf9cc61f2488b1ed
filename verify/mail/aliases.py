"""Follows aliases: a name may be a CNAME into a provider's zone, which an authoritative server does not follow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verify.answers.dns import Answer, Outcome, Question
from verify.mail.asking import Ask

LONGEST = 8  # aliases in a row


@dataclass(frozen=True)
class Found:
    """The answer at the end of the aliases, and the names that the way led over, the asked one first."""

    answer: Answer
    names: tuple[str, ...]

    @property
    def is_alias(self) -> bool:
        """Whether the asked name is a CNAME."""
        return len(self.names) > 1

    @property
    def way(self) -> str:
        """The way in words for a finding, nothing when there was no alias."""
        return f", by way of {' → '.join(self.names[1:])}" if self.is_alias else ""


async def follow(names: Iterable[str], type_: str, ask: Ask) -> Mapping[str, Found]:
    """Return what is found at each name, followed over its aliases; all names are asked at the same time."""
    unique = list(dict.fromkeys(names))
    found = await asyncio.gather(*(_follow(name, type_, ask) for name in unique))
    return dict(zip(unique, found, strict=True))


async def _follow(name: str, type_: str, ask: Ask) -> Found:
    names = [name]
    while True:
        wanted, alias = Question(names[-1], type_), Question(names[-1], "CNAME")
        answers = await ask([wanted, alias])
        target = answers[alias].data[0].lower() if answers[alias].data else ""
        if not target:
            return Found(answers[wanted], tuple(names))
        if target in names or len(names) > LONGEST:
            why = f"the aliases {' → '.join((*names, target))} do not end"
            return Found(Answer(wanted, Outcome.NODATA, detail=why), (*names, target))
        names.append(target)
        if answers[wanted].data:
            return Found(answers[wanted], tuple(names))

"""Asks for names above the domain too, where only its own name servers and those of the zone above are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verify.answers.dns import Answer, Outcome, Question, read
from verify.mail.asking import Ask
from verify.scene import Scene


def upwards(scene: Scene) -> Ask:
    """Return how to ask: the resolvers first, and what they refuse about names above the domain, its parents."""
    domain = scene.subject.domain
    above = domain.partition(".")[2]

    async def ask(questions: Iterable[Question]) -> Mapping[Question, Answer]:
        answers = await scene.dns.ask_all(questions)
        return {question: await _asked(question, answer) for question, answer in answers.items()}

    async def _asked(question: Question, answer: Answer) -> Answer:
        inside = question.name == domain or question.name.endswith(f".{domain}")
        if answer.outcome is not Outcome.FAILED or inside or not question.name.endswith(f".{above}"):
            return answer
        for parent in scene.reach.parents:
            told = read(await scene.dns.ask_at(parent, question))
            if told.outcome is not Outcome.FAILED:
                return told
        return answer

    return ask

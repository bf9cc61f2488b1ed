"""How the walks over mail records ask: many questions at once, by whatever the caller gives them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from verify.answers.dns import Answer, Question

Ask = Callable[[Iterable[Question]], Awaitable[Mapping[Question, Answer]]]


async def one(ask: Ask, question: Question) -> Answer:
    """Return the answer to a single question."""
    return (await ask([question]))[question]

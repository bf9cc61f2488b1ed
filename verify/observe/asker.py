"""Asks the DNS for a whole verification: everything at the same time, and no server the same question twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import dns.resolver

from verify.answers.dns import Answer, Outcome, Question, Reply, read
from verify.observe.exchange import exchange
from verify.reach import DNS_PORT, Address, Reach

AT_ONCE = 100  # questions in flight: each holds a socket


class Asker:
    """The one way to the DNS during one run; it lives in the event loop that first uses it.

    A server that let a question go unanswered and never answered another is taken for dead: it costs a run one
    time-out, and what only it could have said is a failure, never "no such record".
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._asked: dict[tuple[Question, Address], asyncio.Task[Reply]] = {}
        self._heard: set[Address] = set()
        self._silent: set[Address] = set()
        self._free = asyncio.Semaphore(AT_ONCE)

    @property
    def resolvers(self) -> tuple[Address, ...]:
        """The nameservers that are asked when no particular one is named."""
        return self._reach.nameservers or _system_nameservers()

    async def ask(self, name: str, type_: str) -> Answer:
        """Return the answer of the first resolver that gives one; those that were silent before come last."""
        question = Question(name, type_)
        answers = [read(reply) for reply in await self.replies(question)]
        if answers and answers[-1].outcome is not Outcome.FAILED:
            return answers[-1]
        why = "; ".join(answer.detail for answer in answers) or "no nameserver is known; give one with --nameserver"
        return Answer(question, Outcome.FAILED, detail=why)

    async def replies(self, question: Question) -> list[Reply]:
        """Return what the resolvers said, in turn, up to the first that gives an answer."""
        found: list[Reply] = []
        for server in sorted(self.resolvers, key=self._silent.__contains__):
            found.append(await self.ask_at(server, question))
            if read(found[-1]).outcome is not Outcome.FAILED:
                break
        return found

    async def ask_all(self, questions: Iterable[Question]) -> Mapping[Question, Answer]:
        """Return the answers to all questions, asked at the same time."""
        unique = list(dict.fromkeys(questions))
        answers = await asyncio.gather(*(self.ask(question.name, question.type) for question in unique))
        return dict(zip(unique, answers, strict=True))

    async def ask_at(self, server: Address, question: Question) -> Reply:
        """Return what this very server says; asked once in a run, however often it is wanted."""
        key = (Question(question.name.lower().rstrip("."), question.type), server)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._exchange(*key))
        return await self._asked[key]

    async def _exchange(self, question: Question, server: Address) -> Reply:
        async with self._free:
            if server in self._silent - self._heard:
                return Reply(question, server, error="no answer, as to an earlier question")
            reply = await exchange(question, server, self._reach.timeout)
        (self._heard if reply.message else self._silent).add(server)
        return reply


def _system_nameservers() -> tuple[Address, ...]:
    try:
        return tuple((str(server), DNS_PORT) for server in dns.resolver.Resolver().nameservers)
    except dns.resolver.NoResolverConfiguration:
        return ()

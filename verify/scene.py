"""What a verification works with: whom it is about, by which doors it goes, and the one way to the DNS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from blueprint.outputs import Outputs
from verify.observe.asker import Asker
from verify.observe.dns import Question
from verify.observe.web import Page, fetch
from verify.promised import question_of
from verify.reach import Reach

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Subject:
    """The domain, what a stack promised about it (None for a bare domain), and DKIM selectors known besides."""

    domain: str
    promised: Outputs | None = None
    more_selectors: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that answer by http and https: those promised, or the domain itself."""
        if self.promised is None:
            return (self.domain,)
        sources = (redirect.source for redirect in self.promised.redirects)
        return (*self.promised.web_hosts, self.promised.api_host, *sources)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the DNS has to be asked about the promised records; an address for those that hide behind the edge."""
        records = self.promised.records if self.promised else ()
        return tuple(dict.fromkeys(question_of(record) for record in records))

    @property
    def selectors(self) -> tuple[str, ...]:
        """The DKIM selectors that are known; they cannot be found by asking."""
        promised = self.promised.mail.selectors if self.promised else ()
        return tuple(dict.fromkeys((*promised, *self.more_selectors)))


def of_stack(outputs: Outputs, more_selectors: tuple[str, ...] = ()) -> Subject:
    """Return a stack as the subject of a verification."""
    return Subject(outputs.domain, outputs, more_selectors)


@dataclass(frozen=True)
class Scene:
    """One run. Ask the DNS by `dns` only; what blocks (HTTP, TLS) goes to `threads` by `aside`."""

    subject: Subject
    reach: Reach
    now: datetime
    dns: Asker
    threads: Executor

    async def aside(self, function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Return what a blocking function returns, called on a thread while everything else goes on."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, lambda: function(*args, **kwargs))

    async def fetch(self, url: str) -> Page:
        """Return the answer to a GET, without following a redirect."""
        return await self.aside(fetch, url, self.reach)

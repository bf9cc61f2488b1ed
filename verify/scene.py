"""What a verification works with: which domain it is about, where it connects, and its one way to ask the DNS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from blueprint.old_zone import Before
from blueprint.outputs import Outputs
from verify.answers.dns import Question
from verify.answers.notified import Notified
from verify.answers.page import Page, Request
from verify.answers.place import Place
from verify.observe.asker import Asker
from verify.observe.route import has_route
from verify.observe.web import PUBLIC_PORTS, send
from verify.promised import question_of
from verify.reach import Reach

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class PromisedZone:
    """A domain with its own zone: its name servers and its DS record, as far as they were promised."""

    domain: str
    nameservers: tuple[str, ...] = ()
    ds: str = ""


@dataclass(frozen=True)
class Subject:
    """The domain, what a stack promised about it (None for a bare domain), and what cannot be asked for.

    That is DKIM selectors known besides, what became of a test notification, and what was there `before` the launch.
    """

    domain: str
    promised: Outputs | None = None
    more_selectors: tuple[str, ...] = ()
    notified: Notified | None = None
    before: Before | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that answer by http and https: those promised, or the domain itself."""
        if self.promised is None:
            return (self.domain,)
        sources = (redirect.source for redirect in self.promised.redirects)
        return (*self.promised.web_hosts, self.promised.api_host, *sources)

    @property
    def zones(self) -> tuple[PromisedZone, ...]:
        """The zones with what their registrars were promised: the domain's own, and those of further domains."""
        if self.promised is None:
            return (PromisedZone(self.domain),)
        own = PromisedZone(self.domain, self.promised.nameservers, self.promised.dnssec_ds)
        others = (PromisedZone(one.domain, one.nameservers, one.dnssec_ds) for one in self.promised.other_domains)
        return (own, *others)

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


def of_stack(
    outputs: Outputs,
    more_selectors: tuple[str, ...] = (),
    notified: Notified | None = None,
    before: Before | None = None,
) -> Subject:
    """Return a stack as the subject of a verification."""
    return Subject(outputs.domain, outputs, more_selectors, notified, before)


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

    async def hosts(self) -> tuple[str, ...]:
        """Return the subject's hosts; for a bare domain www too, where the DNS knows it."""
        if self.subject.promised:
            return self.subject.hosts
        www = f"www.{self.subject.domain}"
        return (*self.subject.hosts, *([www] if await self._addresses(www) else []))

    async def places(self, host: str, port: int = 443) -> tuple[Place, ...]:
        """Return a host's addresses that there is a way to from here, IPv4 first; at least one.

        Without an address in the DNS it is the host itself, so that connecting says what is wrong.
        """
        named = self.reach.addresses.get((host, port))
        known = () if named else await self._addresses(host)
        found = [Place(host, address, self.reach.address(address, port)) for address in known]
        if not found:
            address = named or self.reach.address(host, port)
            return (Place(host, address[0], address),)
        return tuple(place for place in found if has_route(place.address)) or tuple(found)

    async def fetch(self, url: str) -> Page:
        """Return the answer to a GET, without following a redirect."""
        return await self.send(Request(url))

    async def send(self, ask: Request) -> Page:
        """Return the answer to a request, from the first address of its host unless it names one itself."""
        if ask.at is None:
            parts = urlsplit(ask.url)
            place, *_ = await self.places(str(parts.hostname), parts.port or PUBLIC_PORTS[parts.scheme])
            ask = replace(ask, at=place.address)
        return await self.aside(send, ask, self.reach)

    async def _addresses(self, host: str) -> tuple[str, ...]:
        if _is_address(host):
            return (host,)
        answers = await self.dns.ask_all(Question(host, kind) for kind in ("A", "AAAA"))
        return tuple(data for answer in answers.values() for data in answer.data)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

"""Follows redirects, hop by hop, as far as they stay below one domain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from verify.answers.page import Page

MOVED = (301, 302, 303, 307, 308)
LONGEST = 10  # hops; browsers give up at 20, and a chain of ten is judged already

Fetch = Callable[[str], Awaitable[Page]]


@dataclass(frozen=True)
class Chain:
    """The answers in their order. `end` is the address that the last of them leads to, or its own.

    `loops` says that the end was there before.
    """

    pages: tuple[Page, ...]
    end: str
    loops: bool = False

    @property
    def error(self) -> str:
        """Why the chain could not be followed to its end; empty when it could."""
        return self.pages[-1].error

    @property
    def leaves(self) -> bool:
        """Whether the last answer leads on, to where the chain was not followed."""
        return self.end != self.pages[-1].url

    @property
    def told(self) -> str:
        """The chain as one line."""
        steps = [f"{page.url} ({page.status})" for page in self.pages]
        return " → ".join([*steps, *([self.end] if self.leaves else [])])


async def follow(url: str, fetch: Fetch, domain: str) -> Chain:
    """Return the chain that begins at `url`; it ends at a page, outside of the domain, in a circle, or at LONGEST.

    The host that it begins at is asked too when it lies outside: a further domain that leads to this one.
    """
    pages: list[Page] = []
    seen: set[str] = set()
    begun = _host(url)
    while url not in seen and len(pages) < LONGEST and (_within(url, domain) or _within(url, begun)):
        seen.add(url)
        pages.append(await fetch(url))
        target = pages[-1].headers.get("location", "")
        if pages[-1].status not in MOVED or not target:
            return Chain(tuple(pages), url)
        url = _joined(url, target)
    return Chain(tuple(pages), url, loops=url in seen)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:  # such as https://[
        return target


def _within(url: str, domain: str) -> bool:
    host = _host(url)
    return host == domain or host.endswith(f".{domain}")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

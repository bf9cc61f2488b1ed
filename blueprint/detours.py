"""Where redirects and moved pages lead: to a page in the end, and never in a circle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from blueprint.part import Problem

if TYPE_CHECKING:
    from blueprint.spec import Spec

_ANY = "/"  # the path that stands for all paths of a host


def pages(spec: Spec) -> Iterator[Problem]:
    """Tell of pages that this launch does not serve, and of those that have moved twice."""
    sources = [page.source for page in spec.moved_pages]
    for page in dict.fromkeys(spec.moved_pages):
        if page.host not in spec.web_hosts:
            yield Problem(
                f"moved_pages.{sources.index(page.source)}",
                f"{page.host} does not serve the web app; name one of {', '.join(spec.web_hosts)}",
            )
    for source in dict.fromkeys(sources):
        if sources.count(source) > 1:
            yield Problem(
                f"moved_pages.{sources.index(source)}",
                f"{source} has moved twice; keep one entry of moved_pages for it",
            )


def circles(spec: Spec) -> Iterator[Problem]:
    """Tell of entries that lead visitors back to where they were, over however many other entries."""
    step = _Steps(spec)
    told: set[frozenset[str]] = set()
    starts = [
        *((f"redirects.{at}", f"{entry.source}{_ANY}") for at, entry in enumerate(spec.redirects)),
        *((f"moved_pages.{at}", entry.source) for at, entry in enumerate(spec.moved_pages)),
    ]
    for place, start in starts:
        circle = _circle(start, step)
        if len(circle) > 1 and frozenset(circle) not in told:
            told.add(frozenset(circle))
            way = " to ".join([*circle, circle[0]])
            yield Problem(place, f"visitors would go in a circle, from {way}; lead one of them to a page that is there")


class _Steps:
    """One step of a browser: where an address without its scheme leads, None where something answers."""

    def __init__(self, spec: Spec) -> None:
        self._pages = {page.source: _asked(page.target) for page in spec.moved_pages}
        self._hosts = {entry.source: entry.target_host for entry in spec.redirects}
        self._to_one = {entry.source: _asked(entry.target) for entry in spec.redirects if entry.is_to_one_page}
        for domain in spec.other_domains:
            self._hosts |= {domain: spec.domain, f"www.{domain}": spec.domain}

    def __call__(self, address: str) -> str | None:
        if address in self._pages:
            return self._pages[address]
        host, _, path = address.partition("/")
        if host in self._to_one:
            return self._to_one[host]
        return f"{self._hosts[host]}/{path}" if host in self._hosts else None


def _asked(target: str) -> str:
    """Return host and path of an address, which is what a server learns of it beside the query."""
    return re.split("[?#]", target.removeprefix("https://"))[0]


def _circle(start: str, step: _Steps) -> list[str]:
    way = [start]
    while (following := step(way[-1])) is not None:
        if following in way:
            return way[way.index(following) :]
        way.append(following)
    return []

"""Finds a page's assets: the addresses in its HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("src", "href") and value]


def first_asset(page_url: str, html: str, prefixes: Iterable[str]) -> str | None:
    """Return the address of the first link on the page to its own host whose path begins with one of the prefixes."""
    links = _Links()
    links.feed(html)
    wanted = tuple(prefixes)
    for link in (urljoin(page_url, found) for found in links.found):
        parts = urlsplit(link)
        if parts.hostname == urlsplit(page_url).hostname and parts.path.startswith(wanted):
            return link
    return None

"""Bulk redirects: what lists of the account send elsewhere. Pure.

Source: developers.cloudflare.com/rules/url-forwarding/bulk-redirects/concepts. A source has no scheme here and matches
both; where several sources match, the longest path decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.edge.http_message import Request


@dataclass(frozen=True)
class Listed:
    """One item of a list. `host` and `path` are its source, `below` says whether it stands for all paths below too."""

    host: str
    path: str
    target: str
    status: int = 301
    below: bool = False
    subdomains: bool = False
    keeps_suffix: bool = False
    keeps_query: bool = False

    def suffix(self, request: Request) -> str | None:
        """Return what the request's path has beyond the source, None when it is not meant."""
        host = request.host
        if host != self.host and not (self.subdomains and host.endswith(f".{self.host}")):
            return None
        if request.path == self.path or request.path == f"{self.path}/":
            return ""
        folder = self.path.rstrip("/") + "/"
        return request.path.removeprefix(folder) if self.below and request.path.startswith(folder) else None


def parse(items: Iterable[Mapping[str, Any]]) -> tuple[Listed, ...]:
    """Return the redirects of a `List` resource's items."""
    return tuple(_listed(item["redirect"]) for item in items if item.get("redirect"))


def target(items: Iterable[Listed], request: Request) -> tuple[int, str] | None:
    """Return the status and the address that the best item leads to."""
    meant = [(item, suffix) for item in items if (suffix := item.suffix(request)) is not None]
    if not meant:
        return None
    item, suffix = max(meant, key=lambda pair: len(pair[0].path))
    address = f"{item.target.rstrip('/')}/{suffix}" if item.keeps_suffix and suffix else item.target
    return item.status, with_query(address, request.query if item.keeps_query else "")


def with_query(target: str, query: str) -> str:
    """Return an address with a query, in front of its fragment (RFC 3986 section 3; Cloudflare does not say where)."""
    page, mark, fragment = target.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{query}{mark}{fragment}" if query else target


def _listed(item: Mapping[str, Any]) -> Listed:
    host, _, path = str(item["sourceUrl"]).rpartition("://")[2].partition("/")
    return Listed(
        host=host.lower(),
        path=f"/{path}",
        target=str(item["targetUrl"]),
        status=int(item.get("statusCode") or 301),
        below=bool(item.get("subpathMatching")),
        subdomains=bool(item.get("includeSubdomains")),
        keeps_suffix=bool(item.get("preservePathSuffix")),
        keeps_query=bool(item.get("preserveQueryString")),
    )

"""One request's way through the edge, in the order of Cloudflare's phases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Protocol

from localcloud.edge import caching, phases, rules, zones
from localcloud.edge.cache_store import Store, Stored
from localcloud.edge.caching import CacheSettings
from localcloud.edge.http_message import Answer, Chunks, Headers, Request, Response, page, without
from localcloud.edge.origin import forwarded
from localcloud.edge.ratelimit import RateLimits
from localcloud.edge.zones import Zone

BODY_LIMIT = 100 * 1024 * 1024  # bytes of a request on the Free and Pro plans ("Upload limits")
H3 = 'h3=":443"; ma=86400'  # announced, and not spoken here: a browser that finds nobody there goes on as before
NOT_FOR_CACHE = (  # what a visitor says that must not shorten an answer which others get too
    "content-length",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
    "transfer-encoding",
)

Body = Chunks | None


class Fetch(Protocol):
    """Asks the origin: contents of the proxied records, ssl mode, request, headers for the origin, body."""

    async def __call__(
        self, contents: tuple[str, ...], mode: str, request: Request, headers: Headers, body: Body
    ) -> Answer:
        """Return the origin's answer or a page of the edge's own."""


class Scripts(Protocol):
    """Answers in place of the origin where a route says so; see localcloud.edge.workers."""

    def route(self, request: Request) -> str | None:
        """Return the script that answers the request, None for the origin."""

    async def answer(self, script: str, request: Request, headers: Headers, body: Body) -> Answer:
        """Return the script's answer or a page of the edge's own."""


@dataclass
class Edge:
    """The edge's decisions and its memory. `served` returns the zones of now."""

    served: Callable[[], tuple[Zone, ...]]
    fetch: Fetch
    workers: Scripts | None = None

    def __post_init__(self) -> None:
        self._store = Store()
        self._limits = RateLimits()

    async def answer(self, request: Request, server_name: str, body: Body) -> Answer:
        """Return the answer to a request; `server_name` is that of its TLS connection, empty for plain HTTP."""
        zone = zones.find(self.served(), request.host)
        if zone is None:
            return _unknown(request)
        refusal = self._refused(zone, request, server_name)
        return _finished(zone, request, refusal or await self._through(zone, request, body))

    def certified(self, host: str) -> Zone | None:
        """Return the zone whose certificate covers the host, None when there is none."""
        return next((zone for zone in self.served() if zone.has_certificate(host)), None)

    def _refused(self, zone: Zone, request: Request, server_name: str) -> Answer | None:
        certified = self.certified(server_name) if server_name else zone
        if certified is None or certified.name != zone.name:  # by name: the zones may just have been read again
            return page(request, 403, "Forbidden", f"{request.host} was asked for on a connection to {server_name}.")
        if request.header("upgrade").lower() == "websocket":
            return page(request, 501, "Not implemented", "The rehearsal's edge does not carry WebSockets.")
        if int(request.header("content-length") or 0) > BODY_LIMIT:
            return too_large(request)
        return None

    async def _through(self, zone: Zone, request: Request, body: Body) -> Answer:
        at_once = _scheme_redirect(zone, request) or phases.redirect(zone.rules[rules.REDIRECT], request)
        if at_once is not None:
            return at_once
        firewall = phases.firewall(zone.rules[rules.FIREWALL], request)
        if firewall.answer is not None:
            return firewall.answer
        limits = () if rules.RATE_LIMIT in firewall.skipped else zone.rules[rules.RATE_LIMIT]
        elsewhere = self._limits.refusal(limits, request) or phases.listed(zone.listed, request)
        return elsewhere or await self._content(zone, request, body)

    async def _content(self, zone: Zone, request: Request, body: Body) -> Answer:
        headers = phases.request_headers(zone.rules[rules.REQUEST_HEADERS], request)
        script = self.workers.route(request) if self.workers else None
        if self.workers and script:  # before the cache, as at Cloudflare
            return await self.workers.answer(script, request, forwarded(request, headers), body)
        wanted = caching.settings(zone.rules[rules.CACHE], request)
        if caching.is_eligible(request, wanted):
            return await self._cached(zone, request, wanted, headers)
        answer = await self._origin(zone, request, headers, body)
        return replace(answer, head=answer.head.with_header("cf-cache-status", "DYNAMIC"))

    async def _origin(self, zone: Zone, request: Request, headers: Headers, body: Body) -> Answer:
        contents = zone.origin(request.host) or ()
        return await self.fetch(contents, zone.settings.ssl_mode, request, forwarded(request, headers), body)

    async def _cached(self, zone: Zone, request: Request, wanted: CacheSettings, headers: Headers) -> Answer:
        key, now = caching.key(request), request.received
        stored = self._store.find(key)
        if stored is not None and now < stored.fresh_until:
            return stored.answer(request, "HIT")
        asked = (*without(headers, *NOT_FOR_CACHE), *(stored.validators if stored else ()))
        whole = replace(request, method="GET")  # a HEAD fills the cache too
        answer = await self._origin(zone, whole, asked, None)
        if isinstance(answer.body, bytes):
            return answer
        if stored is not None and answer.head.status == 304:
            return await self._confirmed(request, wanted, key, stored, answer)
        return self._kept(zone, request, wanted, answer.head, answer.body, stored)

    async def _confirmed(
        self, request: Request, wanted: CacheSettings, key: str, stored: Stored, answer: Answer
    ) -> Answer:
        """Return what is stored, after its origin has answered 304."""
        await _drain(answer)
        seconds = caching.judge(request, wanted, stored.head).seconds
        return self._store.renew(key, stored, request.received, seconds).answer(request, "REVALIDATED")

    def _kept(
        self, zone: Zone, request: Request, wanted: CacheSettings, head: Response, body: Chunks, stored: Stored | None
    ) -> Answer:
        """Return the origin's answer, to be stored while it passes by if that is allowed."""
        key, verdict = caching.key(request), caching.judge(request, wanted, head)
        if not verdict.seconds:
            self._store.drop(key)
            return Answer(head.with_header("cf-cache-status", verdict.status), body)
        head = caching.for_browser(wanted, zone.settings.browser_ttl, head.without("set-cookie", "age"))
        chunks = self._store.keeping(key, head, body, request.received, verdict.seconds)
        return Answer(head.with_header("cf-cache-status", "EXPIRED" if stored else verdict.status), chunks)


def too_large(request: Request) -> Answer:
    """Return the answer to a request whose body is longer than BODY_LIMIT."""
    return page(request, 413, "Payload Too Large", "The edge takes request bodies of up to 100 MB.")


def _unknown(request: Request) -> Answer:
    """Return what Cloudflare answers for a host that is not a proxied name of its zones (errors 1003 and 1001)."""
    try:
        ip_address(request.host.strip("[]"))
    except ValueError:
        said = f"Error 1001: {request.host} is not a proxied name of a zone."
        return page(request, 409, "DNS resolution error", said)
    return page(request, 403, "Direct IP access not allowed", "Error 1003: ask for a host name, not for an address.")


def _scheme_redirect(zone: Zone, request: Request) -> Answer | None:
    """Return the redirect to https, which comes before any rule, or to http when the zone's encryption is off."""
    if zone.settings.ssl_mode == "off":
        return phases.moved(301, f"http://{request.host}{request.target}") if request.scheme == "https" else None
    if request.scheme == "http" and zone.settings.always_use_https:
        return phases.moved(301, f"https://{request.host}{request.target}", ("cache-control", "max-age=3600"))
    return None


def _finished(zone: Zone, request: Request, answer: Answer) -> Answer:
    """Return the answer with what the zone says by https, and the response header rules applied."""
    head = _secured(zone, answer.head) if request.scheme == "https" else answer.head
    return replace(answer, head=phases.response_headers(zone.rules[rules.RESPONSE_HEADERS], request, head))


def _secured(zone: Zone, head: Response) -> Response:
    """Return the head with HSTS (RFC 6797 section 7.2), and HTTP/3 announced for Cloudflare's day (RFC 7838)."""
    hsts = zone.settings.hsts
    if hsts is not None:
        head = head.with_header("strict-transport-security", hsts.value)
        head = head.with_header("x-content-type-options", "nosniff") if hsts.nosniff else head
    return head.with_header("alt-svc", H3) if zone.settings.http3 else head


async def _drain(answer: Answer) -> None:
    if not isinstance(answer.body, bytes):
        async for _ in answer.body:
            pass

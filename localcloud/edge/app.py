"""One request at the edge: the zone's rules, the cache, the origin, the answer."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from starlette.requests import Request as Incoming
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from localcloud import network
from localcloud.edge import caching, rules, zones
from localcloud.edge.origin import Origin
from localcloud.edge.request import Answer, Request, page
from localcloud.ports import Ports
from localcloud.watch import Watched
from localcloud.world import World

PLACE = "RHL"  # the data centre in CF-Ray; real ones are airports

log = logging.getLogger(__name__)


class Edge:
    """The application behind both listeners; `clock` returns seconds since the epoch."""

    def __init__(self, world: World, ports: Ports, origin: Origin, clock: Callable[[], float] = time.time) -> None:
        self._world, self._ports, self._origin, self._clock = world, ports, origin, clock
        self._zones = Watched(world, zones.read)
        self._cache = caching.Cache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        incoming = Incoming(scope, receive)
        request = _request(incoming)
        ray = f"{secrets.token_hex(8)}-{PLACE}"
        answer = await self._answer(request, await incoming.body(), ray)
        answer = answer.with_header("server", "cloudflare").with_header("cf-ray", ray)
        response = Response(answer.body, answer.status)
        length = [pair for pair in response.raw_headers if pair[0] == b"content-length"]
        response.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers] + length
        await response(scope, receive, send)

    def serves(self, host: str) -> bool:
        """Return whether the edge has a certificate for the host: whether it is a proxied name of a zone."""
        return zones.find(self._zones.current(), host.lower()) is not None

    async def _answer(self, request: Request, body: bytes, ray: str) -> Answer:
        zone = zones.find(self._zones.current(), request.host)
        if zone is None:
            return page(409, "DNS resolution error 1001", f"{request.host} is no proxied name of a zone here.")
        answer = rules.answer_at_once(zone, request) or await self._content(zone, request, body, ray)
        return rules.finish(zone, request, answer)

    async def _content(self, zone: zones.Zone, request: Request, body: bytes, ray: str) -> Answer:
        wanted = caching.policy(zone, request)
        if not wanted.eligible:
            answer = await self._fetch(zone, request, body, ray)
            return answer.with_header("cf-cache-status", "BYPASS" if wanted.bypassed else "DYNAMIC")
        kept, now = self._cache.find(request), self._clock()
        if kept and now < kept.until:
            return kept.answer.with_header("cf-cache-status", "HIT").with_header("age", str(int(now - kept.stored)))
        answer = await self._fetch(zone, request, body, ray)
        seconds = caching.lifetime(wanted, answer)
        if seconds and request.method == "GET":
            self._cache.store(request, answer, now, seconds)
        state = ("EXPIRED" if kept else "MISS") if seconds else "BYPASS"
        return answer.with_header("cf-cache-status", state)

    async def _fetch(self, zone: zones.Zone, request: Request, body: bytes, ray: str) -> Answer:
        endpoint = network.route(self._world, self._ports, zone.hosts[request.host])
        if endpoint is None:
            log.warning("%s leads to %s, which the rehearsal does not know", request.host, zone.hosts[request.host])
            return page(523, "Origin is unreachable", f"The rehearsal has no way to {zone.hosts[request.host]}.")
        return await self._origin.fetch(endpoint, request, body, ray)


def _request(incoming: Incoming) -> Request:
    headers = {name.lower(): value for name, value in incoming.headers.items()}
    return Request(
        scheme=incoming.url.scheme,
        host=headers.get("host", "").partition(":")[0].lower(),
        method=incoming.method,
        path=incoming.scope["raw_path"].decode("latin-1"),
        query=incoming.scope["query_string"].decode("latin-1"),
        headers=headers,
        client=incoming.client.host if incoming.client else "127.0.0.1",
    )

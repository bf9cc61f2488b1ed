"""Fetches from the origin as Cloudflare does: by its SSL mode, with its headers, and with its errors 520 to 530."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpcore

from localcloud.base import connection_pool, network
from localcloud.base.network import Endpoint
from localcloud.base.ports import Ports
from localcloud.base.world import World
from localcloud.edge.fields import UNKNOWN_COUNTRY
from localcloud.edge.http_message import Answer, Chunks, Headers, Request, Response, joined, page, without

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 100.0  # seconds; Cloudflare's "Connection limits" allow 19 and 120
HOP_BY_HOP = (  # RFC 9110 section 7.6.1, and what RFC 2616 named before
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
)
TIMEOUTS = {"connect": CONNECT_TIMEOUT, "read": READ_TIMEOUT, "write": READ_TIMEOUT}

TITLES: Mapping[int, str] = {
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
    530: "Origin DNS error",
}


class Origins:
    """Asks origins, by connections that are kept for each host name and mode."""

    def __init__(self, world: World, ports: Ports, trust: ssl.SSLContext) -> None:
        self._world = world
        self._ports = ports
        lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE  # the modes full and flexible verify nothing
        self._pools = {strict: connection_pool.ConnectionPool(trust if strict else lax) for strict in (True, False)}

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    async def fetch(
        self,
        contents: tuple[str, ...],
        mode: str,
        request: Request,
        headers: Headers,
        body: Chunks | None,
    ) -> Answer:
        """Return the origin's answer, its body as a stream, or the page that tells why there is none.

        `contents` are those of the proxied records. Passes on what the body raises.
        """
        endpoint = self._endpoint(contents)
        if endpoint is None:
            return _nowhere(request, contents[0])
        if endpoint.port == self._ports["https"]:
            return page(request, 403, "DNS points to prohibited IP", "Error 1000: the record leads back to the edge.")
        if endpoint.by_own_name and endpoint.server_name != request.host:
            return _unknown_there(request, endpoint, mode)
        scheme = _scheme(endpoint, mode, request)
        if scheme is None:
            return failed(request, 521, "Nothing listens on port 80 of the origin.")
        return await self._asked(endpoint, scheme, mode in ("strict", "origin_pull"), request, headers, body)

    def _endpoint(self, contents: tuple[str, ...]) -> Endpoint | None:
        found = (network.route(self._world, self._ports, content) for content in contents)
        return next((endpoint for endpoint in found if endpoint), None)

    async def _asked(
        self,
        endpoint: Endpoint,
        scheme: str,
        strict: bool,
        request: Request,
        headers: Headers,
        body: Chunks | None,
    ) -> Answer:
        url = httpcore.URL(
            scheme=scheme.encode(),
            host=request.host.encode(),
            port=endpoint.port,
            target=request.target.encode("latin-1"),
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
            content=body,
            extensions={"timeout": TIMEOUTS},
        )
        try:
            response = await self._pools[strict].handle_async_request(sent)
        except connection_pool.FAILURES as error:
            return failed(request, *_failure(error))
        return Answer(Response(response.status, _received(response)), _chunks(response))


def forwarded(request: Request, headers: Headers) -> Headers:
    """Return the headers for the origin: the visitor's own host, and what Cloudflare tells of the visitor."""
    named = {one.strip().lower() for one in joined(headers, "connection").split(",")}
    kept = without(headers, *HOP_BY_HOP, *named, "host", "accept-encoding", "x-forwarded-for", "x-forwarded-proto")
    before = joined(headers, "x-forwarded-for")
    visitor = str(request.address)
    return (
        ("host", request.host),
        *(pair for pair in kept if not pair[0].startswith("cf-")),
        ("accept-encoding", "identity"),
        ("x-forwarded-for", f"{before}, {visitor}" if before else visitor),
        ("x-forwarded-proto", request.scheme),
        ("cf-connecting-ip", visitor),
        ("cf-ipcountry", UNKNOWN_COUNTRY),
        ("cf-ray", request.ray),
        ("cf-visitor", f'{{"scheme":"{request.scheme}"}}'),
        ("cdn-loop", "cloudflare"),
    )


def _scheme(endpoint: Endpoint, mode: str, request: Request) -> str | None:
    """Return how to connect, None when nothing listens there for that.

    Full and strict ask the origin in the visitor's own scheme, flexible always by http. A listener without TLS stands
    for one that production reaches by https too (see Endpoint); one with TLS has only port 443.
    """
    wants_https = request.scheme == "https" and mode != "flexible"
    return "http" if not endpoint.tls else "https" if wants_https else None


def failed(request: Request, status: int, reason: str) -> Answer:
    """Return the page of one of Cloudflare's own statuses."""
    return page(request, status, TITLES[status], f"Error {status} for {request.host}: {reason}")


def _unknown_there(request: Request, endpoint: Endpoint, mode: str) -> Answer:
    """Return what a web hoster does with a domain that it does not know: no certificate, and no site."""
    if mode in ("strict", "origin_pull"):
        return failed(
            request, 526, f"{endpoint.server_name} has no certificate for {request.host}, which it does not know."
        )
    return page(request, 404, "Site Not Found", f"Site Not Found: {endpoint.server_name} knows no {request.host}.")


def _nowhere(request: Request, content: str) -> Answer:
    """Return why no listener stands for a record's content: a name that does not resolve, an address without one."""
    if any(letter.isalpha() for letter in content.rpartition(".")[2]) and ":" not in content:
        return failed(request, 530, f"error 1016, the rehearsal has no way to {content}.")
    return failed(request, 522, f"the rehearsal has no way to {content}.")


def _failure(error: Exception) -> tuple[int, str]:
    cause = error.__cause__ or error.__context__
    if isinstance(error, httpcore.ConnectTimeout):
        return 522, "the origin did not accept the connection in time."
    if isinstance(error, httpcore.TimeoutException):
        return 524, "the origin did not answer in time."
    if isinstance(cause, ssl.SSLCertVerificationError):
        return 526, f"the origin's certificate is not valid: {cause.verify_message or cause}."
    if isinstance(error, httpcore.ConnectError):
        refused = isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError)
        return (521, "the origin refused the connection.") if refused else (525, "the origin refused the handshake.")
    return 520, f"the origin broke off: {error}."


def _received(response: httpcore.Response) -> Headers:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    named = {one.strip().lower() for one in joined(headers, "connection").split(",")}
    return without(headers, *HOP_BY_HOP, *named, "transfer-encoding", "server", "cf-ray", "cf-cache-status")


async def _chunks(response: httpcore.Response) -> Chunks:
    try:
        async for chunk in response.aiter_stream():
            yield chunk
    finally:
        await response.aclose()

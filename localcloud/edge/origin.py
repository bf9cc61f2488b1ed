"""Fetches from the origin, with Cloudflare's error pages when that fails."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx

from localcloud.edge.request import Answer, Request, page
from localcloud.network import Endpoint

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}
)
DROPPED = HOP_BY_HOP | {"server", "date", "content-length"}
TIMEOUT = 100.0  # seconds until Cloudflare answers 524


class Origin:
    """One client for all origins; `trust` is what their certificates are checked against (Full strict)."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(verify=trust, timeout=TIMEOUT, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def fetch(self, endpoint: Endpoint, request: Request, body: bytes, ray: str) -> Answer:
        """Return the origin's answer, or the 52x page that tells why there is none."""
        scheme = "https" if endpoint.tls else "http"
        try:
            response = await self._client.request(
                request.method,
                f"{scheme}://{endpoint.host}:{endpoint.port}{request.uri}",
                headers=_forwarded(request, ray),
                content=body,
                extensions={"sni_hostname": request.host} if endpoint.tls else {},
            )
        except httpx.TimeoutException:
            return page(524, "A timeout occurred", "The origin took too long to answer.")
        except httpx.ConnectError as error:
            return _unreachable(error)
        except httpx.TransportError as error:
            return page(520, "Web server is returning an unknown error", f"The origin broke off: {error}.")
        headers = [(name.lower(), value) for name, value in response.headers.multi_items()]
        encoded = {"content-encoding"}  # httpx has undone it
        kept = tuple(pair for pair in headers if pair[0] not in DROPPED | encoded)
        return Answer(response.status_code, kept, response.content)


def _unreachable(error: httpx.ConnectError) -> Answer:
    if "certificate" in str(error).lower():
        return page(526, "Invalid SSL certificate", f"The origin's certificate is not valid for this host: {error}.")
    if "ssl" in str(error).lower():
        return page(525, "SSL handshake failed", f"The origin refused the TLS handshake: {error}.")
    return page(521, "Web server is down", "The origin refused the connection.")


def _forwarded(request: Request, ray: str) -> Mapping[str, str]:
    kept = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP | {"content-length"}}
    before = request.headers.get("x-forwarded-for")
    return kept | {
        "host": request.host,
        "cf-connecting-ip": request.client,
        "x-forwarded-for": f"{before}, {request.client}" if before else request.client,
        "x-forwarded-proto": request.scheme,
        "cf-ray": ray,
        "accept-encoding": "identity",
    }

"""Fetches pages by HTTP and HTTPS, one hop at a time, from the address that the caller names for a host."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from verify.answers.page import Page, Request
from verify.reach import Address, Reach

PUBLIC_PORTS = {"http": 80, "https": 443}
BODY_LIMIT = 1 << 20  # bytes of a page that are looked at


def fetch(url: str, reach: Reach) -> Page:
    """Return the answer to a GET, without following a redirect; never raises for what the network does."""
    return send(Request(url), reach)


def send(ask: Request, reach: Reach) -> Page:
    """Return the answer to a request, without following a redirect; never raises for what the network does."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(reach.ca_file) if reach.ca_file else True
        adapter = _DirectAdapter(reach, ask.at)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            response = session.request(
                ask.method,
                ask.url,
                headers=dict(ask.headers),
                data=ask.body or None,
                allow_redirects=False,
                timeout=reach.timeout,
                stream=True,
            )
            body = response.raw.read(BODY_LIMIT, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as error:
            return Page(ask.url, error=_reason(error))
    headers = {name.lower(): value for name, value in response.headers.items()}
    cookies = tuple(response.raw.headers.getlist("set-cookie"))
    return Page(ask.url, response.status_code, headers, body.decode("utf-8", "replace"), cookies=cookies)


class _DirectAdapter(HTTPAdapter):
    """Connects to the address `at`, or that `reach` names, and still asks for the URL's own host in TLS and HTTP."""

    def __init__(self, reach: Reach, at: Address | None) -> None:
        self._reach = reach
        self._at = at
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,
        proxies: Any = None,  # noqa: ARG002 - part of the signature; a verification never goes by a proxy
        cert: Any = None,
    ) -> HTTPConnectionPool:
        url = urlsplit(str(request.url))
        host, scheme = str(url.hostname), url.scheme
        address, port = self._at or self._reach.address(host, url.port or PUBLIC_PORTS[scheme])
        request.headers["Host"] = host
        _, tls = self.build_connection_pool_key_attributes(request, verify, cert)
        names = {"server_hostname": host, "assert_hostname": host} if scheme == "https" else {}
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
            address, port, scheme, pool_kwargs={**tls, **names}
        )
        return pool


def _reason(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return f"{type(error).__name__}: {cause}"

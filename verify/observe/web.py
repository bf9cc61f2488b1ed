"""Fetches pages by HTTP and HTTPS, one hop at a time, from the address that the caller names for a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool

from verify.reach import Reach

PUBLIC_PORTS = {"http": 80, "https": 443}
BODY_LIMIT = 1 << 20  # bytes of a page that are looked at


@dataclass(frozen=True)
class Page:
    """One answer, or in `error` why there is none. Header names are in lower case."""

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    error: str = ""


def fetch(url: str, reach: Reach) -> Page:
    """Return the answer to a GET, without following a redirect; never raises for what the network does."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(reach.ca_file) if reach.ca_file else True
        adapter = _DirectAdapter(reach)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            response = session.get(url, allow_redirects=False, timeout=reach.timeout, stream=True)
            body = response.raw.read(BODY_LIMIT, decode_content=True)
        except (requests.RequestException, OSError) as error:
            return Page(url, error=_reason(error))
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Page(url, response.status_code, headers, body.decode("utf-8", "replace"))


class _DirectAdapter(HTTPAdapter):
    """Connects to the address that `reach` names, and still asks for the URL's own host in TLS and HTTP."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
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
        address, port = self._reach.address(host, url.port or PUBLIC_PORTS[scheme])
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

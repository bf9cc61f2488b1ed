"""One way to call a provider over HTTP: with timeouts, without redirects, and with every bad end told apart."""

from __future__ import annotations

import json as json_texts
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, get_environ_proxies, select_proxy
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from handlers import logs
from handlers.failures import NotSent, Unavailable
from handlers.outside.lean_connections import made_lean
from handlers.outside.secret_cache import SecretCache

TIMEOUT = urllib3.Timeout(connect=3.05, read=10)  # seconds to connect, and between two pieces of the answer
AGENT = f"python-urllib3/{version('urllib3')}"
ACCEPTED = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
ONCE = urllib3.Retry(False)  # neither repeats a request nor follows a redirect
AT_ONCE = 40  # connections to one host that are kept, as many as a service has threads
# And every 5xx. 477 is HubSpot's own: the account is being moved to another region, for up to a day
# (https://developers.hubspot.com/docs/api-reference/error-handling).
RETRIABLE = frozenset({408, 409, 423, 425, 429, 477})
DENIED = frozenset({401, 403})
LOCAL_PART = re.compile(r"[^\s@<>()\"',;:]+@")
KEY = re.compile(r"\b([rs]k)_(?:live|test)_[\w*]+")  # Stripe's sentences name the key, most of it as stars


class Refused(Exception):  # noqa: N818 - what a provider answered
    """The provider understood and will not do it, however often it is asked."""


@dataclass(frozen=True)
class Reply:
    """A provider's answer. `body` is empty when it was not a JSON object."""

    status: int
    body: dict[str, Any]


def call(
    provider: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    json: Any = None,
    params: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    final: frozenset[int] = frozenset(),
) -> Reply:
    """Return the answer, which is a 2xx, a 401 or 403, or a 4xx that repeating would not change.

    `form` is sent as application/x-www-form-urlencoded.

    `final` names statuses that would otherwise be tried again. Raises Unavailable when there was no answer, or one that
    asks to come back later; whether the provider acted is not known then, unless it is NotSent.
    """
    begun = time.monotonic()
    content, body = _body(json, form)
    origin, host, target = _parts(url)
    way = _way(origin)
    try:
        answer = way.connections.urlopen(
            method,
            f"{way.prefix}{target}?{urlencode(params, doseq=True)}" if params else way.prefix + target,
            body=body,
            headers={"Host": host, "User-Agent": AGENT, **ACCEPTED, **content, **headers},
            timeout=TIMEOUT,
            redirect=False,
            retries=ONCE,
        )
        logs.called(provider, method, str(answer.status), time.monotonic() - begun)
    except HTTPError as error:
        logs.called(provider, method, type(error).__name__, time.monotonic() - begun)
        kind = NotSent if isinstance(error, (NewConnectionError, ConnectTimeoutError)) else Unavailable
        raise kind(f"{provider}: {type(error).__name__}") from error
    if answer.status == 429:  # refused unread: RFC 6585, section 4
        raise NotSent(f"{provider}: answered 429")
    if answer.status not in final and (answer.status >= 500 or answer.status in RETRIABLE):
        raise Unavailable(f"{provider}: answered {answer.status}")
    return Reply(answer.status, _json(answer))


def with_secret(
    secret_cache: SecretCache,
    name: str,
    ask: Callable[[str], Reply],
    *,
    bad_key: Callable[[Reply], bool] = lambda reply: reply.status == 401,
    needs: str = "",
) -> Reply:
    """Return the answer to `ask(secret)`, tried with the current secret and, where that is denied, the one before it.

    `bad_key` tells a secret that the provider does not know from one that it knows and that may not do this; `needs`
    says what the second kind may lack. Raises NotSent when all are denied: the work waits until a person pushes a new
    one or fixes what the provider names.
    """
    denied: list[Reply] = []
    for secret in secret_cache.values(name):
        reply = ask(secret)
        if reply.status not in DENIED:
            return reply
        denied.append(reply)
    known = [reply for reply in denied if not bad_key(reply)]
    if not known:
        raise NotSent(f"the provider denied every version of secret {name}: {told(denied[0])}")
    raise NotSent(f"the provider knows secret {name} and refuses: {told(known[0])}{needs and f'; {needs}'}")


def told(reply: Reply) -> str:
    """Return a refusal's status, name and sentence, without addresses and keys: a log keeps it.

    Stripe and Google have both within `error` (docs.stripe.com/api/errors, google.aip.dev/193).
    """
    error = reply.body.get("error")
    body = error if isinstance(error, dict) else reply.body
    within = (body.get("status"), body.get("code"), body.get("type")) if body is error else ()
    names = (body.get("name"), body.get("category"), *within)
    name = next((each for each in names if each and isinstance(each, str)), "")
    said = body.get("message")
    sentence = without_addresses(KEY.sub(r"\1_…", said)) if isinstance(said, str) else ""
    return " ".join(part for part in (str(reply.status), name, sentence) if part)


def without_addresses(said: str) -> str:
    """Return a provider's sentence in one line, of at most 300 characters, with what is before each @ hidden."""
    return " ".join(LOCAL_PART.sub("…@", said).split())[:300]


def _body(json: Any, form: Mapping[str, str] | None) -> tuple[Mapping[str, str], bytes | None]:
    """Return a body and the header that tells its kind, or neither."""
    if json is not None:
        return {"Content-Type": "application/json"}, json_texts.dumps(
            json, separators=(",", ":"), ensure_ascii=False
        ).encode()
    if form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
    return {}, None


def _parts(url: str) -> tuple[str, str, str]:
    """Return the origin of a URL, its host, and what is asked for there."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", host, slash + path or "/"


@dataclass(frozen=True)
class _Way:
    """The connections to an origin, which all threads share, and what they want before the path that is asked for."""

    connections: urllib3.PoolManager | urllib3.HTTPConnectionPool
    prefix: str


@cache
def _way(origin: str) -> _Way:
    """Return the way to an origin.

    urllib3 itself, because requests around it doubles a call's processor time (benchmarks/README.md): it prepares what
    is the same each time, and looks for proxies, certificates and a .netrc anew. For the same reason the connections to
    the origin are kept, which urllib3's manager looks for with every call. Only it knows what a proxy wants that reads
    the requests, as for http.
    """
    proxy = select_proxy(origin, get_environ_proxies(origin)) or ""
    manager = _by_way_of(proxy)
    if proxy and not origin.startswith("https:"):
        return _Way(manager, origin)
    return _Way(manager.connection_from_url(origin), "")


@cache
def _by_way_of(proxy: str) -> urllib3.PoolManager:
    trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
    if not proxy:
        return made_lean(urllib3.PoolManager(maxsize=AT_ONCE, ca_certs=trusted))
    user, password = get_auth_from_url(proxy)
    known = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
    return made_lean(urllib3.ProxyManager(proxy, maxsize=AT_ONCE, ca_certs=trusted, proxy_headers=known))


def _json(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        body = json_texts.loads(answer.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

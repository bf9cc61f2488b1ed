"""The edge's secret header, which every public door asks for first.

The public service has to take requests from anyone the load balancer lets in; this header shows that a request
passed Cloudflare, with its rate limits and firewall. Google's own callers do not pass there and have no such header:
they call the private services, which know them by their identity.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.failures import Rejected
from handlers.outside.secret_cache import SecretCache
from handlers.service_manifest import EDGE_HEADER, EDGE_KEY
from handlers.words import Code

FRESH = 2.0  # seconds; how often a value that we do not know may make us ask for a newer one


@dataclass(frozen=True)
class Edge:
    """Knows the header's current value and the one before it, so that a rotation refuses nobody. It is a Gate."""

    secret_cache: SecretCache

    def opens(self, headers: Mapping[str, str]) -> bool:
        """Tell whether the request has a key that is known, without asking anybody."""
        return _is_one_of(_given(headers), self.secret_cache.known(EDGE_KEY))

    def require(self, headers: Mapping[str, str]) -> None:
        """Raise Rejected (403) without the header, Unavailable while its value cannot be read."""
        given = _given(headers)
        if _is_one_of(given, self.secret_cache.values(EDGE_KEY)):
            return
        if not (given and _is_one_of(given, self.secret_cache.values(EDGE_KEY, max_age=FRESH))):
            raise Rejected(403, Code.NOT_THROUGH_THE_EDGE, "this address takes requests through the domain's edge only")


def _given(headers: Mapping[str, str]) -> str:
    return headers.get(EDGE_HEADER.lower(), "")


def _is_one_of(given: str, known: Iterable[str]) -> bool:
    """Compare with all of them, each in constant time (hmac.compare_digest), so that timing tells nothing."""
    sent = given.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(sent, value.encode()) for value in known]
    return bool(given) and any(matches)

"""Access tokens of Zendesk, by OAuth's client credentials: kept while they last, and renewed when they are denied.

https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/ (read 2026-11-29): a confidential client
posts its id and secret to `/oauth/tokens`; `expires_in` is from 300 to 172800 seconds. API tokens, which this replaces,
cannot be made since 2026-10-27 and end on 2027-04-30
(https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/, read 2026-11-29).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client
from handlers.outside.secret_cache import SecretCache
from handlers.service_manifest import ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET

SCOPE = "tickets:read tickets:write"  # the least that opening, answering and following tickets takes
LIFE = 3_600  # seconds asked for
MARGIN = 60.0  # seconds before the end at which a new one is made


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    ends: float


class ZendeskTokens:
    """The tokens of one OAuth client at `url`; safe for many threads. `clock` returns seconds on a monotonic scale.

    `scope` is what the tokens may be used for, as Zendesk writes it.
    """

    def __init__(
        self, secret_cache: SecretCache, url: str, clock: Callable[[], float] = time.monotonic, scope: str = SCOPE
    ) -> None:
        self._secret_cache = secret_cache
        self._url = url
        self._clock = clock
        self._scope = scope
        self._kept: _Token | None = None

    def call(self, ask: Callable[[str], http_client.Reply]) -> http_client.Reply:
        """Return the answer to `ask(token)`; a token that is denied with 401 is exchanged for a new one, once.

        Raises NotSent when Zendesk gives no token or takes none: the work waits until a person pushes what is right.
        """
        token = self._current()
        reply = ask(token.value)
        if reply.status == 401:
            reply = ask(self._current(denied=token).value)
        if reply.status in http_client.DENIED:
            raise NotSent(
                f"Zendesk denied a request with {reply.status} ({_sentence(reply)}): the OAuth client needs the scopes "
                f"{self._scope}, and its account has to be an agent who may work on all tickets"
            )
        return reply

    def _current(self, denied: _Token | None = None) -> _Token:
        """Return the token in use, or a new one where there is none, it ends soon, or it is the one denied."""
        kept = self._kept
        if kept is None or kept is denied or self._clock() >= kept.ends - MARGIN:
            kept = self._kept = self._made()  # two threads may each make one: both are valid
        return kept

    def _made(self) -> _Token:
        """Return a new token, for the newest client id and secret that Zendesk takes."""
        said = ""
        for secret in self._secret_cache.values(ZENDESK_CLIENT_SECRET):
            for client in self._secret_cache.values(ZENDESK_CLIENT_ID):
                reply = self._asked(client, secret)
                if isinstance(value := reply.body.get("access_token"), str) and reply.status in {200, 201}:
                    return _Token(value, self._clock() + float(reply.body.get("expires_in") or LIFE))
                said = said or f"{reply.status} {_sentence(reply)}"
        raise NotSent(
            f"Zendesk gives no token for {ZENDESK_CLIENT_ID} with {ZENDESK_CLIENT_SECRET}: {said}; "
            "push those of a confidential OAuth client"
        )

    def _asked(self, client: str, secret: str) -> http_client.Reply:
        wanted = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        body = {**wanted, "scope": self._scope, "expires_in": LIFE}
        try:
            return http_client.call("Zendesk", "POST", f"{self._url}/oauth/tokens", headers={}, json=body)
        except Unavailable as error:
            raise NotSent(str(error)) from error  # nothing was done to a ticket


def _sentence(reply: http_client.Reply) -> str:
    """Return what Zendesk says about a refusal: never a token, which it does not repeat."""
    found = reply.body.get("error_description") or reply.body.get("description") or reply.body.get("error")
    return str(found or "without a sentence")[:200]

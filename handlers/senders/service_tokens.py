"""Which service account calls a public door: OIDC tokens that Google signs for it, checked here.

Nobody has verified them before: a public service of Cloud Run takes every request. Google's advice for endpoints that
validate the token themselves: https://cloud.google.com/docs/authentication/token-types#id, and for the claims
https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jwt

from handlers.failures import Rejected
from handlers.senders.google_keys import Fetched, GoogleKeys, fetch_keys
from handlers.words import Code

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
LEEWAY = 10.0  # seconds of clock skew


class ServiceIdentity:
    """Lets one service account in, with tokens for one audience. `clock` returns seconds on any monotonic scale."""

    def __init__(
        self, account: str, audience: str, clock: Callable[[], float], fetch: Callable[[], Fetched] | None = None
    ) -> None:
        self._account, self._audience = account, audience
        self._keys = GoogleKeys(clock, fetch or partial(fetch_keys, KEYS_URL))

    def require(self, authorization: str) -> None:
        """Return when the `Authorization: Bearer …` header is the account's.

        Raises Rejected (403) for everybody else, Unavailable when Google's keys cannot be fetched.
        """
        scheme, _, token = authorization.partition(" ")
        try:
            claims = self._claims(token.strip()) if scheme.lower() == "bearer" else {}
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise _refusal() from error
        if not self._account or claims.get("email") != self._account or claims.get("email_verified") is not True:
            raise _refusal()

    def _claims(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(
            token,
            self._keys.of(token),
            algorithms=["RS256"],
            audience=self._audience,
            issuer=ISSUERS,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )


def _refusal() -> Rejected:
    return Rejected(403, Code.NOT_YOUR_DOOR, "only Cloud Scheduler calls this door, as this project's service account")

"""Who may call the helpdesk: OAuth tokens by client credentials, as at Zendesk since its API tokens ended.

https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/ (read 2026-11-29): `POST /oauth/tokens`
with `client_id`, `client_secret`, `scope` and `expires_in`, which is from 300 to 172800 seconds.
https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/ (read 2026-11-29): no API token
can be made since 2026-10-27, and all of them end on 2027-04-30.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.world import World
from localcloud.saas.endpoint import with_body
from localcloud.saas.helpdesk_errors import HelpdeskError, not_found
from localcloud.saas.issued_keys import IssuedKeys
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore

SHORTEST, LONGEST, USUAL = 300, 172_800, 1_800  # seconds that a token lives
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
LEAST_SECRET = 16  # characters: what is shorter is not a client's secret; any other is taken
RESOURCES = ("tickets", "users", "webhooks", "oauth")
SCOPES = frozenset({"read", "write", *(f"{each}:{right}" for each in RESOURCES for right in ("read", "write"))})
NO_API_TOKENS = (
    "The rehearsal's helpdesk takes no API tokens: at Zendesk none can be made since 2026-10-27, and all of them end "
    "on 2027-04-30. Make a confidential OAuth client instead."
)


class Tokens:
    """The access tokens of one account; `clock` is in seconds since the epoch."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        self._world = world
        self._shelf = ObjectStore(world, "helpdesk")
        self._keys = IssuedKeys(world, "helpdesk")
        self._clock = clock

    def route(self) -> Route:
        """Return `POST /oauth/tokens`, which is outside the API."""
        return Route("/oauth/tokens", with_body(self._make), methods=["POST"])

    def clients(self) -> Route:
        """Return the route by which an OAuth client is made, or with its `client_id` gets a new secret."""
        return self._keys.route(_new_client)

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Response]]]:
        """Return the calls of the API: method, path and what answers."""
        return [
            ("GET", "/api/v2/oauth/tokens", self._list),
            ("DELETE", "/api/v2/oauth/tokens/{token:int}", self._revoke),
        ]

    def require(self, request: Request) -> None:
        """Raise HelpdeskError unless the request carries a token that is valid and has the scope that it needs."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            raise HelpdeskError(401, {"error": "Couldn't authenticate you", "description": NO_API_TOKENS})
        token = self._shelf.get("token by value", _hash(value)) if scheme.lower() == "bearer" else None
        if token is None or token["ends"] <= self._clock() or self._shelf.get("token", str(token["id"])) is None:
            said = "The access token provided is expired, revoked, malformed or invalid for other reasons."
            raise HelpdeskError(401, {"error": "invalid_token", "error_description": said})
        if not _is_allowed(token["scope"].split(), request.method, request.url.path):
            said = "You do not have access to this page. The token's scope does not allow it."
            raise HelpdeskError(403, {"error": "Forbidden", "description": said})

    def _make(self, request: Request, body: bytes) -> Response:
        try:
            asked = _form(request, body)
            if asked.get("grant_type") != "client_credentials":
                raise _refused(400, "unsupported_grant_type", "The rehearsal has client_credentials only.")
            if not (_is_client(asked) and self._keys.admits(f"{asked['client_id']}\n{asked['client_secret']}")):
                raise _refused(401, "invalid_client", "Client authentication failed: unknown client or wrong secret.")
            scope, seconds = str(asked.get("scope") or ""), _seconds(asked.get("expires_in", USUAL))
        except HelpdeskError as error:
            return JSONResponse(error.body, error.status)
        if not scope or not set(scope.split()) <= SCOPES:
            return JSONResponse({"error": "invalid_scope", "error_description": f"Scope {scope!r} is not known."}, 400)
        value = self._kept(scope, seconds, str(asked["client_id"]))
        return JSONResponse({"access_token": value, "token_type": "bearer", "scope": scope, "expires_in": seconds})

    def _kept(self, scope: str, seconds: int, client: str) -> str:
        value = secrets.token_urlsafe(30)
        with self._world.transaction():
            number = self._shelf.next_number("token")
            token = {"id": number, "scope": scope, "client": client, "ends": self._clock() + seconds}
            self._shelf.put("token", str(number), token)
            self._shelf.put("token by value", _hash(value), token)
        return value

    def _list(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"tokens": self._shelf.all("token"), "next_page": None, "previous_page": None})

    def _revoke(self, request: Request, _: bytes) -> Response:
        number = str(request.path_params["token"])
        if self._shelf.get("token", number) is None:
            raise not_found()
        self._shelf.remove("token", number)
        return Response(status_code=204)


def _form(request: Request, body: bytes) -> Mapping[str, Any]:
    """Return what was sent: JSON as Zendesk's documentation has it, or a form as OAuth's (RFC 6749, section 4.4.2)."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        return object_of(body)
    except BodyError as error:
        raise _refused(400, "invalid_request", str(error)) from error


def _new_client(wanted: Mapping[str, Any]) -> Mapping[str, str]:
    named = wanted.get("client_id")
    name = named if isinstance(named, str) and CLIENT_ID.fullmatch(named) else f"rehearsal_{secrets.token_hex(4)}"
    return {"client_id": name, "client_secret": secrets.token_urlsafe(32)}


def _is_client(asked: Mapping[str, Any]) -> bool:
    name, secret = asked.get("client_id"), asked.get("client_secret")
    is_named = isinstance(name, str) and CLIENT_ID.fullmatch(name) is not None
    return is_named and isinstance(secret, str) and len(secret) >= LEAST_SECRET


def _seconds(asked: Any) -> int:
    if not str(asked).isdecimal() or not SHORTEST <= int(asked) <= LONGEST:
        raise _refused(400, "invalid_request", f"expires_in must be from {SHORTEST} to {LONGEST} seconds")
    return int(asked)


def _is_allowed(scopes: list[str], method: str, path: str) -> bool:
    right = "read" if method == "GET" else "write"
    resource = path.removeprefix("/api/v2/").partition("/")[0].removesuffix(".json")
    return right in scopes or f"{resource}:{right}" in scopes


def _refused(status: int, error: str, said: str) -> HelpdeskError:
    return HelpdeskError(status, {"error": error, "error_description": said})


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()

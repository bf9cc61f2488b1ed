"""One call of Stripe's API: who may make it, what parameters it has, and how often it acts."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.world import World
from localcloud.saas.endpoint import with_body
from localcloud.saas.idempotency import MismatchError, Outcome, Replays
from localcloud.saas.issued_keys import IssuedKeys
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe import form, modes, parameters
from localcloud.saas.stripe.errors import StripeError, not_done, unknown_parameter
from localcloud.saas.stripe.ledger import SERVICE

TEST_KEY = re.compile(r"(sk|rk)_test_\S+")
LIVE_KEY = re.compile(r"(sk|rk)_live_rehearsal\S*")  # made up: no key of Stripe's looks like it
REPLAY_WINDOW = 24 * 3_600.0  # seconds; docs.stripe.com/api/idempotent_requests


@dataclass(frozen=True)
class Call:
    """One authenticated call. `wanted` are its parameters, already known to be ones that it has.

    `live` says that it was made with a key of live mode, which sees the webhook endpoints of that mode alone.
    """

    path: Mapping[str, Any]
    wanted: Mapping[str, Any]
    key: str = ""
    live: bool = False


Act = Callable[[Call], StoredObject]


@dataclass(frozen=True)
class Operation:
    """A method and path of the API, and the names of its parameters."""

    method: str
    path: str
    act: Act
    parameters: frozenset[str] = frozenset()


class Calls:
    """Makes routes of operations. `after` is called when a call that may have changed something was answered."""

    def __init__(self, world: World, after: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._world = world
        self._replays = Replays(world, SERVICE, REPLAY_WINDOW, clock)
        self._keys = IssuedKeys(world, SERVICE)
        self._after = after

    def route(self, operation: Operation) -> Route:
        """Return the route of an operation."""

        def answer(request: Request, body: bytes) -> Response:
            try:
                live = self._authenticate(request.headers.get("authorization", ""))
                with modes.acting(live=live):
                    outcome = self._outcome(operation, request, body, live=live)
            except StripeError as error:
                return JSONResponse(error.body, error.status)
            if operation.method != "GET":
                self._after()
            headers = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
            return JSONResponse(outcome.body, outcome.status, headers)

        return Route(operation.path, with_body(answer), methods=[operation.method])

    def keys(self) -> Route:
        """Return the route by which a key of either mode is made."""
        return self._keys.route(_new_key)

    def _authenticate(self, header: str) -> bool:
        """Return whether the key is of live mode; raises StripeError for one that was not issued."""
        key, live = _key_in(header)
        if not self._keys.admits(key):
            raise StripeError(401, f"Invalid API Key provided: {_masked(key)}")
        return live

    def _outcome(self, operation: Operation, request: Request, body: bytes, *, live: bool) -> Outcome:
        wanted = _parameters(request, body, operation)
        key = request.headers.get("idempotency-key", "") if operation.method == "POST" else ""
        call = Call(request.path_params, wanted, key, live)
        if operation.method == "GET":
            return Outcome(200, operation.act(call))
        try:
            return self._replays.once(
                key, f"{request.url.path}\n{sorted(wanted.items())}", lambda: Outcome(200, operation.act(call))
            )
        except MismatchError:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
            )
            raise StripeError(400, message, type_="idempotency_error") from None


def not_found(request: Request) -> Response:
    """Answer whatever the stand-in does not know."""
    error = not_done(f"{request.method} {request.url.path}")
    return JSONResponse(error.body, error.status)


def _parameters(request: Request, body: bytes, operation: Operation) -> Mapping[str, Any]:
    try:
        if operation.method != "POST":
            wanted = form.parse(request.url.query)
        elif request.headers.get("content-type", "").startswith("application/json"):
            wanted = object_of(body)
        else:
            wanted = form.parse(body.decode())
    except (BodyError, ValueError) as error:
        raise StripeError(400, f"Invalid request: {error}") from error
    unknown = sorted(set(wanted) - operation.parameters - {"expand"})
    if unknown:
        raise _not_taken(unknown[0], operation)
    if wanted.get("expand"):
        raise not_done("expand")
    if operation.method == "GET":
        _require_values(wanted)
    return wanted


def _require_values(wanted: Mapping[str, Any], inside: str = "") -> None:
    """Raise StripeError for a parameter of a question that is empty: Stripe takes that for an attempt to unset it."""
    for name, value in wanted.items():
        param = f"{inside}[{name}]" if inside else name
        if value == "":
            message = f"You passed an empty string for '{param}'. It cannot be unset."
            raise StripeError(400, message, code="parameter_invalid_empty", param=param)
        if isinstance(value, dict):
            _require_values(value, param)


def _not_taken(name: str, operation: Operation) -> StripeError:
    """Return the refusal of a parameter: Stripe's own for one that it does not know either, else the rehearsal's."""
    if name in parameters.of(operation.method, operation.path):
        return not_done(f"the parameter {name} of {operation.method} {operation.path}")
    return unknown_parameter(name)


def _new_key(wanted: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a new restricted key: of test mode, or with `"live": true` of live mode."""
    return {"key": ("rk_live_rehearsal" if wanted.get("live") is True else "rk_test_") + secrets.token_urlsafe(24)}


def _masked(key: str) -> str:
    """Return a key as Stripe shows one that it does not know: its kind, and its last four characters."""
    kind = key[: len("sk_test_")]
    return f"{kind}{'*' * max(0, len(key) - len(kind) - 4)}{key[-4:]}"


def _key_in(header: str) -> tuple[str, bool]:
    """Return the key, and whether it is of live mode; raises StripeError for what is no key of the rehearsal's."""
    scheme, _, value = header.partition(" ")
    key = _user_of(value) if scheme.lower() == "basic" else value.strip()
    if scheme.lower() not in {"basic", "bearer"} or not key:
        raise StripeError(401, "You did not provide an API key. You need to provide it in the Authorization header.")
    if LIVE_KEY.fullmatch(key):
        return key, True
    if not TEST_KEY.fullmatch(key):
        # A live key must never do its work here, and never appear in a log.
        kind = f"{key[:8]}…" if re.match(r"(sk|rk)_live_", key) else "another kind of key"
        raise StripeError(401, f"Invalid API Key provided: the rehearsal takes sk_test_ and rk_test_ keys, not {kind}")
    return key, False


def _user_of(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""

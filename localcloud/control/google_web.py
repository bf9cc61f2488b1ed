"""Google's web endpoints: the public keys that tokens are checked with, Firebase Authentication, Cloud Run, and more.

Under the real host names (identitytoolkit.googleapis.com, securetoken.googleapis.com, www.googleapis.com) and, for
Firebase, under the path form of the auth emulator (`/identitytoolkit.googleapis.com/v1/…`), so for assets too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud import iam
from localcloud.base import tokens
from localcloud.base.world import World
from localcloud.control import asset_inventory, cloud_run_web, firebase_rules, vertex
from localcloud.control.account_settings import AccountSettings
from localcloud.control.cloud_run_web import RUN
from localcloud.control.identitytoolkit import BadRequestError, IdentityToolkit, NotDoneError
from localcloud.monitoring import api as monitoring
from localcloud.monitoring.monitor import Monitor

KEYS_LIVE = 3600  # seconds that a client may keep a key set
EMULATOR = "/identitytoolkit.googleapis.com"
ASSETS = "/cloudasset.googleapis.com"
RULES = "/firebaserules.googleapis.com"
CODES = "/emulator/v1/projects/{project}/oobCodes"  # as at the auth emulator, where no mail is sent either
TOKENS_OF_APPS = "/securetoken.googleapis.com"
HOSTS = ("identitytoolkit.googleapis.com", "securetoken.googleapis.com")  # Firebase Authentication's own
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MONITORING = "/monitoring.googleapis.com"
LOGGING = "/logging.googleapis.com"
CLOCK = "/_rehearsal/clock"
LONGEST = 1_440  # minutes by which one call may drive the clock on
OWNERS = (EMULATOR, ASSETS, RULES, MONITORING, LOGGING, RUN, "/emulator/")  # where `owner` is the project's
LARGEST_BODY = 64 * 1024  # bytes
FIREBASE_ACCOUNT = "securetoken@system.gserviceaccount.com"
STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    501: "UNIMPLEMENTED",
}

Answer = Callable[[Request], Awaitable[Response]]
Method = Callable[[Mapping[str, Any]], dict[str, Any]]


def app(home: Path, world: World, toolkit: IdentityToolkit, monitor: Monitor | None = None) -> Starlette:
    """Return the application; whatever it does not know is answered 404 in Google's JSON form.

    With a monitor it answers for Cloud Monitoring and Cloud Logging, too, and lets a drill drive the world's clock.
    """
    routes = [*_public_keys(home), *_authentication(home, world, toolkit), *_administration(home, world)]
    routes += cloud_run_web.routes(world, partial(_member, home), _error)
    routes += vertex.routes(world, partial(_member, home), _error)
    routes += _watched(home, world, monitor) if monitor else []
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_error})


def _public_keys(home: Path) -> list[Route]:
    """Return where the keys are that tokens are verified with."""
    x509 = f"/robot/v1/metadata/x509/{FIREBASE_ACCOUNT}"
    jwk = f"/service_accounts/v1/jwk/{FIREBASE_ACCOUNT}"
    return [
        Route("/oauth2/v3/certs", _keys(lambda: tokens.jwks(home))),
        Route("/oauth2/v1/certs", _keys(lambda: tokens.certificates(home))),
        Route(jwk, _keys(lambda: tokens.jwks(home, tokens.SECURETOKEN))),
        Route(x509, _keys(lambda: tokens.certificates(home, tokens.SECURETOKEN))),
    ]


def _authentication(home: Path, world: World, toolkit: IdentityToolkit) -> list[Route]:
    """Return the endpoints of Firebase Authentication: for apps, and for who administers the accounts."""
    settings, routes = AccountSettings(world, toolkit), list[Route]()
    methods = {
        "identitytoolkit.googleapis.com": [
            ("/v1/accounts:signUp", toolkit.sign_up),
            ("/v1/accounts:signInWithPassword", toolkit.sign_in),
            ("/v1/accounts:lookup", toolkit.look_up),
            ("/v1/accounts:update", settings.change_own),
            ("/v1/accounts:delete", settings.delete_own),
            ("/v1/accounts:sendOobCode", settings.send_code),
            ("/v1/accounts:resetPassword", settings.reset_password),
            ("/v1/accounts:signInWithEmailLink", settings.sign_in_by_link),
            ("/v1/accounts:signInWithCustomToken", settings.sign_in_by_token),
        ],
        "securetoken.googleapis.com": [("/v1/token", toolkit.refresh)],
    }
    for host, table in methods.items():
        for path, method in table:
            routes += [Route(prefix + path, _posted(method), methods=["POST"]) for prefix in ("", f"/{host}")]
    administered: tuple[tuple[str, str, Method, str], ...] = (
        ("POST", "accounts:lookup", toolkit.find, "firebaseauth.users.get"),
        ("POST", "accounts", settings.create, "firebaseauth.users.create"),
        ("POST", "accounts:update", settings.update, "firebaseauth.users.update"),
        ("POST", "accounts:batchDelete", settings.delete_all, "firebaseauth.users.delete"),
        ("POST", "accounts:sendOobCode", settings.link, "firebaseauth.users.sendEmail"),
        ("POST", "accounts:delete", toolkit.delete, "firebaseauth.users.delete"),
        ("GET", "accounts:batchGet", toolkit.page, "firebaseauth.users.get"),
        ("POST", "accounts:query", toolkit.query, "firebaseauth.users.get"),
    )
    for verb, path, act, permission in administered:
        full, answer = f"/v1/projects/{{project}}/{path}", _administered(home, world, act, permission)
        routes += [Route(prefix + full, answer, methods=[verb]) for prefix in ("", EMULATOR)]
    codes = _administered(home, world, settings.codes, "firebaseauth.users.get")
    routes.append(Route(CODES, codes, methods=["GET"]))
    # What else there is: session cookies, tenants, other ways to sign in, imports, the settings of a project.
    routes += [Route(f"{host}/{{rest:path}}", _not_done, methods=VERBS) for host in (EMULATOR, TOKENS_OF_APPS)]
    return routes


def _administration(home: Path, world: World) -> list[Route]:
    """Return the endpoints of Cloud Asset Inventory and of the rules that are released."""
    search = _administered(
        home, world, lambda query: asset_inventory.search(world, query), "cloudasset.assets.searchAllIamPolicies"
    )
    path = "/v1/projects/{project}:searchAllIamPolicies"
    routes = [Route(prefix + path, search, methods=["GET"]) for prefix in ("", ASSETS)]
    for kind in ("releases", "rulesets"):
        shown = _administered(home, world, _rules(world, kind), f"firebaserules.{kind}.get")
        path = f"/v1/projects/{{project}}/{kind}/{{name:path}}"
        routes += [Route(prefix + path, shown, methods=["GET"]) for prefix in ("", RULES)]
    return routes


def _watched(home: Path, world: World, monitor: Monitor) -> list[Route]:
    """Return the endpoints of Cloud Monitoring and Cloud Logging, and the door to the world's clock."""

    def route(host: str, verb: str, path: str, act: Method, permission: str) -> list[Route]:
        answer = _administered(home, world, act, permission)
        return [Route(prefix + path, answer, methods=[verb]) for prefix in ("", host)]

    prometheus = "/v1/projects/{project}/location/global/prometheus/api/v1/query"
    return [
        *route(MONITORING, "GET", prometheus, partial(monitoring.query, monitor), "monitoring.timeSeries.list"),
        *route(
            MONITORING,
            "GET",
            "/v3/projects/{project}/alerts",
            partial(monitoring.alerts, world, monitor),
            "monitoring.alerts.list",
        ),
        *route(LOGGING, "POST", "/v2/entries:list", partial(monitoring.listed, world), "logging.logEntries.list"),
        Route(CLOCK, _clock(monitor), methods=["GET", "POST", "DELETE"]),
    ]


def _clock(monitor: Monitor) -> Answer:
    async def answer(request: Request) -> Response:
        if request.method == "DELETE":
            await monitor.begin_anew()
        elif request.method == "POST":
            said = await _body(request)
            minutes = said.get("minutes")
            if not isinstance(minutes, int) or not 1 <= minutes <= LONGEST:
                return _error(HTTPStatus.BAD_REQUEST, f"minutes must be a whole number from 1 to {LONGEST}")
            await (monitor.skip if said.get("quiet") is True else monitor.advance)(minutes)
        return JSONResponse({"now": monitor.now(), "unjudged": list(monitor.unjudged)})

    return answer


def _keys(keys: Callable[[], Mapping[str, Any]]) -> Answer:
    async def answer(_request: Request) -> Response:
        return JSONResponse(keys(), headers={"Cache-Control": f"public, max-age={KEYS_LIVE}, must-revalidate"})

    return answer


def _rules(world: World, kind: str) -> Method:
    def answer(wanted: Mapping[str, Any]) -> dict[str, Any]:
        found = firebase_rules.find(world, f"projects/{wanted['project']}/{kind}/{wanted['name']}")
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found

    return answer


def _posted(method: Method) -> Answer:
    async def answer(request: Request) -> Response:
        if not request.query_params.get("key"):
            words = "Method doesn't allow unregistered callers. Please use API Key (the key parameter)."
            raise HTTPException(HTTPStatus.FORBIDDEN, words)
        try:
            return JSONResponse(await run_in_threadpool(method, await _body(request)))
        except (BadRequestError, NotDoneError) as error:
            return _refused(error)

    return answer


def _administered(home: Path, world: World, method: Method, permission: str) -> Answer:
    """Return the endpoint of a method for administrators, who show an access token and hold the permission."""

    async def answer(request: Request) -> Response:
        try:
            wanted = (
                await _body(request) if request.method == "POST" else {**request.query_params, **request.path_params}
            )
            iam.require(world, _member(home, request), permission, _asked(request, wanted))
            return JSONResponse(await run_in_threadpool(method, wanted))
        except iam.DeniedError as error:
            return _error(HTTPStatus.FORBIDDEN, str(error))
        except (BadRequestError, NotDoneError, monitoring.BadQueryError) as error:
            return _refused(error)

    return answer


def _member(home: Path, request: Request) -> str:
    """Return who calls, by the access token; under the path of the auth emulator, `Bearer owner` is one, as there."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Request is missing required authentication credential.")
    if bearer == "owner" and request.url.path.startswith(OWNERS):
        return iam.OWNER
    try:
        return tokens.caller(home, bearer, time.time())
    except tokens.InvalidTokenError as error:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Request had invalid authentication credentials.") from error


def _refused(error: BadRequestError | NotDoneError | monitoring.BadQueryError) -> Response:
    return _unimplemented(str(error)) if isinstance(error, NotDoneError) else _error(400, str(error))


async def _not_done(request: Request) -> Response:
    return _unimplemented(f"The rehearsal's Firebase Authentication does not do {request.method} {request.url.path}.")


def _unimplemented(sentence: str) -> Response:
    """Return a refusal whose code clients of Firebase Authentication read before the colon, and the sentence after."""
    return _error(HTTPStatus.NOT_IMPLEMENTED, f"UNIMPLEMENTED : {sentence}")


def _asked(request: Request, wanted: Mapping[str, Any]) -> str:
    """Return the project that a call is about: named by its path, or else by its body's first resource name."""
    if "project" in request.path_params:
        return f"projects/{request.path_params['project']}"
    names = wanted.get("resourceNames")
    return str(names[0]) if isinstance(names, list) and names else "projects/-"


async def _body(request: Request) -> Mapping[str, Any]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request payload is too large.")
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(raw.decode(), strict_parsing=bool(raw)))
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"Invalid JSON payload received. {error}") from error
    if not isinstance(body, dict):
        raise BadRequestError("Invalid JSON payload received. An object is expected.")
    return body


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND and request.url.hostname in HOSTS:
        return await _not_done(request)
    if error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):  # Google tells both alike
        return _error(HTTPStatus.NOT_FOUND, f"The rehearsal has nothing at {request.method} {request.url.path}.")
    return _error(error.status_code, error.detail, error.headers)


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    inner: dict[str, Any] = {"code": status, "message": message, "status": STATUS_NAMES.get(status, "UNKNOWN")}
    inner["errors"] = [{"message": message, "domain": "global", "reason": "invalid"}]
    return JSONResponse({"error": inner}, status, headers=headers)

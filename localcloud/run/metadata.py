"""The metadata server that tells an instance who it is and gives it tokens of its service account.

An instance is known by the key in the path (`GCE_METADATA_HOST=HOST:PORT/KEY`), which only it was given. Paths and
answers follow https://cloud.google.com/run/docs/container-contract#metadata-server.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud import iam
from localcloud.base import tokens
from localcloud.base.world import World
from localcloud.run.instance_registry import Identity, InstanceRegistry

FLAVOR = "Metadata-Flavor"
GOOGLE = "Google"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)

V1 = "/computeMetadata/v1"
ACCOUNT = V1 + "/instance/service-accounts/{account}"

Answer = Callable[[Identity, Request], Response]


class Metadata:
    """Answers the paths below `/KEY/computeMetadata/v1/`; an unknown key gets 404."""

    def __init__(self, home: Path, world: World, register: InstanceRegistry) -> None:
        self._home = home
        self._world = world
        self._register = register

    def app(self) -> Starlette:
        """Return the ASGI app."""
        answers: dict[str, Answer] = {
            "": lambda _who, _request: _text("computeMetadata/"),
            f"{V1}/universe/universe-domain": lambda _who, _request: _text("googleapis.com"),
            f"{V1}/project/project-id": lambda who, _request: _text(self._project(who)),
            f"{V1}/project/numeric-project-id": lambda who, _request: _text(self._number(who)),
            f"{V1}/instance/id": lambda who, _request: _text(hashlib.sha256(who.key.encode()).hexdigest()),
            f"{V1}/instance/region": lambda who, _request: _text(f"{self._parent(who)}/regions/{_region(who)}"),
            f"{V1}/instance/zone": lambda who, _request: _text(f"{self._parent(who)}/zones/{_region(who)}-1"),
            f"{V1}/instance/service-accounts/": lambda who, _request: _text(f"default/\n{who.service_account}/"),
            f"{ACCOUNT}/": _account,
            f"{ACCOUNT}/email": lambda who, _request: _text(who.service_account),
            f"{ACCOUNT}/scopes": lambda _who, _request: _text("\n".join(SCOPES)),
            f"{ACCOUNT}/token": self._token,
            f"{ACCOUNT}/identity": self._identity,
        }
        return Starlette(routes=[Route("/{key}" + path, self._guarded(answer)) for path, answer in answers.items()])

    def _guarded(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that answers only to who asks as Google's libraries do, and says that it is Google's."""

        async def endpoint(request: Request) -> Response:
            if request.headers.get(FLAVOR) != GOOGLE or "X-Forwarded-For" in request.headers:
                response: Response = _text(f"Forbidden: send {FLAVOR}: {GOOGLE}, and come directly.", 403)
            else:
                who = self._register.identity(request.path_params["key"])
                account = request.path_params.get("account", "default")
                known = who and account in {"default", who.service_account}
                response = answer(who, request) if who and known else _text("Not Found", 404)
            response.headers.update({FLAVOR: GOOGLE, "Server": "Metadata Server for Serverless"})
            return response

        return endpoint

    def _project(self, who: Identity) -> str:
        return iam.project_id(self._world, who.service.split("/")[1])

    def _number(self, who: Identity) -> str:
        return iam.project_number(self._world, who.service.split("/")[1])

    def _parent(self, who: Identity) -> str:
        return f"projects/{self._number(who)}"

    def _token(self, who: Identity, _request: Request) -> Response:
        token = tokens.access_token(self._home, who.service_account, time.time())
        return JSONResponse({"access_token": token, "expires_in": tokens.LIFE - 1, "token_type": "Bearer"})

    def _identity(self, who: Identity, request: Request) -> Response:
        audience = request.query_params.get("audience")
        if not audience:
            return _text("non-empty audience parameter required", 400)
        return _text(tokens.id_token(self._home, who.service_account, audience, time.time()))


def _account(who: Identity, request: Request) -> Response:
    if request.query_params.get("recursive", "").lower() != "true":
        return _text("aliases\nemail\nidentity\nscopes\ntoken")
    return JSONResponse({"aliases": ["default"], "email": who.service_account, "scopes": SCOPES})


def _region(who: Identity) -> str:
    return who.service.split("/")[3]


def _text(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="application/text")

"""The web endpoints of Cloud Run's Admin API, each with the permission that Google asks for."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud import iam
from localcloud.base.world import World
from localcloud.control.cloud_run import CloudRun, NoSuchServiceError

RUN = "/run.googleapis.com"
SERVICE = "/v2/projects/{project}/locations/{location}/services/{service}"

Member = Callable[[Request], str]
Refuse = Callable[[int, str], Response]
Do = Callable[[str, Request, dict[str, Any]], dict[str, Any]]


def routes(world: World, member: Member, refuse: Refuse) -> list[Route]:
    """Return the endpoints; `member` tells who calls, `refuse` writes a refusal as Google does."""
    api = CloudRun(world)
    table: tuple[tuple[str, str, str, Do], ...] = (
        ("GET", SERVICE, "run.services.get", lambda name, _request, _body: api.service(name)),
        (
            "GET",
            f"{SERVICE}/revisions",
            "run.revisions.list",
            lambda name, request, _body: api.revisions(name, request.query_params),
        ),
        (
            "PATCH",
            SERVICE,
            "run.services.update",
            lambda name, request, body: api.change(name, request.query_params.get("updateMask", ""), body),
        ),
    )
    return [
        Route(prefix + path, _answer(world, partial(_judged, world, member, permission), act, refuse), methods=[verb])
        for verb, path, permission, act in table
        for prefix in ("", RUN)
    ]


def _judged(world: World, member: Member, permission: str, name: str, request: Request) -> None:
    iam.require(world, member(request), permission, name)


def _answer(
    world: World, judge: Callable[[str, Request], None], act: Do, refuse: Refuse
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        at = request.path_params
        name = f"projects/{iam.project_id(world, at['project'])}/locations/{at['location']}/services/{at['service']}"
        try:
            judge(name, request)
            body = json.loads(await request.body() or b"{}")
            return JSONResponse(await run_in_threadpool(act, name, request, body if isinstance(body, dict) else {}))
        except iam.DeniedError as error:
            return refuse(HTTPStatus.FORBIDDEN, str(error))
        except NoSuchServiceError as error:
            return refuse(HTTPStatus.NOT_FOUND, str(error))
        except ValueError as error:  # what cannot be read, and what may not be
            return refuse(HTTPStatus.BAD_REQUEST, str(error))

    return answer

"""The loopback door that switches faults: `/_rehearsal/faults`, at every vendor's stand-in the same.

- `GET`: the faults that are on, and how many calls each has met.
- `POST {"target": "crm", "kind": "503", "match": ["u1"], "times": 3, "seconds": 60}`: switch one on; answers its `id`.
- `DELETE ?id=N`: heal one; without `id` all.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.faults.fault import FaultError, parse
from localcloud.faults.http import OWN, Faulty
from localcloud.faults.table import Faults

PATH = f"{OWN}faults"


def around(app: ASGIApp, faults: Faults, target: str) -> ASGIApp:
    """Return a stand-in's application with the door in front of it and the faults of `target` around it."""
    faulty = Faulty(app, faults, target)
    control = Starlette(routes=[Route(PATH, _door(faults), methods=["GET", "POST", "DELETE"])])

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"] == PATH
        await (control if is_ours else faulty)(scope, receive, send)

    return choose


def _door(faults: Faults) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            return await run_in_threadpool(_answered, faults, request, body)
        except (FaultError, json.JSONDecodeError, UnicodeDecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


def _answered(faults: Faults, request: Request, body: bytes) -> Response:
    if request.method == "GET":
        return JSONResponse({"faults": [{**asdict(each), "met": faults.met(each.id)} for each in faults.on()]})
    if request.method == "POST":
        wanted = json.loads(body)
        if not isinstance(wanted, dict):
            raise FaultError("a fault is a JSON object")
        return JSONResponse({"id": faults.switch_on(parse(wanted))}, 201)
    number = request.query_params.get("id")
    if number is not None and not number.isdecimal():
        raise FaultError("id must be the number that switching it on answered")
    faults.switch_off(int(number) if number else None)
    return Response(status_code=204)

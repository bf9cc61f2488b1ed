"""What the open port answers by HTTP: the calls by which test libraries set an emulator up, and Firestore's REST form.

The emulator's own calls: https://firebase.google.com/docs/emulator-suite/connect_firestore (clear your database) and
https://firebase.google.com/docs/firestore/security/test-rules-emulator (test reports); the one that loads rules is what
`@firebase/rules-unit-testing` sends.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from grpc import StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from localcloud.faults.grpc import Struck
from localcloud.firestore import paths
from localcloud.firestore.access import Access
from localcloud.firestore.calls import Calls
from localcloud.firestore.emulator import reports, rest
from localcloud.firestore.emulator.transfers import Transfers
from localcloud.firestore.errors import invalid
from localcloud.firestore.rulebook import Rulebook
from localcloud.firestore.service import Firestore, Method
from localcloud.iam import DeniedError
from localcloud.rpc import Refused

Answer = Callable[[Request], Awaitable[Response]]
EMULATOR = "/emulator/v1/projects/{project}"
CHANNEL = "The rehearsal's Firestore does not speak WebChannel, which browsers use. Clients under Node use gRPC."


def application(firestore: Firestore, calls: Calls, rulebook: Rulebook, door: Access) -> Starlette:
    """Return the ASGI application of the open port, whose `door` says which databases there are."""
    routes, transfers = _Routes(firestore, calls, rulebook), Transfers(firestore, door)
    databases = EMULATOR + "/databases/{database}"
    table = [
        ("/", routes.ready, "GET"),
        (EMULATOR + ":securityRules", routes.load_rules, "PUT"),
        (EMULATOR + ":ruleCoverage", routes.coverage, "GET"),
        (EMULATOR + ":ruleCoverage.html", routes.coverage_page, "GET"),
        (EMULATOR + ":export", transfers.export, "POST"),
        (EMULATOR + ":import", transfers.import_, "POST"),
        (databases + ":export", transfers.export, "POST"),
        (databases + ":import", transfers.import_, "POST"),
        (databases + "/documents", routes.clear, "DELETE"),
        ("/google.firestore.v1.Firestore/{method}/channel", routes.channel, "GET POST"),
        ("/v1/{path:path}", routes.rest, "GET POST PATCH DELETE"),
    ]
    return Starlette(routes=[Route(path, _judged(answer), methods=verbs.split()) for path, answer, verbs in table])


class _Routes:
    def __init__(self, firestore: Firestore, calls: Calls, rulebook: Rulebook) -> None:
        self._firestore = firestore
        self._calls = calls
        self._rulebook = rulebook
        self._methods: Mapping[str, Method] = {method.name: method for method in firestore.methods()}

    async def ready(self, _request: Request) -> Response:
        return PlainTextResponse("Ok\n")

    async def load_rules(self, request: Request) -> Response:
        from rules import RulesError

        text = _rules(await request.body())
        try:
            self._rulebook.load(request.path_params["project"], text)
        except RulesError as error:
            told = "\n".join(f"firestore.rules:{problem}" for problem in error.problems)
            raise invalid(f"These rules do not compile, and those before them stay in force:\n{told}") from error
        return JSONResponse({})

    async def coverage(self, request: Request) -> Response:
        return JSONResponse(reports.as_data(self._report(request)))

    async def coverage_page(self, request: Request) -> Response:
        from rules.coverage import page

        return HTMLResponse(page.as_html(self._report(request)))

    async def clear(self, request: Request) -> Response:
        given = request.path_params
        await self._firestore.clear(paths.database(f"projects/{given['project']}/databases/{given['database']}"))
        return JSONResponse({})

    async def channel(self, _request: Request) -> Response:
        raise Refused(StatusCode.UNIMPLEMENTED, CHANNEL)

    async def rest(self, request: Request) -> Response:
        query = request.query_params.multi_items()
        call = rest.read(rest.Asked(request.method, request.path_params["path"], query, await request.body()))
        method = self._methods[call.method]
        message = rest.message(call.fields, method.request)
        answer = await self._calls.answer(method, message, {"authorization": request.headers.get("authorization", "")})
        return JSONResponse(rest.response(list(answer) if method.streams else answer))

    def _report(self, request: Request) -> Any:
        loaded = self._rulebook.loaded(request.path_params["project"])
        if loaded is None:
            raise Refused(
                StatusCode.NOT_FOUND, "No rules were loaded for this project; PUT them to :securityRules first."
            )
        return loaded.report()


def _judged(answer: Answer) -> Answer:
    """Turn refusals into Google's form of an error."""

    async def judged(request: Request) -> Response:
        try:
            return await answer(request)
        except DeniedError as error:
            status, body = rest.refusal(StatusCode.PERMISSION_DENIED, f"Missing or insufficient permissions. {error}")
        except (Refused, Struck) as error:
            status, body = rest.refusal(error.code, str(error))
        return JSONResponse(body, status)

    return judged


def _rules(body: bytes) -> str:
    try:
        files = json.loads(body)["rules"]["files"]
        return "\n".join(str(file["content"]) for file in files)
    except (ValueError, TypeError, LookupError) as error:
        raise invalid('Expected {"rules": {"files": [{"content": "…"}]}}.') from error

"""The CRM with HubSpot's shape: contacts and their properties (developers.hubspot.com/docs/api/crm/contacts)."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.base.world import World
from localcloud.saas import request_history
from localcloud.saas.crm_contacts import Contacts, CrmError, Moment, not_done, shown
from localcloud.saas.crm_search import search
from localcloud.saas.endpoint import unknown_parameters, with_body
from localcloud.saas.issued_keys import IssuedKeys
from localcloud.saas.json_body import BodyError, object_of

SERVICE = "crm"
SEARCH_LAG = 30.0  # seconds until the search index knows of a change; about what HubSpot's takes
PAGE = 100
PARAMETERS = frozenset({"after", "archived", "idProperty", "limit", "properties"})  # of a query
VERSION = "2026-09"
# v3 answers as before until it is unsupported (September 2027); the account's own rules apply to dated paths alone.
OBJECTS = {"v3": "/crm/v3/objects/contacts", VERSION: f"/crm/objects/{VERSION}/contacts"}
PROPERTIES = {"v3": "/crm/v3/properties/contacts", VERSION: f"/crm/properties/{VERSION}/contacts"}

Answer = tuple[int, Mapping[str, Any]]


def app(world: World, clock: Callable[[], float] = time.time, search_lag: float = SEARCH_LAG) -> Any:
    """Return the CRM as an ASGI application; `clock` is in seconds since the epoch, `search_lag` in seconds."""
    return request_history.RequestHistory(
        Starlette(routes=[request_history.route(world, SERVICE), *_Crm(world, clock, search_lag).routes()]),
        world,
        SERVICE,
    )


class _Crm:
    def __init__(self, world: World, clock: Callable[[], float], search_lag: float) -> None:
        self._world = world
        self._contacts = Contacts(world)
        self._keys = IssuedKeys(world, SERVICE)
        self._clock = clock
        self._search_lag = search_lag

    def routes(self) -> list[Route]:
        known = [
            Route(path, self._endpoint(method, act), methods=[method])
            for version, base in OBJECTS.items()
            for method, path, act in self._table(base, PROPERTIES[version])
        ]
        required = Route(f"{request_history.PREFIX}required", with_body(self._require), methods=["PUT"])
        return [
            required,
            self._keys.route(_new_key),
            *known,
            Route("/{path:path}", _not_done, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _table(
        self, base: str, properties: str
    ) -> list[tuple[str, str, Callable[[Request, Mapping[str, Any]], Answer]]]:
        return [
            ("POST", f"{base}/batch/upsert", self._upsert),
            ("POST", f"{base}/batch/read", self._read_batch),
            ("POST", f"{base}/search", self._search),
            ("POST", f"{base}/gdpr-delete", self._purge),
            ("POST", base, self._create),
            ("GET", base, self._list),
            ("GET", f"{base}/{{id}}", self._get),
            ("PATCH", f"{base}/{{id}}", self._update),
            ("DELETE", f"{base}/{{id}}", self._archive),
            ("POST", properties, self._create_property),
            ("GET", properties, self._list_properties),
            ("GET", f"{properties}/groups", _no_groups),
            ("GET", f"{properties}/{{name}}", self._get_property),
        ]

    def _require(self, _: Request, body: bytes) -> Response:
        """`PUT /_rehearsal/required`: the properties that an admin requires of new contacts, by HubSpot's form."""
        with self._world.transaction():
            self._contacts.require(object_of(body)["properties"])
        return Response(status_code=204)

    def _endpoint(self, method: str, act: Callable[[Request, Mapping[str, Any]], Answer]) -> Any:
        def answer(request: Request, body: bytes) -> Response:
            bearer = re.fullmatch(r"Bearer (\S+)", request.headers.get("authorization", ""))
            if bearer is None or not self._keys.admits(bearer[1]):
                return _error(_unauthenticated())
            try:
                with self._world.transaction() if method != "GET" else nullcontext():
                    wanted = object_of(body) if method in {"POST", "PATCH"} else {}
                    _check_known(request, wanted)
                    status, found = act(request, wanted)
            except BodyError as error:
                return _error(CrmError(400, "VALIDATION_ERROR", f"Invalid input JSON: {error}"))
            except CrmError as error:
                return _error(error)
            return JSONResponse(dict(found), status) if status != 204 else Response(status_code=204)

        return with_body(answer)

    # Contacts

    def _upsert(self, request: Request, body: Mapping[str, Any]) -> Answer:
        now = self._now()
        results, errors = self._contacts.upsert(body.get("inputs"), now, has_rules=_has_rules(request))
        answer: dict[str, Any] = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": now.text,
            "completedAt": now.text,
        }
        if errors:
            answer |= {"numErrors": len(errors), "errors": errors}
        return (207 if errors else 200), answer

    def _read_batch(self, _: Request, body: Mapping[str, Any]) -> Answer:
        """Return the contacts of some ids; those that are not there are told beside them, with 207.

        https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/batch/post-crm-v3-objects-contacts-batch-read
        """
        now, ids, names = self._now(), _ids(body.get("inputs")), body.get("properties") or []
        by = str(body.get("idProperty") or "hs_object_id")
        found = {each: self._contacts.find(by, each) for each in ids}
        missing = [each for each, contact in found.items() if contact is None]
        results = [shown(contact, names) for contact in found.values() if contact]
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
        if missing:
            error = {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "message": "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are "
                "valid.",
                "context": {"ids": missing},
            }
            answer |= {"numErrors": 1, "errors": [error]}
        return (207 if missing else 200), {**answer, "startedAt": now.text, "completedAt": now.text}

    def _create(self, request: Request, body: Mapping[str, Any]) -> Answer:
        return 201, self._contacts.create(_properties(body), self._now(), has_rules=_has_rules(request))

    def _update(self, request: Request, body: Mapping[str, Any]) -> Answer:
        contact = self._found(request)
        return 200, self._contacts.update(contact, _properties(body), self._now())

    def _archive(self, request: Request, _: Mapping[str, Any]) -> Answer:
        self._contacts.archive(request.path_params["id"])
        return 204, {}

    def _purge(self, _: Request, body: Mapping[str, Any]) -> Answer:
        """Delete for good, by id or by address; an address that no contact has is not taken any more from then on."""
        id_, by = body.get("objectId"), body.get("idProperty", "hs_object_id")
        if not (isinstance(id_, str) and id_) or by not in {"hs_object_id", "email"}:
            raise CrmError(400, "VALIDATION_ERROR", "Invalid input JSON: objectId is required; idProperty may be email")
        contact = self._contacts.find(by, id_)
        if contact is None and by == "hs_object_id":
            raise CrmError(404, "OBJECT_NOT_FOUND", "resource not found")
        if contact:
            self._contacts.archive(contact["id"])
        return 204, {}

    def _get(self, request: Request, _: Mapping[str, Any]) -> Answer:
        return 200, _shown(self._found(request), request)

    def _list(self, request: Request, _: Mapping[str, Any]) -> Answer:
        after, limit = request.query_params.get("after", "0"), request.query_params.get("limit", "10")
        if not (after.isdecimal() and limit.isdecimal() and 1 <= int(limit) <= PAGE):
            raise CrmError(400, "VALIDATION_ERROR", f"limit must be from 1 to {PAGE} and after a paging cursor")
        found = [each for each in self._contacts.all() if int(each["id"]) > int(after)]
        page = [_shown(each, request) for each in found[: int(limit)]]
        if len(found) <= len(page):
            return 200, {"results": page}
        return 200, {"results": page, "paging": {"next": {"after": page[-1]["id"]}}}

    def _search(self, _: Request, body: Mapping[str, Any]) -> Answer:
        """Search what the index knows: a contact changed within the last `search_lag` seconds is not in it."""
        indexed = [each for each in self._contacts.all() if each["at"] <= self._clock() - self._search_lag]
        return 200, search(indexed, body)

    def _found(self, request: Request) -> dict[str, Any]:
        id_property = request.query_params.get("idProperty", "hs_object_id")
        contact = self._contacts.find(id_property, request.path_params["id"])
        if contact is None:
            raise CrmError(404, "OBJECT_NOT_FOUND", "resource not found")
        return contact

    # Properties

    def _create_property(self, _: Request, body: Mapping[str, Any]) -> Answer:
        return 201, self._contacts.create_property(body, self._now())

    def _list_properties(self, _: Request, __: Mapping[str, Any]) -> Answer:
        return 200, {"results": self._contacts.properties()}

    def _get_property(self, request: Request, _: Mapping[str, Any]) -> Answer:
        found = [each for each in self._contacts.properties() if each["name"] == request.path_params["name"]]
        if not found:
            raise CrmError(404, "OBJECT_NOT_FOUND", f"No property named {request.path_params['name']} exists.")
        return 200, found[0]

    def _now(self) -> Moment:
        at = self._clock()
        text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Moment(at, text)


def _new_key(_: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a new service key of an account in the EU."""
    return {"key": f"pat-eu1-{uuid.uuid4()}"}


def _no_groups(request: Request, _: Mapping[str, Any]) -> Answer:
    raise not_done(f"CRM does not do {request.method} {request.url.path}")


def _check_known(request: Request, body: Mapping[str, Any]) -> None:
    """Raise CrmError for what HubSpot would do beside the call itself, and the stand-in would forget."""
    asked = [unknown_parameters(request, PARAMETERS)]
    asked += [name for name in ("associations", "propertiesWithHistory") if body.get(name)]
    asked += ["archived"] if request.query_params.get("archived", "false").lower() != "false" else []
    if told := ", ".join(filter(None, asked)):
        raise not_done(f"CRM does not know {told} of {request.method} {request.url.path}")


def _has_rules(request: Request) -> bool:
    return request.url.path.startswith(OBJECTS[VERSION])


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise CrmError(400, "VALIDATION_ERROR", "Invalid input JSON: properties must be an object")
    return properties


def _ids(inputs: Any) -> list[str]:
    if not (isinstance(inputs, list) and 1 <= len(inputs) <= PAGE):
        raise CrmError(400, "VALIDATION_ERROR", f"inputs must be a list of 1 to {PAGE} ids")
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) and each["id"] for each in inputs):
        raise CrmError(400, "VALIDATION_ERROR", "Invalid input JSON: every input needs an id")
    return [each["id"] for each in inputs]


def _shown(contact: Mapping[str, Any], request: Request) -> dict[str, Any]:
    names = [name for each in request.query_params.getlist("properties") for name in each.split(",")]
    return shown(contact, names)


def _unauthenticated() -> CrmError:
    return CrmError(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def _not_done(request: Request) -> Response:
    return _error(not_done(f"CRM does not do {request.method} {request.url.path}"))


def _error(error: CrmError) -> Response:
    body = {
        "status": "error",
        "message": error.message,
        "correlationId": str(uuid.uuid4()),
        "category": error.category,
        **({"errors": error.errors} if error.errors else {}),
    }
    return JSONResponse(body, error.status)

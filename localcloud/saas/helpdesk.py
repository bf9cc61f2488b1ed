"""The helpdesk with Zendesk's shape: tickets (developer.zendesk.com/api-reference/ticketing/tickets/tickets)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.saas import request_history
from localcloud.saas.endpoint import with_body
from localcloud.saas.helpdesk_webhooks import Hooks
from localcloud.saas.idempotency import MismatchError, Outcome, Replays
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore, StoredObject

SERVICE = "helpdesk"
REPLAY_WINDOW = 2 * 3_600.0  # seconds; developer.zendesk.com/api-reference/introduction/requests, "Idempotency"
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
WRITABLE = frozenset({"subject", "status", "priority", "type", "tags", "external_id", "assignee_id", "group_id"})
IGNORED = frozenset({"comment", "requester", "requester_id", "submitter_id", "custom_fields", "via", "metadata"})
PAGE = 100
AGENT = 1  # the user id of the API token's owner, unless a comment names another author

Act = Callable[[Request, bytes], Response]


class HelpdeskError(Exception):
    """A refusal in Zendesk's shape."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = dict(body)


def app(hooks: Hooks) -> Any:
    """Return the helpdesk as an ASGI application, over the world and by the clock of its webhooks."""
    world = hooks.world
    routes = [request_history.route(world, SERVICE), _deliveries(hooks), *_Helpdesk(hooks).routes()]
    return request_history.RequestHistory(Starlette(routes=routes), world, SERVICE)


def _deliveries(hooks: Hooks) -> Route:
    """Return `GET /_rehearsal/deliveries?about=TEXT`: what became of the webhooks that name something."""

    def deliveries(request: Request) -> Response:
        return JSONResponse({"deliveries": hooks.deliveries(request.query_params.get("about", ""))})

    return Route(f"{request_history.PREFIX}deliveries", deliveries)


class _Helpdesk:
    def __init__(self, hooks: Hooks) -> None:
        world, clock = hooks.world, hooks.clock
        self._world = world
        self._hooks = hooks
        self._shelf = ObjectStore(world, SERVICE)
        self._replays = Replays(world, SERVICE, REPLAY_WINDOW, clock)
        self._clock = clock

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Act]] = [
            ("POST", "/api/v2/tickets", self._create),
            ("GET", "/api/v2/tickets", self._list),
            ("GET", "/api/v2/tickets/{id:int}", self._get),
            ("PUT", "/api/v2/tickets/{id:int}", self._update),
            ("GET", "/api/v2/tickets/{id:int}/comments", self._comments),
            *self._hooks.table(),
        ]
        known = [
            Route(path + ending, _guarded(act if method == "GET" else self._telling(act)), methods=[method])
            for method, path, act in table
            for ending in ("", ".json")
        ]
        return [*known, Route("/{path:path}", _not_done, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]

    def _telling(self, act: Act) -> Act:
        """Return what also wakes who delivers, when the change is kept: before, there is nothing to be seen."""

        def told(request: Request, body: bytes) -> Response:
            answer = act(request, body)
            self._hooks.wake()
            return answer

        return told

    def _create(self, request: Request, body: bytes) -> Response:
        wanted = _ticket_in(body)
        key = request.headers.get("idempotency-key", "")
        try:
            outcome = self._replays.once(key, body.decode("utf-8", "replace"), lambda: self._made(wanted))
        except MismatchError:
            raise HelpdeskError(
                400,
                {
                    "error": "IdempotentRequestError",
                    "description": "The request parameters do not match those of the first request with this key",
                },
            ) from None
        location = f"{_root(request)}/api/v2/tickets/{outcome.body['ticket']['id']}.json"
        lookup = {"X-Idempotency-Lookup": "hit" if outcome.replayed else "miss"} if key else {}
        return JSONResponse(outcome.body, outcome.status, {"Location": location, **lookup})

    def _made(self, wanted: StoredObject) -> Outcome:
        text = _comment(wanted)
        if not text:
            raise _invalid("base", "Description: cannot be blank", "BlankValue")
        _check_status(wanted)
        number = self._shelf.next_number("ticket")
        requester = self._requester(wanted.get("requester"))
        ticket = {
            "id": number,
            "external_id": None,
            "subject": None,
            "status": "new",
            "priority": None,
            "tags": [],
            **{name: value for name, value in wanted.items() if name in WRITABLE},
            "description": text,
            "requester_id": requester,
            "created_at": self._now(),
            "updated_at": self._now(),
        }
        self._shelf.put("ticket", str(number), ticket)
        self._hooks.tell("created", ticket, {})
        self._add_comment(ticket, text, requester, wanted)
        return Outcome(201, {"ticket": ticket, "audit": {"ticket_id": number}})

    def _list(self, request: Request, _: bytes) -> Response:
        wanted = request.query_params.get("external_id")
        found = [each for each in self._shelf.all("ticket") if wanted is None or each["external_id"] == wanted]
        page = request.query_params.get("page", "1")
        if not (page.isdecimal() and int(page) > 0):
            raise HelpdeskError(400, {"error": "InvalidPaginationParameter", "description": "page must be a number"})
        start = (int(page) - 1) * PAGE
        following = f"{_root(request)}/api/v2/tickets.json?page={int(page) + 1}" if len(found) > start + PAGE else None
        return JSONResponse(
            {
                "tickets": found[start : start + PAGE],
                "count": len(found),
                "next_page": following,
                "previous_page": None,
            }
        )

    def _get(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"ticket": self._found(request)})

    def _update(self, request: Request, body: bytes) -> Response:
        wanted = _ticket_in(body)
        with self._world.transaction():
            ticket = self._found(request)
            if ticket["status"] == "closed":
                raise _invalid("status", "Status: closed prevents ticket update", "InvalidValue")
            _check_status(wanted)
            before = dict(ticket)
            changed = {name: value for name, value in wanted.items() if name in WRITABLE}
            ticket |= {**changed, "updated_at": self._now()}
            self._shelf.put("ticket", str(ticket["id"]), ticket)
            events = [
                {"id": self._shelf.next_number("event"), "type": "Change", "field_name": name, "value": value}
                for name, value in changed.items()
            ]
            if text := _comment(wanted):
                author = wanted["comment"].get("author_id", AGENT)
                number = self._add_comment(ticket, text, author, wanted)
                events.insert(0, {"id": number, "type": "Comment", "body": text, "author_id": author})
            self._tell_changes(before, ticket)
        return JSONResponse({"ticket": ticket, "audit": {"ticket_id": ticket["id"], "events": events}})

    def _comments(self, request: Request, _: bytes) -> Response:
        ticket = self._found(request)
        found = [each for each in self._shelf.all("comment") if each["ticket_id"] == ticket["id"]]
        return JSONResponse({"comments": found, "count": len(found), "next_page": None, "previous_page": None})

    def _found(self, request: Request) -> StoredObject:
        found = self._shelf.get("ticket", str(request.path_params["id"]))
        if found is None:
            raise HelpdeskError(404, {"error": "RecordNotFound", "description": "Not found"})
        return found

    def _requester(self, requester: Any) -> int | None:
        """Return the id of the end user, who is made when the address is new."""
        if requester is None:
            return None
        email, name = (requester.get("email"), requester.get("name")) if isinstance(requester, dict) else (None, None)
        if not (isinstance(email, str) and "@" in email):
            raise _invalid("requester", "Requester: Email: is not properly formatted", "InvalidFormat")
        known = self._shelf.get("user", email)
        if known is None and not name:
            raise _invalid("requester", "Requester: Name: is too short (minimum one character)", "ValueTooShort")
        if known is None:
            known = {"id": 1_000 + self._shelf.next_number("user"), "email": email, "name": name}
            self._shelf.put("user", email, known)
        return int(known["id"])

    def _tell_changes(self, before: StoredObject, ticket: StoredObject) -> None:
        """Tell of what somebody may have subscribed to."""
        if ticket["status"] != before["status"]:
            change = {"current": ticket["status"].upper(), "previous": before["status"].upper()}
            self._hooks.tell("status_changed", ticket, change)
        if ticket.get("assignee_id") != before.get("assignee_id"):
            change = {"current": str(ticket.get("assignee_id")), "previous": str(before.get("assignee_id"))}
            self._hooks.tell("agent_assignment_changed", ticket, change)

    def _add_comment(self, ticket: StoredObject, text: str, author: int | None, wanted: StoredObject) -> int:
        number = self._shelf.next_number("comment")
        comment = {
            "id": number,
            "ticket_id": ticket["id"],
            "body": text,
            "author_id": author,
            "public": (wanted.get("comment") or {}).get("public", True),
            "created_at": self._now(),
        }
        self._shelf.put("comment", str(number), comment)
        by = {
            "id": str(author),
            "is_staff": author is not None and author != ticket["requester_id"],
            "name": "Somebody",
        }
        said = {"id": str(number), "body": text, "is_public": comment["public"], "author": by}
        self._hooks.tell("comment_added", ticket, {"comment": said})
        return number

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _guarded(act: Act) -> Any:
    def answer(request: Request, body: bytes) -> Response:
        if not _is_authenticated(request.headers.get("authorization", "")):
            return JSONResponse({"error": "Couldn't authenticate you"}, 401)
        try:
            return act(request, body)
        except HelpdeskError as error:
            return JSONResponse(error.body, error.status)

    return with_body(answer)


def _is_authenticated(header: str) -> bool:
    """Tell whether it is basic authentication with an API token: `EMAIL/token` as user, the token as password."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    email, _, suffix = user.rpartition("/")
    return scheme.lower() == "basic" and "@" in email and suffix == "token" and bool(token)


def _ticket_in(body: bytes) -> StoredObject:
    try:
        ticket = object_of(body).get("ticket")
    except BodyError as error:
        raise HelpdeskError(400, {"error": "InvalidJSON", "description": str(error)}) from error
    if not isinstance(ticket, dict):
        message = "You passed an invalid value for the ticket attribute. Parameter ticket is required"
        raise HelpdeskError(400, {"error": {"title": "Invalid attribute", "message": message}})
    unknown = sorted(set(ticket) - WRITABLE - IGNORED)
    if unknown:
        # Zendesk ignores what it does not know; here it would hide a slip of the pen.
        message = f"The rehearsal's helpdesk does not know ticket.{', ticket.'.join(unknown)}."
        raise HelpdeskError(501, {"error": "NotInTheRehearsal", "description": message})
    return ticket


def _comment(wanted: Mapping[str, Any]) -> str:
    comment = wanted.get("comment")
    text = comment.get("body") if isinstance(comment, dict) else None
    return text if isinstance(text, str) and text.strip() else ""


def _check_status(wanted: Mapping[str, Any]) -> None:
    if wanted.get("status", "new") not in STATUSES:
        raise _invalid("status", f"Status: {wanted['status']} is not a valid status", "InvalidValue")


def _invalid(field: str, description: str, error: str) -> HelpdeskError:
    details = {field: [{"description": description, "error": error}]}
    return HelpdeskError(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})


def _root(request: Request) -> str:
    return f"https://{request.headers.get('host', 'localhost')}"


def _not_done(request: Request) -> Response:
    message = f"The rehearsal's helpdesk does not do {request.method} {request.url.path}."
    return JSONResponse({"error": "NotInTheRehearsal", "description": message}, 501)

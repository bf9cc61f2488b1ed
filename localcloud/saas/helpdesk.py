"""The helpdesk with Zendesk's shape: tickets (developer.zendesk.com/api-reference/ticketing/tickets/tickets)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.saas import request_history
from localcloud.saas.endpoint import unknown_parameters, with_body
from localcloud.saas.helpdesk_errors import HelpdeskError, invalid, not_done, not_found
from localcloud.saas.helpdesk_oauth import Tokens
from localcloud.saas.helpdesk_pages import PARAMETERS, paged
from localcloud.saas.helpdesk_users import Users
from localcloud.saas.helpdesk_webhooks import Hooks
from localcloud.saas.idempotency import MismatchError, Outcome, Replays
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore, StoredObject

SERVICE = "helpdesk"
REPLAY_WINDOW = 2 * 3_600.0  # seconds; developer.zendesk.com/api-reference/introduction/requests, "Idempotency"
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
FOLLOWS = "via_followup_source_id"
WRITABLE = frozenset({"subject", "status", "priority", "type", "tags", "external_id", "assignee_id", "group_id"})
ELSEWHERE = frozenset({"id", "comment", "requester", "requester_id", FOLLOWS})  # what is read on its own
COMMENT = frozenset({"body", "public", "author_id"})
INLINE = "include_inline_images"
QUERIES = {
    "/api/v2/tickets": PARAMETERS | {"external_id"},
    "/api/v2/tickets/{id:int}/comments": PARAMETERS | {INLINE},
    "/api/v2/users/search": frozenset({"query"}),
}
"""The parameters that a path takes with GET; no other call takes any."""
AGENT = 1  # the user id of whom the OAuth client acts as, unless a comment names another author
MERGED = "closed_by_merge"  # the tag of a ticket that was merged into another, which is closed by that

Act = Callable[[Request, bytes], Response]


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
        self._tokens = Tokens(world, clock)
        self._users = Users(world)

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Act]] = [
            ("POST", "/api/v2/tickets", self._create),
            ("GET", "/api/v2/tickets", self._list),
            ("GET", "/api/v2/tickets/{id:int}", self._get),
            ("PUT", "/api/v2/tickets/{id:int}", self._update),
            ("GET", "/api/v2/tickets/{id:int}/comments", self._comments),
            ("DELETE", "/api/v2/tickets/{id:int}", self._delete),
            ("DELETE", "/api/v2/deleted_tickets/{id:int}", self._delete_for_good),
            ("POST", "/api/v2/tickets/{id:int}/merge", self._merge),
            *self._users.table(),
            *self._tokens.table(),
            *self._hooks.table(),
        ]
        known = [
            Route(path + ending, _guarded(self._tokens, self._asked(method, path, act)), methods=[method])
            for method, path, act in table
            for ending in ("", ".json")
        ]
        return [
            self._tokens.route(),
            self._tokens.clients(),
            *known,
            Route("/{path:path}", _not_done, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _asked(self, method: str, path: str, act: Act) -> Act:
        """Return what first refuses the parameters of the query that only Zendesk knows."""
        known = QUERIES.get(path, frozenset[str]()) if method == "GET" else frozenset[str]()
        act = act if method == "GET" else self._telling(act)

        def asked(request: Request, body: bytes) -> Response:
            if unknown := unknown_parameters(request, known):
                raise not_done(f"does not know {unknown} of {method} {request.url.path}")
            return act(request, body)

        return asked

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
            raise invalid("base", "Description: cannot be blank", "BlankValue")
        _check_status(wanted)
        source = self._source(wanted)
        number = self._shelf.next_number("ticket")
        requester, author = self._people(wanted, source)
        ticket = {
            "id": number,
            "external_id": None,
            "subject": None,
            "status": "new",
            "priority": None,
            "tags": list(source["tags"]) if source else [],
            **({FOLLOWS: source["id"]} if source else {}),
            **{name: value for name, value in wanted.items() if name in WRITABLE},
            "description": text,
            "requester_id": requester,
            "created_at": self._now(),
            "updated_at": self._now(),
        }
        self._shelf.put("ticket", str(number), ticket)
        self._hooks.tell("created", ticket, {})
        comment = self._add_comment(ticket, text, author, wanted)
        said = {"id": comment, "type": "Comment", "body": text, "author_id": author}
        return Outcome(201, {"ticket": ticket, "audit": {"ticket_id": number, "events": [said]}})

    def _source(self, wanted: StoredObject) -> StoredObject | None:
        """Return the closed ticket that is followed up; the parameter has no effect with any other ticket.

        https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets, "Creating
        a follow-up ticket" (read 2026-11-29).
        """
        found = self._shelf.get("ticket", str(wanted.get(FOLLOWS, "")))
        return found if found and found["status"] == "closed" and not found.get("deleted") else None

    def _people(self, wanted: StoredObject, source: StoredObject | None) -> tuple[int | None, int | None]:
        """Return the requester, and the author of the first comment: the requester, but of a follow-up the caller."""
        known = wanted.get("requester_id")
        requester = self._users.checked(known) if known else self._users.requester(wanted.get("requester"))
        if source is None:
            return requester, requester
        named = (wanted.get("comment") or {}).get("author_id")
        return requester, self._users.checked(named, "base") if named else AGENT

    def _list(self, request: Request, _: bytes) -> Response:
        wanted = request.query_params.get("external_id")
        kept = [each for each in self._shelf.all("ticket") if not each.get("deleted")]
        found = [each for each in kept if wanted is None or each["external_id"] == wanted]
        return JSONResponse(paged(request, "tickets", found))

    def _get(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"ticket": self._found(request)})

    def _update(self, request: Request, body: bytes) -> Response:
        wanted = _ticket_in(body)
        with self._world.transaction():
            ticket = self._found(request)
            if ticket["status"] == "closed":
                raise invalid("status", "Status: closed prevents ticket update", "InvalidValue")
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
                named = wanted["comment"].get("author_id", AGENT)
                author = self._users.checked(named, "base") if named != AGENT else AGENT
                number = self._add_comment(ticket, text, author, wanted)
                events.insert(0, {"id": number, "type": "Comment", "body": text, "author_id": author})
            self._tell_changes(before, ticket)
        return JSONResponse({"ticket": ticket, "audit": {"ticket_id": ticket["id"], "events": events}})

    def _comments(self, request: Request, _: bytes) -> Response:
        ticket = self._found(request)
        if request.query_params.get(INLINE, "false").lower() != "false":
            raise not_done("does not list images beside comments")
        found = [each for each in self._shelf.all("comment") if each["ticket_id"] == ticket["id"]]
        return JSONResponse(paged(request, "comments", found))

    def _found(self, request: Request) -> StoredObject:
        found = self._shelf.get("ticket", str(request.path_params["id"]))
        if found is None or found.get("deleted"):
            raise not_found()
        return found

    def _delete(self, request: Request, _: bytes) -> Response:
        with self._world.transaction():
            ticket = self._found(request)
            self._shelf.put("ticket", str(ticket["id"]), {**ticket, "deleted": True, "updated_at": self._now()})
        return Response(status_code=204)

    def _delete_for_good(self, request: Request, _: bytes) -> Response:
        """Forget a ticket that was deleted before, with all that was said in it."""
        with self._world.transaction():
            number = str(request.path_params["id"])
            ticket = self._shelf.get("ticket", number)
            if ticket is None or not ticket.get("deleted"):
                raise not_found()
            for each in self._shelf.all("comment"):
                if each["ticket_id"] == ticket["id"]:
                    self._shelf.remove("comment", str(each["id"]))
            self._shelf.remove("ticket", number)
        return JSONResponse({"job_status": {"id": f"purge-{number}", "status": "completed"}})

    def _merge(self, request: Request, body: bytes) -> Response:
        """Merge tickets into this one: they are closed, with a tag that says why."""
        with self._world.transaction():
            self._found(request)
            for number in _object(body).get("ids") or ():
                before = self._shelf.get("ticket", str(number))
                if before is None or before.get("deleted") or before["status"] == "closed":
                    raise not_found()
                merged = {**before, "status": "closed", "tags": [*before["tags"], MERGED], "updated_at": self._now()}
                self._shelf.put("ticket", str(number), merged)
                self._tell_changes(before, merged)
        return JSONResponse({"job_status": {"id": f"merge-{request.path_params['id']}", "status": "completed"}})

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


def _guarded(tokens: Tokens, act: Act) -> Any:
    def answer(request: Request, body: bytes) -> Response:
        try:
            tokens.require(request)
            return act(request, body)
        except HelpdeskError as error:
            return JSONResponse(error.body, error.status)

    return with_body(answer)


def _object(body: bytes) -> StoredObject:
    try:
        return object_of(body)
    except BodyError as error:
        raise HelpdeskError(400, {"error": "InvalidJSON", "description": str(error)}) from error


def _ticket_in(body: bytes) -> StoredObject:
    ticket = _object(body).get("ticket")
    if not isinstance(ticket, dict):
        message = "You passed an invalid value for the ticket attribute. Parameter ticket is required"
        raise HelpdeskError(400, {"error": {"title": "Invalid attribute", "message": message}})
    comment = ticket.get("comment")
    unknown = sorted(set(ticket) - WRITABLE - ELSEWHERE)
    unknown += [f"comment.{name}" for name in sorted(set(comment if isinstance(comment, dict) else ()) - COMMENT)]
    if unknown:
        # Zendesk ignores what it does not know; here it would hide a slip of the pen.
        raise not_done(f"does not know ticket.{', ticket.'.join(unknown)}")
    return ticket


def _comment(wanted: Mapping[str, Any]) -> str:
    comment = wanted.get("comment")
    text = comment.get("body") if isinstance(comment, dict) else None
    return text if isinstance(text, str) and text.strip() else ""


def _check_status(wanted: Mapping[str, Any]) -> None:
    if wanted.get("status", "new") not in STATUSES:
        raise invalid("status", f"Status: {wanted['status']} is not a valid status", "InvalidValue")


def _root(request: Request) -> str:
    return f"https://{request.headers.get('host', 'localhost')}"


def _not_done(request: Request) -> Response:
    refusal = not_done(f"does not do {request.method} {request.url.path}")
    return JSONResponse(refusal.body, refusal.status)

"""The helpdesk's webhooks: who wants to hear of what, and what is still to be told (Zendesk's shapes).

https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.base.world import World
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore, StoredObject

SCHEMA = """
CREATE TABLE IF NOT EXISTS helpdesk_deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, webhook TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL,
    due REAL NOT NULL, outcome TEXT NOT NULL, state TEXT NOT NULL
);
"""
EVENTS = frozenset({"created", "status_changed", "comment_added", "agent_assignment_changed"})
PREFIX = "zen:event-type:ticket."
ACCOUNT = 22_129_848

Table = list[tuple[str, str, Callable[[Request, bytes], Response]]]


@dataclass(frozen=True)
class Waiting:
    """One delivery whose time has come."""

    seq: int
    webhook: str
    body: str
    attempts: int


class Hooks:
    """The webhooks of one account. `wake` has the deliverer look; call it, from any thread, after a change is kept."""

    def __init__(self, world: World, clock: Callable[[], float], wake: Callable[[], None]) -> None:
        world.define(SCHEMA)
        self.world = world
        self.clock = clock
        self.wake = wake
        self._shelf = ObjectStore(world, "helpdesk")

    def table(self) -> Table:
        """Return the calls: method, path and what answers."""
        return [
            ("POST", "/api/v2/webhooks", self._create),
            ("GET", "/api/v2/webhooks", self._list),
            ("DELETE", "/api/v2/webhooks/{hook}", self._delete),
            ("GET", "/api/v2/webhooks/{hook}/signing_secret", self._secret),
            ("POST", "/api/v2/webhooks/{hook}/signing_secret", self._reset),
        ]

    def get(self, id_: str) -> StoredObject | None:
        """Return a webhook with its signing secret, or None."""
        return self._shelf.get("webhook", id_)

    def tell(self, kind: str, ticket: StoredObject, event: Mapping[str, Any]) -> None:
        """Have every webhook that subscribed to it told of an event; call it in the transaction that made it."""
        body = json.dumps(self._event(kind, ticket, event), ensure_ascii=False)
        for hook in self._shelf.all("webhook"):
            if PREFIX + kind in hook["subscriptions"]:
                self.world.connection.execute(
                    "INSERT INTO helpdesk_deliveries (webhook, body, attempts, due, outcome, state) "
                    "VALUES (?, ?, 0, ?, '', 'waiting')",
                    (hook["id"], body, self.clock()),
                )

    def due(self, limit: int) -> list[Waiting]:
        """Return the deliveries whose time has come."""
        rows = self.world.connection.execute(
            "SELECT seq, webhook, body, attempts FROM helpdesk_deliveries WHERE state = 'waiting' AND due <= ? "
            "ORDER BY due LIMIT ?",
            (self.clock(), limit),
        )
        return [Waiting(*row) for row in rows]

    def until_next(self) -> float | None:
        """Return the seconds until a delivery is due, None when none is waiting."""
        row = self.world.connection.execute(
            "SELECT MIN(due) FROM helpdesk_deliveries WHERE state = 'waiting'"
        ).fetchone()
        return None if row[0] is None else max(0.0, float(row[0]) - self.clock())

    def settle(self, waiting: Waiting, state: str, outcome: str, pause: float = 0.0) -> None:
        """Keep how an attempt ended: `done`, `failed`, or `waiting` for the next one in `pause` seconds."""
        self.world.connection.execute(
            "UPDATE helpdesk_deliveries SET state = ?, outcome = ?, attempts = attempts + 1, due = ? WHERE seq = ?",
            (state, outcome, self.clock() + pause, waiting.seq),
        )

    def deliveries(self, about: str) -> list[StoredObject]:
        """Return what became of the deliveries that name something: `type`, `state`, `outcome` and `attempts`."""
        rows = self.world.connection.execute(
            "SELECT body ->> 'type', state, outcome, attempts FROM helpdesk_deliveries "
            "WHERE instr(body, ?) ORDER BY seq",
            (about,),
        )
        return [dict(zip(("type", "state", "outcome", "attempts"), row, strict=True)) for row in rows]

    def _event(self, kind: str, ticket: StoredObject, event: Mapping[str, Any]) -> StoredObject:
        named = ("assignee_id", "created_at", "description", "external_id", "group_id", "priority", "requester_id")
        detail = {name: ticket.get(name) for name in (*named, "subject", "tags", "updated_at")}
        now = datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "account_id": ACCOUNT,
            "detail": {**detail, "id": str(ticket["id"]), "status": ticket["status"].upper()},
            "event": dict(event),
            "id": str(uuid.uuid4()),
            "subject": f"zen:ticket:{ticket['id']}",
            "time": now,
            "type": PREFIX + kind,
            "zendesk_event_version": "2022-11-06",
        }

    def _create(self, _: Request, body: bytes) -> Response:
        try:
            wanted = object_of(body).get("webhook")
        except BodyError as error:
            return _wrong("InvalidJSON", str(error))
        if not isinstance(wanted, dict) or (mistake := _mistake(wanted)):
            return _wrong("InvalidWebhook", mistake if isinstance(wanted, dict) else "webhook is required")
        id_ = uuid.uuid4().hex[:26].upper()
        hook = {**wanted, "id": id_, "secret": secrets.token_urlsafe(30)}
        self._shelf.put("webhook", id_, hook)
        return JSONResponse({"webhook": {**_shown(hook), "signing_secret": _signing(hook)}}, 201)

    def _list(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"webhooks": [_shown(each) for each in self._shelf.all("webhook")], "meta": {}})

    def _delete(self, request: Request, _: bytes) -> Response:
        self._shelf.remove("webhook", request.path_params["hook"])
        return Response(status_code=204)

    def _secret(self, request: Request, _: bytes) -> Response:
        hook = self.get(request.path_params["hook"])
        return JSONResponse({"signing_secret": _signing(hook)}) if hook else _wrong("RecordNotFound", "Not found", 404)

    def _reset(self, request: Request, _: bytes) -> Response:
        hook = self.get(request.path_params["hook"])
        if hook is None:
            return _wrong("RecordNotFound", "Not found", 404)
        hook["secret"] = secrets.token_urlsafe(30)
        self._shelf.put("webhook", hook["id"], hook)
        return JSONResponse({"signing_secret": _signing(hook)}, 201)


def _mistake(wanted: Mapping[str, Any]) -> str:
    required = {"http_method": "POST", "request_format": "json", "status": "active"}
    wrong = [f"{name} must be {value}" for name, value in required.items() if wanted.get(name) != value]
    if not wanted.get("name"):
        wrong.append("name cannot be blank")
    if not str(wanted.get("endpoint", "")).startswith(("https://", "http://127.0.0.1:")):
        wrong.append("endpoint must be an https URL")
    unknown = sorted(set(wanted.get("subscriptions") or [""]) - {PREFIX + kind for kind in EVENTS})
    if unknown:
        wrong.append(f"the rehearsal's helpdesk has no subscription {', '.join(unknown) or 'at all'}")
    return "; ".join(wrong)


def _shown(hook: StoredObject) -> StoredObject:
    return {name: value for name, value in hook.items() if name != "secret"}


def _signing(hook: StoredObject) -> StoredObject:
    return {"algorithm": "SHA256", "secret": hook["secret"]}


def _wrong(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "description": description}, status)

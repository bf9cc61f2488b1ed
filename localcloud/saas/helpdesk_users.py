"""The helpdesk's end users: made by their first ticket, and suspended by an agent (Zendesk's shapes)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from localcloud.base.world import World
from localcloud.saas.helpdesk_errors import HelpdeskError, invalid, not_done, not_found
from localcloud.saas.json_body import BodyError, object_of
from localcloud.saas.object_store import ObjectStore, StoredObject

NEW = {"suspended": False, "role": "end-user", "active": True}
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
WRITABLE = frozenset({"name", "suspended", "role"})


class Users:
    """The end users of one account. Call what makes one inside a transaction of the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shelf = ObjectStore(world, "helpdesk")

    def table(self) -> list[tuple[str, str, Callable[[Request, bytes], Response]]]:
        """Return the calls of the API: method, path and what answers."""
        return [
            ("GET", "/api/v2/users/search", self._search),
            ("GET", "/api/v2/users/{user:int}", self._get),
            ("PUT", "/api/v2/users/{user:int}", self._update),
            ("DELETE", "/api/v2/users/{user:int}", self._delete),
            ("DELETE", "/api/v2/deleted_users/{user:int}", self._delete_for_good),
        ]

    def requester(self, wanted: Any) -> int | None:
        """Return the id of the end user, who is made when the address is new; raises HelpdeskError."""
        if wanted is None:
            return None
        email, name = (wanted.get("email"), wanted.get("name")) if isinstance(wanted, dict) else (None, None)
        if not (isinstance(email, str) and ADDRESS.fullmatch(email)):
            raise invalid("requester", f"Requester: Email: {email} is not properly formatted", "InvalidFormat")
        known = self._shelf.get("user", email)
        if known is None and not name:
            raise invalid("requester", "Requester: Name: is too short (minimum one character)", "ValueTooShort")
        if known is None:
            known = {"id": 1_000 + self._shelf.next_number("user"), "email": email, "name": name, **NEW}
            self._shelf.put("user", email, known)
        return self.checked(known["id"])

    def checked(self, user: Any, field: str = "requester") -> int:
        """Return the user's id; raises HelpdeskError when the user is suspended."""
        known = self._of(user)
        if known and known.get("suspended"):
            # The words and the code as reported in mozilla/sumo#2670 and zendesk/zendesk_api_client_rb#369.
            raise invalid(field, f"Requester: {known['name']} is suspended.", "UserSuspended")
        return int(user)

    def _of(self, user: Any) -> StoredObject | None:
        return next((each for each in self._shelf.all("user") if each["id"] == user), None)

    def _here(self, request: Request) -> StoredObject:
        found = self._of(request.path_params["user"])
        if found is None:
            raise not_found()
        return found

    def _get(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"user": self._here(request)})

    def _delete(self, request: Request, _: bytes) -> Response:
        """Delete an end user, unless a ticket of theirs is not closed.

        https://support.zendesk.com/hc/en-us/articles/4408821737498-Deleting-users (read 2026-11-29).
        """
        with self._world.transaction():
            user = self._here(request)
            tickets = [each for each in self._shelf.all("ticket") if each["requester_id"] == user["id"]]
            waiting = [each for each in tickets if each["status"] != "closed" and not each.get("deleted")]
            if waiting:
                said = f"{user['name']} is the requester of {len(waiting)} tickets that are not closed."
                raise invalid("base", said, "UserHasUnclosedTickets")
            self._shelf.remove("user", user["email"])
            gone = {**user, "active": False}
            self._shelf.put("deleted user", str(user["id"]), gone)
        return JSONResponse({"user": gone})

    def _delete_for_good(self, request: Request, _: bytes) -> Response:
        with self._world.transaction():
            user = self._shelf.get("deleted user", str(request.path_params["user"]))
            if user is None:
                raise not_found()
            self._shelf.remove("deleted user", str(user["id"]))
        return JSONResponse({"deleted_user": {**user, "email": None}})

    def _search(self, request: Request, _: bytes) -> Response:
        wanted = request.query_params.get("query", "").removeprefix("email:")
        if not ADDRESS.fullmatch(wanted):
            raise not_done("does not search users by other words than one e-mail address")
        found = [each for each in self._shelf.all("user") if each["email"] == wanted]
        return JSONResponse({"users": found, "count": len(found), "next_page": None})

    def _update(self, request: Request, body: bytes) -> Response:
        known = self._here(request)
        try:
            wanted = object_of(body).get("user") or {}
        except BodyError as error:
            raise HelpdeskError(400, {"error": "InvalidJSON", "description": str(error)}) from error
        if unknown := sorted(set(wanted) - WRITABLE - {"id"}):
            raise not_done(f"does not know user.{', user.'.join(unknown)}")
        known |= {name: value for name, value in wanted.items() if name in WRITABLE}
        self._shelf.put("user", known["email"], known)
        return JSONResponse({"user": known})

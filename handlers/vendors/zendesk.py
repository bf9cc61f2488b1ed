"""Tickets at Zendesk (developer.zendesk.com/api-reference/ticketing/tickets/tickets).

Creating one takes an idempotency key, changing one does not: a comment whose outcome is unknown is not said again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handlers import service_manifest
from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache
from handlers.support.helpdesk import View
from handlers.support.tickets import Ticket, TicketState

REPLAY_WINDOW = timedelta(hours=2)  # how long Zendesk knows a key (developer.zendesk.com, "Idempotency")

STATES: Mapping[str, TicketState] = {
    "new": TicketState.NEW,
    "open": TicketState.ASSIGNED,
    "hold": TicketState.ASSIGNED,  # the team waits for a third party
    "pending": TicketState.WAITING,
    "solved": TicketState.RESOLVED,
    "closed": TicketState.RESOLVED,
}
STATUSES: Mapping[TicketState, str] = {
    TicketState.NEW: "new",
    TicketState.ASSIGNED: "open",
    TicketState.WAITING: "pending",
    TicketState.RESOLVED: "solved",
}


class Zendesk:
    """The helpdesk at Zendesk; `url` is where its API is, by default that of the subdomain.

    The secret is what Zendesk calls basic authentication with an API token: `AGENT_EMAIL/token:API_TOKEN`.
    """

    keeps_state = True
    opening_window = REPLAY_WINDOW
    saying_window = timedelta(0)

    def __init__(self, secret_cache: SecretCache, subdomain: str, url: str = "") -> None:
        self._secret_cache = secret_cache
        self._url = url or f"https://{subdomain}.zendesk.com"

    def open(self, ticket: Ticket, key: str) -> str:
        """See Helpdesk: the same id within `opening_window` when `key` was seen before."""
        reply = self._call("POST", "tickets", {"ticket": _new(ticket)}, **{"Idempotency-Key": key})
        return str(_expected(reply, 201, "a new ticket")["id"])

    def say(self, ticket: Ticket, text: str, key: str, *, by_user: bool) -> str:
        """See Helpdesk: Zendesk mails a public comment of the team to the user."""
        comment: dict[str, Any] = {"body": text, "public": True}
        if by_user:
            comment["author_id"] = self._ticket(ticket)["requester_id"]
        reply = self._call("PUT", f"tickets/{_id(ticket)}", {"ticket": {"comment": comment}})
        _expected(reply, 200, "a comment")
        events = (reply.body.get("audit") or {}).get("events") or []
        return next((str(each["id"]) for each in events if each.get("type") == "Comment"), key)

    def show(self, ticket: Ticket) -> None:
        """See Helpdesk. A status that means the same stays, such as `hold`, or `closed`, which is final at Zendesk."""
        if STATES.get(self._ticket(ticket)["status"]) is not ticket.state:
            wanted = {"ticket": {"status": STATUSES[ticket.state]}}
            _expected(self._call("PUT", f"tickets/{_id(ticket)}", wanted), 200, "a status")

    def look(self, ticket: Ticket) -> View:
        """See Helpdesk."""
        return View(STATES.get(self._ticket(ticket)["status"]))

    def _ticket(self, ticket: Ticket) -> dict[str, Any]:
        try:
            reply = self._call("GET", f"tickets/{_id(ticket)}")
        except Unavailable as error:
            raise NotSent(str(error)) from error  # reading changes nothing
        return _expected(reply, 200, "a look at a ticket")

    def _call(self, method: str, path: str, body: Any = None, **headers: str) -> http_client.Reply:
        return http_client.with_secret(
            self._secret_cache,
            service_manifest.ZENDESK_TOKEN,
            lambda credentials: http_client.call(
                "Zendesk",
                method,
                f"{self._url}/api/v2/{path}.json",
                json=body,
                headers={"Authorization": f"Basic {_basic(credentials)}", **headers},
            ),
        )


def _id(ticket: Ticket) -> str:
    if not ticket.helpdesk_id:
        raise NotSent("the ticket is not at Zendesk yet")
    return ticket.helpdesk_id


def _expected(reply: http_client.Reply, status: int, what: str) -> dict[str, Any]:
    ticket = reply.body.get("ticket")
    if reply.status != status or not isinstance(ticket, dict):
        raise Refused(f"Zendesk answered {reply.status} to {what}")
    return ticket


def _new(ticket: Ticket) -> dict[str, Any]:
    body: dict[str, Any] = {
        "external_id": ticket.id,
        "subject": ticket.subject,
        "comment": {"body": ticket.message},
        "tags": ["launch_app"],
    }
    if ticket.email:
        body["requester"] = {"name": ticket.email.partition("@")[0], "email": ticket.email}
    return body


def _basic(credentials: str) -> str:
    return base64.b64encode(credentials.encode()).decode()

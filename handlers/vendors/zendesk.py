"""Tickets at Zendesk (developer.zendesk.com/api-reference/ticketing/tickets/tickets).

Creating one takes an idempotency key, changing one does not: a comment whose outcome is unknown is not said again.

A closed ticket takes nothing more, also one that was closed by being merged into another: what is said then opens a
follow-up (developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets, "Creating a
follow-up ticket", read 2026-11-29). What the user says after a ticket was deleted opens a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client
from handlers.outside.http_client import Refused
from handlers.outside.secret_cache import SecretCache
from handlers.support.helpdesk import Said, View
from handlers.support.tickets import Ticket, TicketState
from handlers.vendors.zendesk_tokens import ZendeskTokens

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


CONFLICT = 409
CLOSED = "closed"  # for good, unlike "solved"
REFUSED_REQUESTER = "launch_requester_refused"


class Zendesk:
    """The helpdesk at Zendesk; `url` is where its API is, by default that of the subdomain."""

    keeps_state = True
    opening_window = REPLAY_WINDOW
    saying_window = timedelta(0)

    def __init__(self, secret_cache: SecretCache, subdomain: str, url: str = "") -> None:
        self._url = url or f"https://{subdomain}.zendesk.com"
        self._tokens = ZendeskTokens(secret_cache, self._url)

    def open(self, ticket: Ticket, key: str) -> str:
        """See Helpdesk: the same id within `opening_window` when `key` was seen before."""
        return str(self._opened(_new(ticket), ticket.email, key).body["ticket"]["id"])

    def say(self, ticket: Ticket, text: str, key: str, *, by_user: bool) -> Said:
        """See Helpdesk: Zendesk mails a public comment of the team to the user."""
        seen = self._seen(ticket)
        if seen and seen["status"] != CLOSED:
            said = self._commented(ticket, text, seen["requester_id"] if by_user else None, key)
            if said:
                return said
            seen = self._seen(ticket)
        return self._said_elsewhere(ticket, seen, text, key, by_user=by_user)

    def show(self, ticket: Ticket) -> None:
        """See Helpdesk. A status that means the same stays, such as `hold`; closed and deleted tickets have a last one.

        A follow-up begins with the state that its ticket has here, so that nothing is left to show.
        """
        seen = self._seen(ticket)
        if seen and seen["status"] != CLOSED and STATES.get(seen["status"]) is not ticket.state:
            wanted = {"ticket": {"status": STATUSES[ticket.state]}}
            _expected(self._call("PUT", f"tickets/{_id(ticket)}", wanted), 200, "a status")

    def look(self, ticket: Ticket) -> View:
        """See Helpdesk."""
        seen = self._seen(ticket)
        return View(STATES.get(seen["status"]) if seen else None)

    def _opened(self, wanted: dict[str, Any], email: str, key: str) -> http_client.Reply:
        """Return the answer to a new ticket. A requester whom Zendesk refuses costs it the requester, never the ticket.

        Suspended users (`UserSuspended`) and addresses that Zendesk takes for malformed are told by a 422.
        """
        reply = self._call("POST", "tickets", {"ticket": wanted}, **{"Idempotency-Key": key})
        if reply.status == 422 and not {"requester", "requester_id"}.isdisjoint(wanted):
            bare = {name: value for name, value in wanted.items() if name not in {"requester", "requester_id"}}
            bare["comment"] = {"body": wanted["comment"]["body"]}
            bare["subject"] = f"{wanted['subject']} (from {email or 'a user without e-mail'})"
            bare["tags"] = [*wanted["tags"], REFUSED_REQUESTER]
            reply = self._call("POST", "tickets", {"ticket": bare}, **{"Idempotency-Key": f"{key}.bare"})
        _expected(reply, 201, "a new ticket")
        return reply

    def _commented(self, ticket: Ticket, text: str, author: int | None, key: str) -> Said | None:
        """Add a comment and return its id, None when the ticket was closed or deleted meanwhile."""
        by = {} if author is None else {"author_id": author}
        reply = self._comment(ticket, {"body": text, "public": True, **by})
        if reply.status == 422 and author is not None:  # a suspended user may not be named as the author
            reply = self._comment(ticket, {"body": f"The user answered in the app:\n\n{text}", "public": True})
        if reply.status == 404 or (reply.status == 422 and self._is_over(ticket)):
            return None
        _expected(reply, 200, "a comment")
        return Said(_comment_id(reply) or key)

    def _comment(self, ticket: Ticket, comment: dict[str, Any]) -> http_client.Reply:
        return self._call("PUT", f"tickets/{_id(ticket)}", {"ticket": {"comment": comment}})

    def _is_over(self, ticket: Ticket) -> bool:
        seen = self._seen(ticket)
        return seen is None or seen["status"] == CLOSED

    def _said_elsewhere(
        self, ticket: Ticket, closed: dict[str, Any] | None, text: str, key: str, *, by_user: bool
    ) -> Said:
        """Say it in a follow-up of the closed ticket, or in a new ticket where the old one was deleted."""
        if closed is None and not by_user:
            raise Refused("the ticket was deleted at Zendesk; the app shows the reply in the ticket's history")
        wanted = {**_new(replace(ticket, message=text)), "status": STATUSES[ticket.state]}
        if closed:
            wanted["via_followup_source_id"] = closed["id"]
            wanted.pop("requester", None)
            wanted["requester_id"] = closed["requester_id"]
            if by_user:  # else the one who calls is the author
                wanted["comment"]["author_id"] = closed["requester_id"]
        made = self._opened(wanted, ticket.email, key)
        return Said(_comment_id(made) or key, str(made.body["ticket"]["id"]))

    def _seen(self, ticket: Ticket) -> dict[str, Any] | None:
        """Return the ticket as it is there, None when it was deleted."""
        try:
            reply = self._call("GET", f"tickets/{_id(ticket)}")
        except Unavailable as error:
            raise NotSent(str(error)) from error  # reading changes nothing
        found = None if reply.status == 404 else _expected(reply, 200, "a look at a ticket")
        return None if found and found["status"] == "deleted" else found

    def _call(self, method: str, path: str, body: Any = None, **headers: str) -> http_client.Reply:
        """Return the answer; raises NotSent for a 409: another change was made meanwhile, and this one was not.

        https://developer.zendesk.com/api-reference/introduction/requests, "409"; a comment must not be lost by it.
        """
        reply = self._tokens.call(
            lambda token: http_client.call(
                "Zendesk",
                method,
                f"{self._url}/api/v2/{path}.json",
                json=body,
                headers={"Authorization": f"Bearer {token}", **headers},
                final=frozenset({CONFLICT}),
            )
        )
        if reply.status == CONFLICT:
            raise NotSent(f"Zendesk: answered {CONFLICT}")
        return reply


def _id(ticket: Ticket) -> str:
    if not ticket.helpdesk_id:
        raise NotSent("the ticket is not at Zendesk yet")
    return ticket.helpdesk_id


def _expected(reply: http_client.Reply, status: int, what: str) -> dict[str, Any]:
    ticket = reply.body.get("ticket")
    if reply.status != status or not isinstance(ticket, dict):
        raise Refused(f"Zendesk answered {reply.status} to {what}{_why(reply)}")
    return ticket


def _comment_id(reply: http_client.Reply) -> str:
    events = (reply.body.get("audit") or {}).get("events") or []
    return next((str(each["id"]) for each in events if each.get("type") == "Comment"), "")


def _why(reply: http_client.Reply) -> str:
    """Return the fields that Zendesk names in a refusal, with their codes: never the values, which are a user's."""
    details = reply.body.get("details")
    wrong = [
        f"{name}: {each.get('error', 'no code')}"
        for name, found in (details.items() if isinstance(details, dict) else ())
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    ]
    return f" ({', '.join(wrong)[:200]})" if wrong else ""


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

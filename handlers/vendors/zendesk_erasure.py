"""A person's tickets and account at Zendesk: found, read, and deleted for good.

An end user who asked for a ticket that is not closed cannot be deleted, so tickets go first; both are deleted twice:
once from what the team sees, and then permanently
(https://support.zendesk.com/hc/en-us/articles/4408821737498-Deleting-users, and "Permanently Delete User" and "Delete
Ticket Permanently" of https://developer.zendesk.com/api-reference/ticketing/, read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.outside import http_client
from handlers.outside.http_client import Refused, Reply
from handlers.outside.secret_cache import SecretCache
from handlers.vendors.zendesk_tokens import ZendeskTokens

SCOPE = "read write"  # Zendesk names no narrower scope for what is deleted already
TICKET, USER = "ticket", "user"
END_USER = "end-user"
GONE = frozenset({200, 204, 404})


class ZendeskErasure:
    """Finds and deletes them; `url` is where the API is, by default that of the subdomain.

    Every method raises Unavailable when it may work later, Refused when Zendesk will not do it.
    """

    def __init__(self, secret_cache: SecretCache, subdomain: str, url: str = "") -> None:
        self._url = url or f"https://{subdomain}.zendesk.com"
        self._tokens = ZendeskTokens(secret_cache, self._url, scope=SCOPE)

    def find(self, ticket_id: str) -> tuple[str, ...]:
        """Return what Zendesk has of one of our tickets: `ticket:ID`, follow-ups too, and `user:ID`, tickets first."""
        reply = self._call("GET", f"tickets.json?external_id={ticket_id}")
        if reply.status != 200:
            raise Refused(f"Zendesk answered {reply.status} to the question for {ticket_id}")
        found = reply.body.get("tickets") or []
        users = dict.fromkeys(each["requester_id"] for each in found if each.get("requester_id"))
        return (*(f"{TICKET}:{each['id']}" for each in found), *(f"{USER}:{each}" for each in users))

    def read(self, thing: str) -> Mapping[str, Any]:
        """Return what Zendesk has of what `find` returned, a ticket with all that was said in it; nothing when gone."""
        kind, _, id_ = thing.partition(":")
        reply = self._call("GET", f"{kind}s/{id_}.json")
        if reply.status == 404:
            return {}
        if reply.status != 200:
            raise Refused(f"Zendesk answered {reply.status} to the question for {thing}")
        found = dict(reply.body.get(kind) or {})
        return found if kind == USER else {**found, "comments": list(self._comments(id_))}

    def _comments(self, ticket: str) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            reply = self._call("GET", f"tickets/{ticket}/comments.json?page={page}")
            yield from reply.body.get("comments") or ()
            if not reply.body.get("next_page"):
                return
            page += 1

    def erase(self, thing: str) -> None:
        """Delete what `find` returned for good; what is gone already is no mistake."""
        kind, _, id_ = thing.partition(":")
        if kind == USER and not self._is_end_user(id_):
            return
        for path in (f"{kind}s/{id_}.json", f"deleted_{kind}s/{id_}.json"):
            reply = self._call("DELETE", path)
            if reply.status not in GONE:
                raise Refused(f"Zendesk answered {reply.status} to the deletion of {thing}: {_sentence(reply)}")

    def _is_end_user(self, id_: str) -> bool:
        """Tell whether it is an end user, or one who is deleted already; raises Refused for somebody of the team."""
        reply = self._call("GET", f"users/{id_}.json")
        user = reply.body.get("user") or {}
        if reply.status == 200 and user.get("role") != END_USER:
            raise Refused(f"{USER}:{id_} is {user.get('role')} at Zendesk and not an end user")
        return reply.status in {200, 404}

    def _call(self, method: str, path: str) -> Reply:
        return self._tokens.call(
            lambda token: http_client.call(
                "Zendesk", method, f"{self._url}/api/v2/{path}", headers={"Authorization": f"Bearer {token}"}
            )
        )


def _sentence(reply: Reply) -> str:
    """Return why, without addresses: Zendesk explains at `details.base`, or in `description`."""
    details = reply.body.get("details")
    listed = details.get("base") if isinstance(details, dict) else None
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    said = first.get("description") or reply.body.get("description") or reply.body.get("error") or "without a sentence"
    return http_client.without_addresses(str(said))

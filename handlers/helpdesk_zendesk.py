"""Tickets at Zendesk, created under an idempotency key."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from handlers import roles, web
from handlers.secrets import Vault
from handlers.tickets import Ticket
from handlers.web import Refused

REPLAY_WINDOW = timedelta(hours=2)  # how long Zendesk knows a key (developer.zendesk.com, "Idempotency")


class Zendesk:
    """The helpdesk at Zendesk; `url` is where its API is, by default that of the subdomain.

    The secret is what Zendesk calls basic authentication with an API token: `AGENT_EMAIL/token:API_TOKEN`.
    """

    def __init__(self, vault: Vault, subdomain: str, url: str = "") -> None:
        self._vault = vault
        self._url = url or f"https://{subdomain}.zendesk.com"

    def open(self, ticket: Ticket, key: str) -> str:
        """Create the ticket and return its id there; the same within REPLAY_WINDOW when `key` was seen before.

        Raises Unavailable when it may work later, Refused when Zendesk will never take it.
        """
        reply = web.with_secret(
            self._vault,
            roles.ZENDESK_TOKEN,
            lambda credentials: web.call(
                "Zendesk",
                "POST",
                f"{self._url}/api/v2/tickets.json",
                json={"ticket": _body(ticket)},
                headers={"Authorization": f"Basic {_basic(credentials)}", "Idempotency-Key": key},
            ),
        )
        if reply.status != 201 or "ticket" not in reply.body:
            raise Refused(f"Zendesk answered {reply.status} to a new ticket")
        return str(reply.body["ticket"]["id"])


def _body(ticket: Ticket) -> dict[str, Any]:
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

"""Zendesk when two change a ticket at once: what the user said is neither lost nor said twice."""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.failures import NotSent
from handlers.support.tickets import Ticket
from handlers.vendors.zendesk import Zendesk

TICKET = Ticket("tkt_1", "u1", "ada@acme.test", "Help", "please", helpdesk_id="7")


@pytest.fixture
def zendesk(serve, secret_cache):
    """An adapter to a Zendesk in which somebody else changes the ticket whenever we do."""
    ticket = {"ticket": {"id": 7, "status": "open", "requester_id": 1}}
    token = {"access_token": "t", "expires_in": 300}
    routes = [
        Route("/oauth/tokens", lambda _: JSONResponse(token), methods=["POST"]),
        Route("/api/v2/tickets/7.json", lambda _: JSONResponse(ticket), methods=["GET"]),
        Route("/api/v2/tickets/7.json", lambda _: JSONResponse({"error": "Conflict"}, 409), methods=["PUT"]),
    ]
    return Zendesk(secret_cache, "acme", serve(routes))


def test_a_comment_that_met_another_change_was_certainly_not_said_and_is_said_again(zendesk):
    with pytest.raises(NotSent, match="409"):
        zendesk.say(TICKET, "and one thing more", "key", by_user=True)

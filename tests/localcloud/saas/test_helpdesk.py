"""The helpdesk: Zendesk's rules, and our adapter on it."""

from __future__ import annotations

import pytest

from handlers.failures import NotSent
from handlers.support.helpdesk import View
from handlers.support.tickets import Ticket, TicketState
from handlers.vendors.zendesk import Zendesk

TICKETS = "/api/v2/tickets.json"


class Client:
    """An OAuth client's id and secret, as Secret Manager holds them."""

    def __init__(self, secret="secret-of-the-client"):
        self._kept = {"zendesk-client-id": ("tests",), "zendesk-client-secret": (secret,)}

    def values(self, name):
        return self._kept[name]


def ticket(**changes):
    return {"ticket": {"subject": "Help", "comment": {"body": "It is broken 🦜"}, **changes}}


def test_our_adapter_opens_one_ticket_a_key(helpdesk):
    zendesk = Zendesk(Client(), "acme", helpdesk.url)
    wanted = Ticket("tkt_1", "u1", "ada@acme.test", "Héllo 👋", "🦜" * 5_000)
    first, again = zendesk.open(wanted, "key-a"), zendesk.open(wanted, "key-a")
    assert first == again
    found = helpdesk("GET", f"{TICKETS}?external_id=tkt_1").json()
    assert found["count"] == 1
    assert (found["tickets"][0]["subject"], found["tickets"][0]["description"]) == ("Héllo 👋", "🦜" * 5_000)


def test_our_adapter_says_and_shows_what_happened_here(helpdesk):
    zendesk = Zendesk(Client(), "acme", helpdesk.url)
    opened = zendesk.open(Ticket("tkt_3", "u3", "eve@acme.test", "s", "m"), "key-d")
    ticket = Ticket("tkt_3", "u3", "eve@acme.test", "s", "m", helpdesk_id=opened, state=TicketState.WAITING)
    said = [zendesk.say(ticket, text, "k", by_user=by_user) for text, by_user in (("Which? 📱", False), ("This", True))]
    zendesk.show(ticket)
    assert zendesk.look(ticket) == View(TicketState.WAITING)
    there = helpdesk("GET", f"/api/v2/tickets/{opened}.json").json()["ticket"]
    comments = helpdesk("GET", f"/api/v2/tickets/{opened}/comments.json").json()["comments"][1:]
    assert there["status"] == "pending"
    assert [str(each["id"]) for each in comments] == [each.comment_id for each in said]
    assert [(each["body"], each["author_id"] == there["requester_id"]) for each in comments] == [
        ("Which? 📱", False),
        ("This", True),
    ]


def test_our_adapter_does_not_touch_a_status_that_means_the_same(helpdesk):
    zendesk = Zendesk(Client(), "acme", helpdesk.url)
    opened = zendesk.open(Ticket("tkt_4", "u4", "", "s", "m"), "key-e")
    helpdesk("PUT", f"/api/v2/tickets/{opened}.json", {"ticket": {"status": "hold"}})
    zendesk.show(Ticket("tkt_4", "u4", "", "s", "m", helpdesk_id=opened, state=TicketState.ASSIGNED))
    assert helpdesk("GET", f"/api/v2/tickets/{opened}.json").json()["ticket"]["status"] == "hold"


def test_our_adapter_waits_until_the_ticket_is_there(helpdesk):
    with pytest.raises(NotSent):
        Zendesk(Client(), "acme", helpdesk.url).say(Ticket("t", "u", "", "s", "m"), "text", "k", by_user=False)


def test_our_adapter_opens_a_ticket_for_a_user_without_an_address(helpdesk):
    assert Zendesk(Client(), "acme", helpdesk.url).open(Ticket("tkt_2", "u2", "", "s", "m"), "key-b")


def test_a_key_with_another_body_is_refused(helpdesk):
    assert helpdesk("POST", TICKETS, ticket(), **{"Idempotency-Key": "k1"}).headers["X-Idempotency-Lookup"] == "miss"
    assert helpdesk("POST", TICKETS, ticket(), **{"Idempotency-Key": "k1"}).headers["X-Idempotency-Lookup"] == "hit"
    other = helpdesk("POST", TICKETS, ticket(subject="Other"), **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")


def test_a_ticket_moves_on_until_it_is_closed(helpdesk):
    made = helpdesk("POST", TICKETS, ticket(requester={"name": "Ada", "email": "ada@acme.test"})).json()["ticket"]
    path = f"/api/v2/tickets/{made['id']}.json"
    reply = {"ticket": {"status": "pending", "comment": {"body": "Which phone?"}}}
    assert helpdesk("PUT", path, reply).json()["ticket"]["status"] == "pending"
    comments = helpdesk("GET", f"/api/v2/tickets/{made['id']}/comments.json").json()["comments"]
    assert [each["body"] for each in comments] == ["It is broken 🦜", "Which phone?"]
    helpdesk("PUT", path, {"ticket": {"status": "closed"}})
    assert helpdesk("PUT", path, {"ticket": {"status": "open"}}).status_code == 422
    assert helpdesk("GET", path).json()["ticket"]["status"] == "closed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"ticket": []}, 400),
        (ticket(comment={"body": " "}), 422),
        ({"ticket": {"subject": "no comment"}}, 422),
        (ticket(status="lost"), 422),
        (ticket(requester={"email": "new@acme.test"}), 422),
        (ticket(requester={"name": "x", "email": "nowhere"}), 422),
        (ticket(subjcet="typo"), 501),
    ],
)
def test_a_ticket_that_is_not_valid_is_refused(helpdesk, body, status):
    assert helpdesk("POST", TICKETS, body).status_code == status


def test_what_is_not_there_or_not_done_is_said(helpdesk):
    assert helpdesk("GET", "/api/v2/tickets/999999.json").status_code == 404
    assert helpdesk("GET", "/api/v2/users.json").status_code == 501
    assert helpdesk("GET", f"{TICKETS}?page=none").status_code == 400

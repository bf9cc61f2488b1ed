"""Tickets that are over at the helpdesk, and requesters whom it refuses: our adapter loses nobody's words."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from handlers.outside.http_client import Refused
from handlers.support.helpdesk import View
from handlers.support.tickets import Ticket, TicketState
from handlers.vendors.zendesk import Zendesk

COUNT = itertools.count(1)


class Client:
    def values(self, name):
        return ("tests",) if name == "zendesk-client-id" else ("secret-of-the-client",)


@pytest.fixture
def zendesk(helpdesk):
    return Zendesk(Client(), "acme", helpdesk.url)


@pytest.fixture
def ticket(zendesk):
    """A ticket that is there, of a user of its own."""
    number = next(COUNT)
    wanted = Ticket(f"tkt_end{number}", f"u{number}", f"user{number}@acme.test", "Help", "It is broken")
    return replace(wanted, helpdesk_id=zendesk.open(wanted, f"end-{number}"), state=TicketState.ASSIGNED)


def there(helpdesk, number):
    return helpdesk("GET", f"/api/v2/tickets/{number}.json").json()["ticket"]


def words(helpdesk, number):
    found = helpdesk("GET", f"/api/v2/tickets/{number}/comments.json").json()["comments"]
    return [(each["body"], each["author_id"]) for each in found]


def close(helpdesk, ticket):
    helpdesk("PUT", f"/api/v2/tickets/{ticket.helpdesk_id}.json", {"ticket": {"status": "closed"}})


def merge(helpdesk, ticket):
    into = helpdesk("POST", "/api/v2/tickets.json", {"ticket": {"comment": {"body": "main"}}}).json()["ticket"]["id"]
    number = int(ticket.helpdesk_id)
    assert helpdesk("POST", f"/api/v2/tickets/{into}/merge.json", {"ids": [number]}).status_code == 200


def delete(helpdesk, ticket):
    assert helpdesk("DELETE", f"/api/v2/tickets/{ticket.helpdesk_id}.json").status_code == 204


def suspend(helpdesk, email):
    (user,) = helpdesk("GET", f"/api/v2/users/search.json?query={email}").json()["users"]
    helpdesk("PUT", f"/api/v2/users/{user['id']}.json", {"user": {"suspended": True}})


@pytest.mark.parametrize("end", [close, merge])
def test_what_a_user_says_after_a_ticket_was_closed_becomes_a_follow_up(helpdesk, zendesk, ticket, end):
    end(helpdesk, ticket)
    said = zendesk.say(ticket, "Again 🦜", f"{ticket.id}.c", by_user=True)
    assert said.helpdesk_id not in {"", ticket.helpdesk_id}
    source, follow_up = there(helpdesk, ticket.helpdesk_id), there(helpdesk, said.helpdesk_id)
    assert follow_up["via_followup_source_id"] == source["id"]
    assert (follow_up["external_id"], follow_up["status"]) == (ticket.id, "open")
    assert follow_up["requester_id"] == source["requester_id"]
    assert words(helpdesk, said.helpdesk_id) == [("Again 🦜", source["requester_id"])]


def test_a_reply_of_the_team_to_a_closed_ticket_becomes_a_follow_up_of_an_agents(helpdesk, zendesk, ticket):
    close(helpdesk, ticket)
    said = zendesk.say(replace(ticket, state=TicketState.WAITING), "Which?", f"{ticket.id}.r", by_user=False)
    follow_up = there(helpdesk, said.helpdesk_id)
    assert follow_up["status"] == "pending"
    assert words(helpdesk, said.helpdesk_id) == [("Which?", 1)]
    assert follow_up["requester_id"] == there(helpdesk, ticket.helpdesk_id)["requester_id"] != 1


def test_a_follow_up_is_opened_once_a_key(helpdesk, zendesk, ticket):
    close(helpdesk, ticket)
    first, again = (zendesk.say(ticket, "Again", f"{ticket.id}.c", by_user=True) for _ in range(2))
    assert first == again


def test_what_a_user_says_after_a_ticket_was_deleted_opens_a_new_one(helpdesk, zendesk, ticket):
    delete(helpdesk, ticket)
    said = zendesk.say(ticket, "Again", f"{ticket.id}.c", by_user=True)
    new = there(helpdesk, said.helpdesk_id)
    assert (new["external_id"], new.get("via_followup_source_id")) == (ticket.id, None)
    assert words(helpdesk, said.helpdesk_id) == [("Again", new["requester_id"])]


def test_a_reply_to_a_deleted_ticket_is_refused_with_where_the_user_reads_it(helpdesk, zendesk, ticket):
    delete(helpdesk, ticket)
    with pytest.raises(Refused, match="deleted at Zendesk; the app shows the reply"):
        zendesk.say(ticket, "Which?", f"{ticket.id}.r", by_user=False)


@pytest.mark.parametrize(("end", "seen"), [(close, TicketState.RESOLVED), (delete, None)])
def test_a_ticket_that_is_over_is_left_as_it_is(helpdesk, zendesk, ticket, end, seen):
    end(helpdesk, ticket)
    zendesk.show(ticket)
    assert zendesk.look(ticket) == View(seen)


def test_a_suspended_user_still_gets_a_ticket(helpdesk, zendesk, ticket):
    suspend(helpdesk, ticket.email)
    opened = zendesk.open(replace(ticket, id=f"{ticket.id}b", helpdesk_id=""), f"{ticket.id}.again")
    found = there(helpdesk, opened)
    assert found["subject"] == f"Help (from {ticket.email})"
    assert found["tags"] == ["launch_app", "launch_requester_refused"]
    assert words(helpdesk, opened) == [("It is broken", None)]


@pytest.mark.parametrize("address", ["ada@localhost", "ada@acme..test", "ada bea@acme.test"])
def test_an_address_that_zendesk_takes_for_malformed_never_costs_the_ticket(helpdesk, zendesk, address):
    number = next(COUNT)
    opened = zendesk.open(Ticket(f"tkt_end{number}", "u", address, "Help", "Broken"), f"end-{number}")
    assert there(helpdesk, opened)["subject"] == f"Help (from {address})"


def test_the_words_of_a_user_who_was_suspended_meanwhile_are_said_in_the_agents_name(helpdesk, zendesk, ticket):
    suspend(helpdesk, ticket.email)
    said = zendesk.say(ticket, "Again", f"{ticket.id}.c", by_user=True)
    assert words(helpdesk, ticket.helpdesk_id)[-1] == ("The user answered in the app:\n\nAgain", 1)
    assert said.helpdesk_id == ""


def test_a_suspended_users_words_after_the_end_become_a_follow_up_too(helpdesk, zendesk, ticket):
    close(helpdesk, ticket)
    suspend(helpdesk, ticket.email)
    said = zendesk.say(ticket, "Again", f"{ticket.id}.c", by_user=True)
    assert there(helpdesk, said.helpdesk_id)["via_followup_source_id"] == int(ticket.helpdesk_id)
    assert words(helpdesk, said.helpdesk_id) == [("Again", 1)]


def test_the_number_of_a_ticket_that_is_not_closed_makes_no_follow_up(helpdesk, ticket):
    wanted = {"comment": {"body": "x"}, "via_followup_source_id": int(ticket.helpdesk_id)}
    made = helpdesk("POST", "/api/v2/tickets.json", {"ticket": wanted}).json()["ticket"]
    assert "via_followup_source_id" not in made

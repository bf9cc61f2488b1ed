"""The team's door over HTTP."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import requests

from handlers.doors.routing import route
from handlers.doors.staff_requests import StaffDoor
from handlers.failures import Rejected
from handlers.outside.firebase_accounts import Account
from handlers.senders.id_tokens import Person
from handlers.support import tickets
from handlers.support.tickets import Ticket
from handlers.work.acceptor import Acceptor

TICKET = tickets.id_for("int_1")


class Team:
    """An identity that takes the token for the user id; who is called staff is."""

    def verify(self, authorization):
        if not authorization:
            raise Rejected(401, "no_token", "no token")
        user_id = authorization.removeprefix("Bearer ")
        return Person(user_id, f"{user_id}@acme.test", user_id.startswith("staff"), signed_in=1_000.0)


@pytest.fixture
def door(serve, documents, queue, accounts, clock, log):
    for write in tickets.opened(Ticket(TICKET, "u1", "ada@acme.test", "s", "m"), "c1", clock()):
        documents.create(write.path, write.fields)
    staff = StaffDoor(Team(), Acceptor(documents, queue, clock, log), accounts)
    accounts.kept |= {user: Account(user, claims={"staff": True}) for user in ("staff1", "staff2")}
    return SimpleNamespace(
        url=serve([route("/v1/tickets/{ticket_id}/{kind}", staff, log)]),
        documents=documents,
        queue=queue,
        accounts=accounts,
    )


def command(door, kind="assign", user="staff1", ticket=TICKET, **body):
    headers = {"Authorization": f"Bearer {user}"} if user else {}
    return requests.post(f"{door.url}/v1/tickets/{ticket}/{kind}", json={"id": "a", **body}, headers=headers, timeout=5)


def test_a_command_is_accepted_once_and_known_afterwards_however_the_ticket_stands_then(door):
    first = command(door, to="cleo@acme.test")
    door.documents.kept[tickets.path(TICKET)]["state"] = "resolved"
    again = command(door, to="cleo@acme.test")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    (record,) = door.documents.of("inbox").values()
    assert (record["source"], record["kind"], record["email"]) == ("staff", "assign", "staff1@acme.test")
    assert json.loads(record["body"])["to"] == "cleo@acme.test"
    assert [task.service for task in door.queue.sent] == ["support-ticket"]


@pytest.mark.parametrize(("user", "status"), [("", 401), ("u1", 403), ("mallory", 403)])
def test_nobody_but_the_team_comes_in_and_nothing_is_kept(door, user, status):
    assert command(door, user=user).status_code == status
    assert not door.documents.of("inbox")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ticket": "tkt_" + "0" * 24}, 404),
        ({"ticket": "users"}, 404),
        ({"kind": "refund"}, 404),
        ({"kind": "resolve"}, 409),
        ({"kind": "reply"}, 400),
        ({"kind": "reply", "text": "x" * 20_001}, 400),
        ({"kind": "reply", "text": "x"}, 409),
        ({"to": 7}, 400),
        ({"id": "a/b"}, 400),
        ({"id": None}, 400),
    ],
)
def test_a_command_that_is_wrong_or_comes_at_the_wrong_time_is_a_4xx_and_keeps_nothing(door, change, status):
    assert command(door, **change).status_code == status
    assert not door.documents.of("inbox")


def test_a_refusal_says_what_the_ticket_takes(door):
    message = command(door, "resolve").json()["error"]["message"]
    assert message == "a ticket that is new takes no resolve: it takes assign"


@pytest.mark.parametrize(
    "present",
    [
        None,
        Account("staff1", claims={}),
        Account("staff1", claims={"staff": True}, disabled=True),
        Account("staff1", claims={"staff": True}, valid_since=1_001.0),
    ],
    ids=["the account is gone", "the claim is gone", "disabled", "signed out everywhere"],
)
def test_a_token_that_is_still_valid_does_not_let_in_who_left_the_team(door, present):
    door.accounts.kept = {"staff1": present} if present else {}
    answer = command(door)
    assert (answer.status_code, "not of the team any more" in answer.text) == (403, True)
    assert not door.documents.of("inbox")


def test_while_firebase_cannot_be_asked_nobody_comes_in(door):
    door.accounts.is_down = True
    assert command(door).status_code == 503

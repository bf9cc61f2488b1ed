"""A ticket that the team closed, deleted or merged, and what the user says then, by the public door."""

from __future__ import annotations

from dataclasses import replace

from blueprint.finding import Status
from flows import accept, helpdesk, scene
from flows.device import ANSWER, SUPPORT, Intent, event_id, signed_in
from flows.waiting import wait_for
from handlers.support import tickets


def test_the_answer_to_a_closed_ticket_reaches_the_team(stage):
    (found,) = accept.play(replace(stage, run="ended"), ["edge.ended_ticket"])
    assert (found.status, found.observed) == (Status.PASS, found.observed)


def test_the_answer_to_a_deleted_ticket_opens_a_new_one(stage):
    with scene.set_up(replace(stage, run="deleted")) as opened:
        user, at = signed_in(opened, "asker"), helpdesk.of(opened)
        asked = user.send(Intent(SUPPORT, "request", {"subject": "Help", "message": "It broke."}))
        ticket_id = tickets.id_for(event_id(asked))
        (old,), _ = wait_for(lambda: at.tickets(ticket_id), bool, 20)
        wait_for(lambda: opened.record(tickets.path(ticket_id)).get("helpdeskId"), bool, 20)
        opened.vendors.delete_at_helpdesk(old.id)
        assert user.send(Intent(ANSWER, "again", {"ticketId": ticket_id, "message": "Still 🦜"})).status == 202
        (new,), _ = wait_for(lambda: at.tickets(ticket_id), bool, 20)
        assert (new.text, new.id != old.id) == ("Still 🦜", True)
        moved, _ = wait_for(
            lambda: opened.record(tickets.path(ticket_id)).get("helpdeskId"), lambda kept: kept == new.id, 20
        )
        assert moved == new.id


def test_a_request_of_a_user_whom_the_helpdesk_suspended_reaches_the_team(stage):
    with scene.set_up(replace(stage, run="suspended")) as opened:
        user, at = signed_in(opened, "asker"), helpdesk.of(opened)
        first = user.send(Intent(SUPPORT, "request", {"subject": "Help", "message": "It broke."}))
        wait_for(lambda: at.tickets(tickets.id_for(event_id(first))), bool, 20)
        opened.vendors.suspend_at_helpdesk(user.email)
        second = user.send(Intent(SUPPORT, "more", {"subject": "Help", "message": "It broke again."}))
        there, _ = wait_for(lambda: at.tickets(tickets.id_for(event_id(second))), bool, 20)
        assert [each.text for each in there] == ["It broke again."]

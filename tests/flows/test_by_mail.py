"""Where the team's mailbox is the helpdesk, and mail goes by Resend or by any SMTP server, all is as with Zendesk."""

from __future__ import annotations

from dataclasses import replace

from blueprint.finding import Status
from flows import accept, helpdesk, play, scene
from flows.device import SUPPORT, Intent, event_id, signed_in
from flows.waiting import wait_for
from handlers.support import tickets

CRITERIA = (
    *("ticket.fast", "edge.text", "edge.ended_ticket", "mail.arrives"),
    *("replay", "network", "edge.offline_queue", "charge.failed"),
)


def test_every_flow_passes(stage_by_mail):
    found = play(stage_by_mail)
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}


def test_the_criteria_about_tickets_and_mails_are_met(stage_by_mail):
    found = accept.play(stage_by_mail, CRITERIA)
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}


def test_the_users_are_told_by_mail_what_the_team_answered_and_nothing_else(stage_by_mail):
    with scene.set_up(replace(stage_by_mail, run="answered")) as opened:
        user = signed_in(opened, "asker")
        request = user.send(Intent(SUPPORT, "request", {"subject": "Help 👋", "message": "It broke."}))
        ticket_id, at = tickets.id_for(event_id(request)), helpdesk.of(opened)
        wait_for(lambda: at.tickets(ticket_id), bool, 20)
        assert at.replies(ticket_id) == []
        at.answer(ticket_id, "Which phone\nis it? 📱")
        wait_for(lambda: at.replies(ticket_id), bool, 20)
        assert at.replies(ticket_id) == ["Which phone\nis it? 📱"]
        assert [each.text for each in at.tickets(ticket_id)] == ["It broke."]
        assert at.notifications(ticket_id) == 1

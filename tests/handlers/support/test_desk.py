"""`support-ticket` at work: what the user, the team and the helpdesk do, in whatever order it arrives."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from handlers.failures import NotSent, NotYet, Unavailable
from handlers.outside.http_client import Refused
from handlers.support import tickets
from handlers.support.desk import Desk
from handlers.support.helpdesk import TicketComment, TicketOpening, TicketStateUpdate
from handlers.support.ticket_decisions import SupportTerms
from handlers.support.tickets import TicketState
from handlers.vendors.email_helpdesk import EmailHelpdesk
from handlers.work import inbox, outbox
from handlers.work.effects import Notification
from handlers.work.inbox import Event
from handlers.work.outbox import EffectState
from handlers.work.worker import Worker

REQUEST = {"id": "a", "data": {"subject": "Héllo 👋", "message": "It does not start 🦜"}}
TICKET = tickets.id_for("int_1")


class Support:
    """One service, and what reaches it."""

    def __init__(self, worker, documents, helpdesk):
        self.worker = worker
        self.documents = documents
        self.helpdesk = helpdesk
        self.count = 0

    def receive(self, source, kind, body, user_id="", email=""):
        self.count += 1
        event = Event(f"e{self.count}" if source != "intent" else f"int_{self.count}", source, kind,
                      json.dumps(body, ensure_ascii=False), "c1", user_id, email)  # fmt: skip
        inbox.store(self.documents, event, inbox.EventState.RECEIVED, self.worker.clock())
        return event.id

    def process(self, *event):
        id_ = self.receive(*event)
        self.worker.process(id_)
        self.perform(id_)
        return id_

    def perform(self, event_id):
        """Do what the queues would do; each effect is tried, then the first trouble is raised."""
        troubles = []
        for effect_id in self.documents.kept[inbox.path(event_id)]["effects"]:
            try:
                self.worker.perform(effect_id)
            except Unavailable as trouble:
                troubles.append(trouble)
        if troubles:
            raise troubles[0]

    def ask(self):
        self.process("intent", "support_requested", REQUEST, "u1", "ada@acme.test")

    def answer(self, text, user_id="u1"):
        body = {"id": "b", "data": {"ticketId": TICKET, "message": text}}
        return self.process("intent", "support_answered", body, user_id)

    def command(self, act, text="", to=""):
        body = {"id": "c", "ticketId": TICKET, "text": text, "to": to}
        return self.process("staff", act, body, "staff1", "ben@acme.test")

    def tells(self, kind="status_changed", comment=None):
        event = {"comment": {"id": "c77", "is_public": True, **comment}} if comment else {}
        detail = {"id": "1", "external_id": TICKET}
        return ("zendesk", kind, {"id": f"z{self.count}", "type": kind, "detail": detail, "event": event})

    @property
    def ticket(self):
        return self.documents.kept[tickets.path(TICKET)]

    @property
    def assignee(self):
        return self.documents.kept[f"{tickets.path(TICKET)}/internal/desk"]["assignee"]

    @property
    def history(self):
        steps = self.documents.of(f"{tickets.path(TICKET)}/history")
        return [(step["act"], step["state"], step.get("text", "")) for _, step in sorted(steps.items())]

    def reason(self, event_id):
        return self.documents.kept[inbox.path(event_id)]["reason"]


def service(documents, queue, helpdesk, mailer, clock, log):
    desk = Desk(documents, helpdesk, SupportTerms("team@acme.test", helpdesk.keeps_state), clock)
    performers = {
        "helpdesk_ticket": TicketOpening(documents, helpdesk),
        "helpdesk_comment": TicketComment(documents, helpdesk),
        "helpdesk_state": TicketStateUpdate(documents, helpdesk),
        "notification": Notification(mailer, mailer.replay_window),
    }
    return Support(Worker(documents, queue, desk.prepare, performers, clock, log), documents, helpdesk)


@pytest.fixture
def desk(documents, queue, helpdesk, mailer, clock, log):
    return service(documents, queue, helpdesk, mailer, clock, log)


@pytest.fixture
def by_mail(documents, queue, mailer, clock, log):
    return service(documents, queue, EmailHelpdesk(mailer, "team@acme.test"), mailer, clock, log)


def test_the_users_record_names_the_thread_even_before_the_signup_arrives(desk):
    desk.ask()
    assert desk.documents.kept["users/u1"] == {"supportThreadId": "1"}


def test_a_reply_of_the_team_is_said_and_shown_at_the_helpdesk(desk):
    desk.ask()
    desk.command("assign", to="cleo@acme.test")
    desk.command("reply", "Which phone? 📱")
    assert desk.helpdesk.comments == [("1", "Which phone? 📱", False)]
    assert desk.helpdesk.states == {"1": TicketState.WAITING}
    assert (desk.ticket["state"], desk.assignee) == ("waiting_on_user", "cleo@acme.test")
    assert desk.history[-1] == ("reply", "waiting_on_user", "Which phone? 📱")
    assert desk.ticket["telling"] == []


def test_the_users_answer_comes_back_to_the_team_and_reopens_what_was_resolved(desk):
    desk.ask()
    desk.command("assign")
    desk.command("resolve")
    desk.answer("Still broken")
    assert (desk.ticket["state"], desk.assignee) == ("assigned", "ben@acme.test")
    assert desk.helpdesk.comments == [("1", "Still broken", True)]
    assert desk.helpdesk.states == {"1": TicketState.ASSIGNED}


def test_no_one_answers_in_anothers_ticket(desk):
    desk.ask()
    refused = desk.answer("let me in", user_id="mallory")
    assert desk.documents.kept[inbox.path(refused)]["state"] == "ignored"
    assert desk.history == [("open", "new", "")]


def test_a_command_that_the_ticket_does_not_take_changes_nothing_and_says_why(desk):
    desk.ask()
    refused = desk.command("resolve")
    assert "a ticket that is new takes no resolve: it takes assign" in desk.reason(refused)
    assert desk.ticket["state"] == "new"


def test_the_record_follows_what_an_agent_did_at_the_helpdesk_step_by_step(desk):
    desk.ask()
    desk.helpdesk.states["1"] = TicketState.RESOLVED
    desk.process(*desk.tells())
    assert [state for _, state, _ in desk.history] == ["new", "assigned", "resolved"]
    assert desk.helpdesk.comments == []


def test_events_of_the_helpdesk_may_come_twice_late_and_out_of_order(desk):
    desk.ask()
    desk.helpdesk.states["1"] = TicketState.WAITING
    for _ in range(3):
        desk.process(*desk.tells())
    assert [state for _, state, _ in desk.history] == ["new", "assigned", "waiting_on_user"]


def test_what_was_said_at_the_helpdesk_is_told_in_the_history(desk):
    desk.ask()
    desk.helpdesk.states["1"] = TicketState.WAITING
    desk.process(*desk.tells("comment_added", {"body": "Which phone?", "author": {"id": 9, "is_staff": True}}))
    desk.helpdesk.states["1"] = TicketState.ASSIGNED
    desk.process(*desk.tells("comment_added", {"body": "This one 📱", "author": {"id": 7, "is_staff": False}}))
    desk.helpdesk.states["1"] = TicketState.RESOLVED
    desk.process(*desk.tells())
    desk.process(*desk.tells("comment_added", {"body": "One more thing", "author": {"id": 9, "is_staff": True}}))
    assert desk.history[2:] == [
        ("reply", "waiting_on_user", "Which phone?"),
        ("answer", "assigned", "This one 📱"),
        ("resolve", "resolved", ""),
        ("note", "resolved", "One more thing"),
    ]


def test_what_the_team_keeps_to_itself_at_the_helpdesk_is_not_told(desk):
    desk.ask()
    secret = {"body": "This user is a pain", "is_public": False, "author": {"id": 9, "is_staff": True}}
    ignored = desk.process(*desk.tells("comment_added", secret))
    assert desk.history == [("open", "new", "")]
    assert desk.reason(ignored) == "the record says so already"


def test_what_a_user_reads_names_nobody_of_the_team_and_holds_no_internal_note(desk):
    desk.ask()
    desk.command("assign", to="cleo@acme.test")
    desk.command("reply", "Which phone?")
    desk.answer("This one")
    note = {"ticket_id": TICKET, "by": "cleo@acme.test", "text": "This user is a pain"}
    desk.process("helpdesk", "ticket.noted", {"type": "ticket.noted", "data": note})
    desk.process("helpdesk", "ticket.assigned", {"type": "ticket.assigned", "data": {**note, "to": "dan@acme.test"}})
    read = {path: fields for path, fields in desk.documents.kept.items() if path.startswith(tickets.path(TICKET))}
    public = {path: fields for path, fields in read.items() if "/" not in path[8:] or "/history/" in path}
    assert not [word for word in ("cleo@", "ben@", "dan@", "staff1", "a pain") if word in repr(public)]
    internal = repr(read)
    assert "cleo@" in internal
    assert "a pain" in internal
    assert [step["by"] for _, step in sorted(desk.documents.of(f"{tickets.path(TICKET)}/history").items())] == [
        "u1",
        "team",
        "team",
        "u1",
        "team",
        "team",
    ]
    assert desk.history[1:5] == [
        ("assign", "assigned", ""),
        ("reply", "waiting_on_user", "Which phone?"),
        ("answer", "assigned", "This one"),
        ("note", "assigned", ""),
    ]


def test_our_own_comment_coming_back_from_the_helpdesk_is_not_told_twice(desk):
    desk.ask()
    desk.command("assign")
    desk.command("reply", "Which phone?")
    echo = {"id": "c1", "body": "Which phone?", "author": {"id": 9, "is_staff": True}}
    desk.process(*desk.tells("comment_added", echo))
    assert [text for _, _, text in desk.history if text] == ["Which phone?"]


def test_an_event_of_the_helpdesk_waits_while_our_own_move_is_on_its_way(desk):
    desk.ask()
    desk.helpdesk.fault = Unavailable("Zendesk: answered 503")
    with suppress(Unavailable):
        desk.command("assign")
    desk.helpdesk.fault = None
    early = desk.receive(*desk.tells())
    with pytest.raises(NotYet):
        desk.worker.process(early)
    desk.worker.perform("e2.state")
    desk.worker.process(early)
    assert desk.ticket["state"] == "assigned"


def test_a_move_that_happens_between_the_look_and_the_decision_makes_it_look_again(desk):
    desk.ask()
    look = desk.helpdesk.look

    def overtaken(ticket):
        desk.helpdesk.look = look
        seen = look(ticket)
        desk.command("assign")
        return seen

    desk.helpdesk.look = overtaken
    desk.process(*desk.tells())
    assert desk.ticket["state"] == "assigned"


def test_an_event_about_a_ticket_that_is_not_the_apps_is_ignored(desk):
    desk.ask()
    source, kind, body = desk.tells()
    for detail in ({"id": "2", "external_id": TICKET}, {"id": "1", "external_id": None}, {}):
        ignored = desk.process(source, kind, {**body, "detail": detail})
        assert desk.documents.kept[inbox.path(ignored)]["state"] == "ignored"


def test_a_helpdesk_by_standard_webhooks_moves_the_ticket_and_is_told_nothing_back(desk):
    desk.ask()
    data = {"ticket_id": TICKET, "by": "Cleo", "to": "Cleo"}
    desk.process("helpdesk", "ticket.assigned", {"type": "ticket.assigned", "data": data})
    desk.process("helpdesk", "ticket.replied", {"type": "ticket.replied", "data": {**data, "text": "Which phone?"}})
    refused = desk.process("helpdesk", "ticket.resolved", {"type": "ticket.resolved", "data": data})
    assert desk.history[1:] == [("assign", "assigned", ""), ("reply", "waiting_on_user", "Which phone?")]
    assert "takes no resolve" in desk.reason(refused)
    assert (desk.helpdesk.comments, desk.helpdesk.states) == ([], {"1": TicketState.NEW})


def test_a_reply_whose_outcome_is_unknown_is_never_said_twice(desk, lines):
    desk.ask()
    desk.command("assign")
    desk.helpdesk.cut_after = True
    with pytest.raises(Unavailable):
        desk.command("reply", "Which phone?")
    assert desk.worker.perform("e3.comment") is EffectState.UNKNOWN
    assert len(desk.helpdesk.comments) == 1
    assert desk.ticket["telling"] == ["e3.comment"]
    assert "final_failure" in lines.getvalue()


def test_the_echo_of_a_reply_whose_outcome_was_unknown_is_known_as_ours(desk):
    desk.ask()
    desk.command("assign")
    desk.helpdesk.cut_after = True
    with suppress(Unavailable):
        desk.command("reply", "Which phone?")
    desk.worker.perform("e3.comment")
    desk.process(*desk.tells("comment_added", {"body": "Which phone?", "author": {"id": 9, "is_staff": True}}))
    assert [text for _, _, text in desk.history if text] == ["Which phone?"]


def test_a_reply_that_certainly_was_not_said_is_tried_again(desk):
    desk.ask()
    desk.command("assign")
    desk.helpdesk.fault = NotSent("Zendesk: answered 429")
    for _ in range(3):
        with suppress(Unavailable):
            desk.command("reply", "Which phone?") if desk.count == 2 else desk.worker.perform("e3.comment")
    desk.helpdesk.fault = None
    assert desk.worker.perform("e3.comment") is EffectState.DONE
    assert desk.helpdesk.comments == [("1", "Which phone?", False)]


def test_being_sure_of_one_attempt_says_nothing_about_the_one_before(desk, clock):
    desk.ask()
    desk.helpdesk.cut_after = True
    window = timedelta(hours=2)
    outbox_id = "e9.ticket"
    desk.documents.create(*_new_effect(outbox_id, clock()))
    first = outbox.take(desk.documents, outbox_id, window, clock())
    outbox.release(desk.documents, first, "cut off", clock())
    second = outbox.take(desk.documents, outbox_id, window, clock())
    outbox.release(desk.documents, second, "429", clock(), is_sure=True)
    clock.move(hours=3)
    assert outbox.take(desk.documents, outbox_id, window, clock()).state is EffectState.UNKNOWN


def _new_effect(id_, now):
    write = outbox.new_effect(outbox.Effect(id_, "helpdesk_ticket", "support-ticket"), "e9", "c9", now)
    return write.path, write.fields


def test_by_mail_the_opening_is_the_one_notification(by_mail, mailer):
    by_mail.ask()
    ((to, subject, text),) = mailer.mails.values()
    assert (to, subject) == ("team@acme.test", f"Support request: Héllo 👋 [{TICKET}]")
    assert text.startswith("It does not start 🦜\n")
    assert by_mail.documents.kept["users/u1"]["supportThreadId"] == "int_1.ticket"


def test_by_mail_replies_go_to_the_user_and_answers_to_the_team(by_mail, mailer):
    by_mail.ask()
    by_mail.command("assign")
    by_mail.command("reply", "Which phone?")
    by_mail.answer("This one 📱")
    assert [(to, text) for to, _, text in mailer.mails.values()][1:] == [
        ("ada@acme.test", "Which phone?"),
        ("team@acme.test", "This one 📱"),
    ]
    assert by_mail.ticket["telling"] == []


def test_by_mail_a_user_without_an_address_reads_the_reply_in_the_app(by_mail):
    by_mail.process("intent", "support_requested", REQUEST, "u1", "")
    by_mail.command("assign")
    reply = by_mail.command("reply", "Which phone?")
    assert by_mail.documents.kept[outbox.path(f"{reply}.comment")]["state"] == "failed"
    assert by_mail.history[-1] == ("reply", "waiting_on_user", "Which phone?")


def test_a_refusal_for_good_does_not_hold_later_events_back(desk):
    desk.ask()
    desk.helpdesk.fault = Refused("Zendesk answered 422 to a status")
    desk.command("assign")
    desk.helpdesk.fault = None
    desk.helpdesk.states["1"] = TicketState.WAITING
    desk.process(*desk.tells())
    assert desk.ticket["state"] == "waiting_on_user"


def test_a_conversation_goes_on_where_the_helpdesk_said_the_answer(desk):
    desk.ask()
    desk.command("assign")
    desk.command("resolve")
    desk.helpdesk.moved = "77"
    desk.answer("It happens again")
    assert desk.ticket["helpdeskId"] == "77"
    assert desk.documents.kept["users/u1"] == {"supportThreadId": "77"}
    desk.helpdesk.states["77"] = TicketState.WAITING
    source, kind, body = desk.tells("comment_added", {"body": "Which phone?", "author": {"id": "5", "is_staff": True}})
    desk.process(source, kind, {**body, "detail": {**body["detail"], "id": "77"}})
    assert desk.history[-1] == ("reply", "waiting_on_user", "Which phone?")


def test_an_event_of_the_follow_up_waits_until_it_is_known_that_there_is_one(desk):
    desk.ask()
    desk.command("assign")
    desk.command("resolve")
    desk.helpdesk.fault = NotSent("Zendesk: answered 429")
    with suppress(NotSent):
        desk.answer("It happens again")
    desk.helpdesk.fault = None
    source, kind, body = desk.tells("comment_added", {"body": "Which phone?", "author": {"id": "5", "is_staff": True}})
    with pytest.raises(NotYet):
        desk.process(source, kind, {**body, "detail": {**body["detail"], "id": "77"}})


def test_a_state_is_shown_again_where_the_conversation_went_on_meanwhile(desk):
    desk.ask()
    desk.command("assign")
    stored = desk.receive("staff", "resolve", {"id": "c", "ticketId": TICKET}, "staff1", "ben@acme.test")
    desk.worker.process(stored)
    show = desk.helpdesk.show

    def moves(ticket):
        show(ticket)
        desk.documents.kept[tickets.path(TICKET)]["helpdeskId"] = "77"

    desk.helpdesk.show = moves
    desk.perform(stored)
    assert desk.helpdesk.states == {"1": TicketState.RESOLVED, "77": TicketState.RESOLVED}


def test_what_was_said_is_kept_although_firestore_was_busy_at_that_moment(desk):
    desk.ask()
    desk.command("assign")
    transact, troubles = desk.documents.transact, [Unavailable("Firestore: Aborted")] * 2

    def busy(work, ahead=()):
        if desk.helpdesk.comments and troubles:
            raise troubles.pop()
        return transact(work, ahead)

    desk.documents.transact = busy
    reply = desk.command("reply", "Which phone?")
    assert desk.documents.kept[outbox.path(f"{reply}.comment")]["state"] == EffectState.DONE
    assert desk.helpdesk.comments == [("1", "Which phone?", False)]


def test_by_mail_no_character_of_a_subject_costs_the_request(by_mail, mailer):
    body = {"id": "a", "data": {"subject": "Help\r\nBcc: x@y.z\x00\x0b\x85\u2028 me", "message": "m"}}
    by_mail.process("intent", "support_requested", body, "u1", "ada@acme.test")
    ((_, subject, _),) = mailer.mails.values()
    assert subject == f"Support request: Help Bcc: x@y.z me [{TICKET}]"


@pytest.mark.parametrize("act", ["assign", "resolve"])
def test_a_text_beside_a_command_that_is_no_reply_is_the_teams_own(desk, act):
    desk.ask()
    desk.command("assign")
    desk.command(act, "An impatient one; see ben@acme.test")
    assert "impatient" not in str(desk.documents.of(f"{tickets.path(TICKET)}/history"))
    assert "impatient" in str(desk.documents.of(f"{tickets.path(TICKET)}/internal"))
    assert desk.helpdesk.comments == []

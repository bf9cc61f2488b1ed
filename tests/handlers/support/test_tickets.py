"""The ticket's state machine: which way it can go, and that nothing which happened to it is ever lost or changed."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from handlers.failures import NotYet, Unavailable
from handlers.support import ticket_decisions, tickets
from handlers.support.ticket_decisions import SupportTerms
from handlers.support.tickets import (
    COMMANDS,
    TRANSITIONS,
    WAYS,
    Act,
    Move,
    Ticket,
    TicketState,
    TransitionError,
)
from handlers.work import inbox
from handlers.work.inbox import Event

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TICKET = Ticket("tkt_1", "u1", "ada@acme.test", "Help", "It is broken")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.just("🦜👩‍👩‍👧‍👦" * 4_000)


def test_a_ticket_goes_the_way_that_is_drawn():
    moves = [Move(Act.ASSIGN, "ben"), Move(Act.REPLY, "ben", "Which?"), Move(Act.ANSWER, "u1", "This"),
             Move(Act.RESOLVE, "ben")]  # fmt: skip
    after, steps = tickets.moved(TICKET, moves, NOW, "e1")
    history = [step for step in steps if "/history/" in step.path]
    assert [step.fields["state"] for step in history] == ["assigned", "waiting_on_user", "assigned", "resolved"]
    assert [step.path[-6:] for step in history] == ["000002", "000003", "000004", "000005"]
    assert (after.state, after.rev) == (TicketState.RESOLVED, 5)
    assert [step.fields for step in steps if step.path == tickets.desk_path("tkt_1")] == [{"assignee": "ben"}]


def test_the_users_answer_reopens_a_resolved_ticket_for_whoever_had_it():
    resolved = Ticket("tkt_1", "u1", "", "s", "m", state=TicketState.RESOLVED, rev=4)
    after, steps = tickets.moved(resolved, [Move(Act.ANSWER, "u1", "Not yet!")], NOW, "e1")
    assert after.state is TicketState.ASSIGNED
    assert tickets.desk_path("tkt_1") not in [step.path for step in steps]


@pytest.mark.parametrize(
    ("state", "act", "cure"),
    [
        (TicketState.NEW, Act.REPLY, "it takes assign"),
        (TicketState.NEW, Act.RESOLVE, "it takes assign"),
        (TicketState.WAITING, Act.RESOLVE, "it takes assign or reply"),
        (TicketState.RESOLVED, Act.ASSIGN, "only an answer of the user opens it again"),
        (TicketState.RESOLVED, Act.REPLY, "only an answer of the user opens it again"),
    ],
)
def test_what_is_not_drawn_is_refused_with_what_is_possible(state, act, cure):
    with pytest.raises(TransitionError, match=cure):
        tickets.moved(Ticket("t", "u", "", "s", "m", state=state), [Move(act, "ben")], NOW, "e1")


def test_every_pair_of_a_state_and_a_command_is_drawn_or_refused():
    for state, act in product(TicketState, COMMANDS):
        ticket = Ticket("t", "u", "", "s", "m", state=state)
        if (state, act) in TRANSITIONS:
            tickets.moved(ticket, [Move(act, "ben")], NOW, "e1")
        else:
            with pytest.raises(TransitionError):
                tickets.moved(ticket, [Move(act, "ben")], NOW, "e1")


def test_every_way_leads_by_single_steps_to_where_it_says():
    for (here, there), acts in WAYS.items():
        ticket = Ticket("t", "u", "", "s", "m", state=here)
        assert tickets.moved(ticket, [Move(act, "helpdesk") for act in acts], NOW, "e1")[0].state is there
    unreachable = {(here, there) for here, there in product(TicketState, TicketState) if here is not there} - set(WAYS)
    assert {there for _, there in unreachable} == {TicketState.NEW}


def test_a_ticket_is_read_as_it_was_kept():
    opened, _ = tickets.opened(TICKET, "c1", NOW)
    assert tickets.parse("tkt_1", opened.fields) == TICKET


class Conversation(RuleBasedStateMachine):
    """Users, the team and a failing store in any order; what was once written into the history is the model."""

    Documents: type

    def __init__(self) -> None:
        super().__init__()
        self.documents = self.Documents()
        self.now = NOW
        self.count = 0
        self.seen: dict[str, object] = {}
        self.words: list[str] = []
        self.state = TicketState.NEW
        opening = json.dumps({"id": "a", "data": {"subject": "👋", "message": "m"}})
        self.play(
            Event("int_0", "intent", "support_requested", opening, "c", "u1", "ada@acme.test"), ticket_decisions.request
        )
        self.ticket_id = tickets.id_for("int_0")

    @rule(act=st.sampled_from(COMMANDS), text=WORDS, fails=st.sampled_from(["", "before", "after"]))
    def the_team_commands(self, act, text, fails):
        body = json.dumps({"id": "x", "ticketId": self.ticket_id, "text": text})
        self.happens(
            Event("", "staff", act.value, body, "c", "staff1", "ben@acme.test"), ticket_decisions.command, fails
        )
        self.expect(act, text if act is not Act.RESOLVE else "")

    @rule(text=WORDS, fails=st.sampled_from(["", "before", "after"]))
    def the_user_answers(self, text, fails):
        body = json.dumps({"id": "x", "data": {"ticketId": self.ticket_id, "message": text}})
        self.happens(
            Event("", "intent", "support_answered", body, "c", "u1", "ada@acme.test"), ticket_decisions.answer, fails
        )
        self.expect(Act.ANSWER, text)

    @rule(text=WORDS)
    def a_stranger_answers(self, text):
        body = json.dumps({"id": "x", "data": {"ticketId": self.ticket_id, "message": text}})
        self.happens(Event("", "intent", "support_answered", body, "c", "mallory", ""), ticket_decisions.answer, "")

    @invariant()
    def what_was_written_stays_as_it_was(self):
        history = self.documents.of(f"{tickets.path(self.ticket_id)}/history")
        assert self.seen.items() <= history.items()
        self.seen = copy.deepcopy(history)

    @invariant()
    def the_record_is_where_its_history_ends(self):
        record = self.documents.kept[tickets.path(self.ticket_id)]
        history = self.documents.of(f"{tickets.path(self.ticket_id)}/history")
        assert sorted(history) == [tickets.step_path(self.ticket_id, rev + 1) for rev in range(record["rev"])]
        last = history[tickets.step_path(self.ticket_id, record["rev"])]
        assert last["state"] == record["state"] == self.state.value

    @invariant()
    def every_word_is_there_once_and_as_it_was_said(self):
        history = self.documents.of(f"{tickets.path(self.ticket_id)}/history")
        said = [history[path]["text"] for path in sorted(history) if history[path]["act"] in ("reply", "answer")]
        assert said == self.words

    def expect(self, act, text):
        after = TRANSITIONS.get((self.state, act))
        if after is not None:
            self.state = after
            if act in {Act.REPLY, Act.ANSWER}:
                self.words.append(text)

    def happens(self, event, decide, fails):
        """Deliver an event until it is at its end, then once more."""
        self.count += 1
        event = Event(f"e{self.count}", *list(vars(event).values())[1:])
        if fails:
            self.documents.calls, self.documents.fail_at = 0, (3, fails)  # the transaction that decides
        for _ in range(4):
            with suppress(NotYet, Unavailable):
                self.play(event, decide)
            self.now += timedelta(seconds=61)

    def play(self, event, decide):
        inbox.store(self.documents, event, inbox.EventState.RECEIVED, self.now)
        held = inbox.claim(self.documents, event.id, self.now)
        if isinstance(held, inbox.Claim):
            inbox.complete(
                self.documents,
                held,
                lambda read: decide(event, SupportTerms("team@acme.test"), self.now, read),
                self.now,
            )


def test_no_order_of_commands_answers_and_failures_loses_or_doubles_a_step(new_documents):
    machine = type("Played", (Conversation,), {"Documents": new_documents}).TestCase
    machine.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
    machine().runTest()

"""A user who was erased stays erased, whatever comes late."""

from __future__ import annotations

import pytest

from handlers import intents
from handlers.failures import Rejected
from handlers.senders.id_tokens import Person
from handlers.work import erasures, inbox
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Write
from handlers.work.inbox import Decision, Event, EventState
from handlers.work.outbox import Effect


@pytest.fixture
def erased(documents, clock):
    documents.transact(lambda _: (None, [erasures.tombstone("u1", clock())]))
    return documents


@pytest.mark.parametrize(
    "write",
    [
        Write("users/u1", {"billing": {"plan": "pro"}}),
        Write("users/u1/statuses/a", {"code": "x"}),
        Write("customers/cus_1", {"userId": "u1"}),
    ],
)
def test_an_event_that_comes_late_makes_nothing_of_the_user_again(erased, clock, write):
    event = Event("evt_1", "stripe", "invoice.paid", "{}", "c")
    inbox.store(erased, event, EventState.RECEIVED, clock())
    held = inbox.claim(erased, "evt_1", clock())
    effect = Effect("evt_1.crm", "crm_contact", "sync-crm", {"userId": "u1"})
    decision = inbox.complete(erased, held, lambda _: Decision((write,), (effect,)), clock())
    assert (decision.state, decision.reason) == (EventState.IGNORED, "the user was erased")
    assert write.path not in erased.kept
    assert not erased.of("outbox")


def test_another_users_event_is_decided_as_always(erased, clock):
    inbox.store(erased, Event("evt_1", "stripe", "invoice.paid", "{}", "c"), EventState.RECEIVED, clock())
    held = inbox.claim(erased, "evt_1", clock())
    inbox.complete(erased, held, lambda _: Decision((Write("users/u2", {"n": 1}),)), clock())
    assert erased.kept["users/u2"] == {"n": 1}


def test_an_intent_of_an_erased_user_is_refused_and_nothing_is_kept(erased, queue, clock, log):
    intent = intents.parse(Person("u1", ""), "signup_completed", b'{"id":"a"}', "c")
    with pytest.raises(Rejected) as refused:
        Acceptor(erased, queue, clock, log).accept(intent.event, intent.service, intent.first, intent.budget)
    assert refused.value.status == 401
    assert list(erased.kept) == [erasures.path("u1")]

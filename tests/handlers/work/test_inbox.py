"""The inbox's states, seen from two attempts that do not know of each other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.failures import NotYet
from handlers.work import inbox, outbox
from handlers.work.documents import Write
from handlers.work.inbox import Claim, Decision, Event, EventState, Settled
from handlers.work.outbox import Effect

EVENT = Event("evt_1", "stripe", "invoice.paid", "{}", "correlation-1")


@pytest.fixture
def stored(documents, clock):
    inbox.store(documents, EVENT, EventState.RECEIVED, clock())
    return documents


def done(*effects):
    return lambda read: Decision((Write("users/u1", {"n": ((read("users/u1") or {}).get("n", 0)) + 1}),), effects)


def test_an_event_is_kept_once_with_the_correlation_id_of_its_first_arrival(documents, clock):
    first = inbox.store(documents, EVENT, EventState.RECEIVED, clock())
    again = inbox.store(
        documents, Event("evt_1", "stripe", "invoice.paid", "{}", "another"), EventState.RECEIVED, clock()
    )
    assert (first.is_new, again.is_new) == (True, False)
    assert again.correlation_id == "correlation-1"


def test_processing_writes_users_effects_and_the_end_of_the_event_at_once(stored, clock):
    held = inbox.claim(stored, "evt_1", clock())
    inbox.complete(stored, held, done(Effect("evt_1.crm", "crm_contact", "sync-crm", {"userId": "u1"})), clock())
    assert stored.kept["users/u1"] == {"n": 1}
    assert stored.kept["inbox/evt_1"]["state"] == "done"
    assert stored.kept["inbox/evt_1"]["effects"] == ["evt_1.crm"]
    assert stored.kept["outbox/evt_1.crm"]["state"] == "pending"


def test_a_finished_event_says_what_it_caused_and_is_not_processed_again(stored, clock):
    held = inbox.claim(stored, "evt_1", clock())
    inbox.complete(stored, held, done(Effect("evt_1.crm", "crm_contact", "sync-crm")), clock())
    assert inbox.claim(stored, "evt_1", clock()) == Settled(EventState.DONE, ("evt_1.crm",), "correlation-1")


def test_while_one_attempt_holds_the_lease_another_has_to_wait(stored, clock):
    inbox.claim(stored, "evt_1", clock())
    clock.move(seconds=59)
    with pytest.raises(NotYet):
        inbox.claim(stored, "evt_1", clock())


def test_the_lease_of_a_killed_attempt_ends(stored, clock):
    inbox.claim(stored, "evt_1", clock())
    clock.move(seconds=61)
    second = inbox.claim(stored, "evt_1", clock())
    assert isinstance(second, Claim)
    assert second.attempt == 2


def test_an_attempt_that_lost_its_lease_changes_nothing_any_more(stored, clock):
    slow = inbox.claim(stored, "evt_1", clock())
    clock.move(seconds=61)
    quick = inbox.claim(stored, "evt_1", clock())
    inbox.complete(stored, quick, done(), clock())
    with pytest.raises(NotYet):
        inbox.complete(stored, slow, done(), clock())
    inbox.release(stored, slow, "late", is_fault=True)
    assert stored.kept["users/u1"] == {"n": 1}
    assert stored.kept["inbox/evt_1"]["state"] == "done"


def test_a_released_event_can_be_taken_at_once(stored, clock):
    inbox.release(stored, inbox.claim(stored, "evt_1", clock()), "Stripe is down", is_fault=False)
    assert stored.kept["inbox/evt_1"]["state"] == "failed"
    assert isinstance(inbox.claim(stored, "evt_1", clock()), Claim)


def test_errors_of_ours_end_in_the_dead_letters_and_are_told_once(stored, clock):
    for _ in range(inbox.MAX_FAULTS):
        inbox.release(stored, inbox.claim(stored, "evt_1", clock()), "KeyError", is_fault=True)
    assert inbox.claim(stored, "evt_1", clock()) == Settled(EventState.DEAD, (), "correlation-1", gave_up=True)
    assert inbox.claim(stored, "evt_1", clock()) == Settled(EventState.DEAD, (), "correlation-1", gave_up=False)


def test_an_outage_kills_no_event_before_three_days(stored, clock):
    for _ in range(100):
        inbox.release(stored, inbox.claim(stored, "evt_1", clock()), "Stripe is down", is_fault=False)
        clock.move(minutes=40)
    clock.move(days=1)
    assert inbox.claim(stored, "evt_1", clock()).state is EventState.DEAD


def test_an_event_that_is_not_there_is_an_error_of_its_own(documents, clock):
    with pytest.raises(inbox.UnknownEventError):
        inbox.claim(documents, "evt_9", clock())


def test_an_ignored_event_is_final(documents, clock):
    inbox.store(documents, EVENT, EventState.IGNORED, clock())
    assert inbox.claim(documents, "evt_1", clock()).state is EventState.IGNORED
    assert documents.kept["inbox/evt_1"]["finishedAt"] == clock()  # from then on its retention counts


@pytest.fixture
def pending(stored, clock):
    held = inbox.claim(stored, "evt_1", clock())
    inbox.complete(stored, held, done(Effect("evt_1.mail", "notification", "sync-payments")), clock())
    return stored


def test_an_effect_is_held_by_one_attempt(pending, clock, hour):
    outbox.take(pending, "evt_1.mail", hour, clock())
    with pytest.raises(NotYet):
        outbox.take(pending, "evt_1.mail", hour, clock())


def test_an_effect_whose_key_is_forgotten_waits_for_a_person(pending, clock, hour):
    outbox.take(pending, "evt_1.mail", hour, clock())
    clock.move(hours=2)
    assert outbox.take(pending, "evt_1.mail", hour, clock()) == outbox.Finished(outbox.EffectState.UNKNOWN, True)
    assert outbox.take(pending, "evt_1.mail", hour, clock()) == outbox.Finished(outbox.EffectState.UNKNOWN, False)


def test_a_late_finisher_cannot_end_an_effect_that_another_holds(pending, clock, hour):
    slow = outbox.take(pending, "evt_1.mail", hour, clock())
    clock.move(seconds=61)
    outbox.take(pending, "evt_1.mail", hour, clock())
    assert not outbox.finish(pending, slow, outbox.EffectState.DONE, clock())
    assert pending.kept["outbox/evt_1.mail"]["state"] == "pending"


@pytest.fixture
def hour():
    from datetime import timedelta

    return timedelta(hours=1)


def test_a_dead_event_is_reopened_with_a_new_span_of_patience(documents, clock):
    event = Event("evt_1", "stripe", "invoice.paid", "{}", "c1")
    inbox.store(documents, event, EventState.RECEIVED, clock())
    clock.move(days=4)
    assert inbox.claim(documents, "evt_1", clock()).state is EventState.DEAD
    assert inbox.reopen(documents, "evt_1", clock()) is EventState.DEAD
    held = inbox.claim(documents, "evt_1", clock())
    inbox.complete(documents, held, lambda _: Decision(), clock())
    assert inbox.reopen(documents, "evt_1", clock()) is EventState.DONE
    assert documents.kept["inbox/evt_1"]["state"] == "done"
    with pytest.raises(inbox.UnknownEventError):
        inbox.reopen(documents, "evt_2", clock())


@pytest.mark.parametrize(("state", "after"), [("failed", "pending"), ("unknown", "pending"), ("done", "done")])
def test_an_effect_is_reopened_only_when_it_ended_without_success(documents, clock, state, after):
    effect = outbox.Effect("evt_1.mail", "notification", "sync-payments")
    documents.transact(lambda _: (None, [outbox.new_effect(effect, "evt_1", "c1", clock())]))
    documents.kept["outbox/evt_1.mail"] |= {"state": state, "unsureSince": clock(), "firstTriedAt": clock()}
    clock.move(days=9)
    assert outbox.reopen(documents, "evt_1.mail", clock()).state == state
    assert documents.kept["outbox/evt_1.mail"]["state"] == after
    if after == "pending":
        assert isinstance(outbox.take(documents, "evt_1.mail", timedelta(hours=1), clock()), outbox.Taken)

"""The plan in the ID token, written beside claims of others: none that was taken away comes back."""

from __future__ import annotations

from contextlib import suppress

import pytest

from handlers.billing.custom_claims import ClaimsCache, revocation
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import Account
from handlers.work.outbox import Effect

EFFECT = Effect("evt_1.claims", "custom_claims", "sync-payments", {"userId": "u1"})


def revoke(documents, accounts):
    """Take the claim away as `./launch tickets staff --revoke` does: written down first, then done."""
    yield documents.transact(lambda _: (None, [revocation("u1", "staff", is_gone=True)]))
    claims = accounts.kept["u1"].claims
    yield
    yield accounts.set_claims("u1", {name: value for name, value in claims.items() if name != "staff"})


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("between", range(4))
def test_a_revoked_claim_does_not_come_back_however_the_two_interleave(documents, accounts, clock, before, between):
    """Steps of the revocation happen before our read, between read and write, and after; `staff` is gone in the end."""
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "active", "subscribedPlan": "pro"}}
    accounts.kept["u1"] = Account("u1", claims={"staff": True})
    steps, write = revoke(documents, accounts), accounts.set_claims

    def late_write(user_id, claims):
        accounts.set_claims = write
        for _ in range(between):
            next(steps, None)
        write(user_id, claims)

    for _ in range(before):
        next(steps, None)
    accounts.set_claims = late_write
    ClaimsCache(documents, accounts, clock).perform(EFFECT)
    accounts.set_claims = write
    for _ in steps:
        pass
    assert "staff" not in accounts.kept["u1"].claims


def test_a_claim_that_is_given_again_stays(documents, accounts, clock):
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "active", "subscribedPlan": "pro"}}
    accounts.kept["u1"] = Account("u1", claims={"staff": True})
    for is_gone in (True, False):
        documents.transact(lambda _, gone=is_gone: (None, [revocation("u1", "staff", is_gone=gone)]))
    ClaimsCache(documents, accounts, clock).perform(EFFECT)
    assert accounts.kept["u1"].claims == {"staff": True, "plan": "pro"}


def test_a_revoked_claim_does_not_stay_when_the_attempt_that_gave_it_back_ended_there(documents, accounts, clock):
    """Firestore was away between the write of the claims and the look at what was taken away."""
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "active", "subscribedPlan": "pro"}}
    documents.kept["revocations/u1"] = {"claims": {"staff": True}}
    accounts.kept["u1"] = Account("u1", claims={"staff": True, "plan": "pro"})  # what that attempt left
    ClaimsCache(documents, accounts, clock).perform(EFFECT)
    assert accounts.kept["u1"].claims == {"plan": "pro"}


@pytest.mark.parametrize("call", [1, 2])  # before the write of the claims, and after it
def test_a_revoked_claim_is_gone_whichever_question_firestore_did_not_answer(documents, accounts, clock, call):
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "active", "subscribedPlan": "pro"}}
    documents.kept["revocations/u1"] = {"claims": {"staff": True}}
    accounts.kept["u1"] = Account("u1", claims={"staff": True})
    documents.fail_at = (call, "before")
    with suppress(Unavailable):
        ClaimsCache(documents, accounts, clock).perform(EFFECT)
    ClaimsCache(documents, accounts, clock).perform(EFFECT)
    assert accounts.kept["u1"].claims == {"plan": "pro"}

"""How `sync-payments` prepares the decision about an event: whose it is, and what Stripe knows now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from handlers.billing import charges, custom_claims, customer_owners, entitlements, payment_attempts
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import Facts, Subscription, facts
from handlers.billing.stripe_mode import why_foreign
from handlers.failures import NotYet
from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Read
from handlers.work.inbox import Claim, Decide, Decision, Event, EventState
from handlers.work.users import User

PATIENCE = 6  # attempts to wait for the event that names the user; a minute, as the queue backs off
UNKNOWN = "Stripe does not know this with our key; is it a key of the right account and mode?"
OURS = frozenset({"timer", entitlements.RECONCILING})  # sources of events that name customer and user themselves


@dataclass(frozen=True)
class Payments:
    """Prepares decisions. `clock` returns the present time in UTC."""

    documents: Documents
    provider: Provider
    accounts: Accounts
    terms: PaymentTerms
    clock: Callable[[], datetime]

    def prepare(self, held: Claim) -> Decide:
        """Return the decision to make in the event's transaction.

        Raises NotYet while no user is known for the customer, Unavailable when Stripe or Firebase cannot be asked.
        """
        if held.event.source == "intent":
            return partial(payment_attempts.decide, held, self.clock())
        event, body = held.event, json.loads(held.event.body)
        if event.kind == custom_claims.DIFFER:
            return partial(_renewed_claims, event)
        foreign = why_foreign(body, self.terms.mode) if event.source == "stripe" else ""
        if foreign:
            return partial(_ignored, foreign)
        said = _own_facts(body) if event.source in OURS else facts(event.kind, body)
        if event.kind.startswith(charges.PREFIX):
            return self._about_a_charge(held, body["data"]["object"])
        if not said.customer:
            return partial(_ignored, "the event is about no customer")
        user_id = customer_owners.of_customer(self.documents, self.provider, self.accounts, said.customer, said.user_id)
        if not user_id:
            return self._unclaimed(held, said)
        user = users.parse(user_id, self.documents.get(users.path(user_id)))
        look = entitlements.BillingSnapshot(
            user_id, said.customer, user.billing.checks, self._subscriptions(user, said.customer)
        )
        return partial(entitlements.decide, event, look, self.terms, self.clock())

    def _unclaimed(self, held: Claim, said: Facts) -> Decide:
        """Wait for the checkout that names the user; processing that also fetches what this event reports."""
        if self.provider.subscriptions(said.customer) is None:
            raise NotYet(UNKNOWN)
        if held.attempt < PATIENCE:
            raise NotYet("no user is known for the customer")
        return partial(_ignored, "no user is known for the customer; the event that names one will fetch this too")

    def _subscriptions(self, user: User, customer: str) -> tuple[Subscription, ...]:
        """Return what Stripe knows of all customers the user ever was, guests at checkout included.

        Raises NotYet when it does not know the customer that this is about: an event by itself proves nothing.
        """
        answers = {each: self.provider.subscriptions(each) for each in dict.fromkeys((*user.customers, customer))}
        if answers[customer] is None:
            raise NotYet(UNKNOWN)
        return tuple(each for answer in answers.values() if answer for each in answer)

    def _about_a_charge(self, held: Claim, thing: Mapping[str, Any]) -> Decide:
        """Record what became of a charge, as Stripe has it now; whose it was is looked up when someone asks."""
        if thing.get("object") == "dispute":
            seen = _known(self.provider.dispute(str(thing.get("id"))))
            return partial(charges.on_dispute, held.event, seen, self.terms.founder, self.clock())
        seen = _known(self.provider.charge(str(thing.get("id"))))
        return partial(charges.on_refund, held.event, seen, self.clock())


def _known(thing: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if thing is None:
        raise NotYet(UNKNOWN)
    return thing


def _own_facts(body: Mapping[str, Any]) -> Facts:
    return Facts(body["customer"], body["userId"])


def _renewed_claims(event: Event, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision((), (entitlements.claims_effect(event.id, event.user_id),))


def _ignored(reason: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=EventState.IGNORED, reason=reason)

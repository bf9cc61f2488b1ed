"""How `sync-payments` prepares the decision about an event: whose it is, and what Stripe knows now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from handlers.billing import charges, custom_claims, entitlement, entitlements, later_looks, payment_attempts
from handlers.billing.customer_owners import Owner, Owners
from handlers.billing.entitlement import Truth
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.plans import PlanTable
from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import Facts, facts, is_purchase, reference
from handlers.billing.stripe_mode import why_foreign
from handlers.billing.stripe_truth import truth_of
from handlers.failures import NotYet
from handlers.outside.firebase_accounts import Accounts
from handlers.work import erasures, users
from handlers.work.documents import Documents, Fields, Read
from handlers.work.inbox import Claim, Decide, Decision, Event, EventState, Foreseen
from handlers.work.users import User

PATIENCE = 6  # attempts to wait for the event that names the user; a minute, as the queue backs off
UNKNOWN = "Stripe does not know this with our key; is it a key of the right account and mode?"
END_IT = "end it at Stripe, and give back what was paid"
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
        if charges.is_about_one(event.kind):
            return self._about_a_charge(event, body["data"]["object"])
        said = _own_facts(body) if event.source in OURS else facts(event.kind, body)
        if not said.customer:
            return _about_nobody(event, body, self.terms.table)
        return self._about_a_customer(held, said)

    def subject(self, event: Event) -> str:
        """Return the customer that an event is about, or nothing: two looks at one at a time undo each other."""
        body = json.loads(event.body)
        thing = (body.get("data") or {}).get("object") if event.source == "stripe" else body
        return reference((thing or {}).get("customer"))  # a thin event has no object

    def _about_a_customer(self, held: Claim, said: Facts) -> Decide:
        event = held.event
        is_erased, link, named = self._kept(said)
        if is_erased:
            return partial(_ignored, erasures.REASON)
        seen = later_looks.who_was_seen(link, said, held.since)
        if seen and event.source == "stripe":
            return partial(_seen_already, seen)
        owner = self._owners().by_link(said, link)
        if not owner.user_id:
            return self._unclaimed(held, said, owner)
        fields = named if owner.user_id == said.user_id else self.documents.get(users.path(owner.user_id))
        return self._looked(event, said.customer, owner, fields)

    def _kept(self, said: Facts) -> tuple[bool, Fields | None, Fields | None]:
        """Return whether the customer was erased, whose it is, and the user whom the event names, by one call."""
        paths = [erasures.path(said.customer), users.customer_path(said.customer)]
        erased, link, *named = self.documents.several([*paths, *([users.path(said.user_id)] if said.user_id else [])])
        return erased is not None, link, next(iter(named), None)

    def _owners(self) -> Owners:
        return Owners(self.documents, self.provider, self.accounts)

    def _looked(self, event: Event, customer: str, owner: Owner, fields: Fields | None) -> Decide:
        """Return the decision that follows from what Stripe knows of all customers the user ever was.

        `fields` are the user's, read before Stripe is asked.
        """
        asked_at = self.clock()
        if fields is None and erasures.is_erased(owner.user_id, self.documents.get):
            return self._of_an_erased(event, customer)
        user = users.parse(owner.user_id, fields)
        is_typed = owner.typed and not self._owners().agrees_on_address(user, customer)
        typed = entitlements.typed_after(user, customer, typed=is_typed)
        truth = self._truth(user, customer, typed)
        look = entitlements.BillingSnapshot(
            user.id, customer, user.billing.checks, truth, asked_at, is_typed, owner.before
        )
        decide = partial(entitlements.decide, event, look, self.terms, self.clock())
        return Foreseen(decide, (users.path(user.id), erasures.path(user.id)))

    def _of_an_erased(self, event: Event, customer: str) -> Decide:
        """Make nothing of the user again, and tell a person of what is paid: a checkout may end after the erasure."""
        paid = self._paid_by(customer)
        if not paid or event.source in OURS:
            return partial(_ignored, erasures.REASON)
        return partial(_ended_badly, f"customer {customer} pays for {paid}, and {erasures.REASON}; {END_IT}")

    def _paid_by(self, customer: str) -> str:
        """Return a plan that a customer of no user pays for, or nothing."""
        truth = self._truth(User(""), customer, frozenset())
        return next((each.plan for each in entitlement.holdings(truth, self.terms.table) if each.is_paid), "")

    def _truth(self, user: User, customer: str, typed: frozenset[str]) -> Truth:
        """Return what Stripe says of the user; raises NotYet when it does not know the customer that this is about.

        An event by itself proves nothing, and an answer of "no such customer" says that the key is a wrong one.
        """
        customers = tuple(dict.fromkeys((*user.customers, customer)))
        truth = truth_of(self.provider, customers, typed, self.terms.table, needed=customer)
        if truth is None:
            raise NotYet(UNKNOWN)
        return truth

    def _unclaimed(self, held: Claim, said: Facts, owner: Owner) -> Decide:
        """Wait for the checkout that names the user; processing that also fetches what this event reports."""
        paid = self._paid_by(said.customer)
        if held.attempt < PATIENCE:
            raise NotYet("no user is known for the customer")
        if not paid:
            return partial(_ignored, "no user is known for the customer; the event that names one will fetch this too")
        return _unpaid_for(said.customer, paid, owner.conflict)

    def _about_a_charge(self, event: Event, thing: Mapping[str, Any]) -> Decide:
        """Record what became of a charge as Stripe has it now, and look at its user again.

        Raises NotYet when Stripe does not know it.
        """
        kind, now = thing.get("object"), self.clock()
        id_ = reference(thing.get("charge") if kind in {"dispute", "refund"} else thing.get("id"))
        if not id_:  # docs.stripe.com/api/refunds/object, `charge`: it may be null
            return partial(_ignored, "the event is about no charge")
        checks = self._checks(id_)
        dispute = _known(self.provider.dispute(reference(thing.get("id")))) if kind == "dispute" else None
        charge = _known(self.provider.charge(reference(dispute.get("charge")) if dispute else id_))
        customer = reference(charge.get("customer"))
        is_erased = erasures.is_erased(customer, self.documents.get)
        if dispute:  # has to be answered all the same, and the record then says of nobody
            disputed = charges.DisputeSnapshot(dispute, "" if is_erased else customer, checks)
            recorded: Decide = partial(charges.on_dispute, event, disputed, self.terms.founder, now)
        elif is_erased:
            recorded = partial(_ignored, erasures.REASON)
        else:
            look = charges.ChargeSnapshot(charge, self.provider.refunded(id_), checks)
            recorded = partial(charges.on_refund, event, look, now)
        owner = self._owners().of(Facts(customer, "")) if customer and not is_erased else Owner()
        if not owner.user_id:
            return recorded
        fields = self.documents.get(users.path(owner.user_id))
        return partial(_both, recorded, self._looked(event, customer, owner, fields))

    def _checks(self, charge_id: str) -> int:
        """Return the fence of a charge's record, which has to be read before Stripe is asked."""
        return charges.checks_of(self.documents.get(charges.path(charge_id)))


def _known(thing: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if thing is None:
        raise NotYet(UNKNOWN)
    return thing


def _own_facts(body: Mapping[str, Any]) -> Facts:
    return Facts(body["customer"], body["userId"], is_proof=False)


def _both(one: Decide, other: Decide, read: Read) -> Decision:
    first, second = one(read), other(read)
    return Decision((*first.writes, *second.writes), (*first.effects, *second.effects), warnings=second.warnings)


def _seen_already(user_id: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(reason=later_looks.REASON, about=(user_id,))


def _renewed_claims(event: Event, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision((), (entitlements.claims_effect(event.id, event.user_id),))


def _about_nobody(event: Event, body: Mapping[str, Any], table: PlanTable) -> Decide:
    """Return the decision about an event without a customer; a payment that nobody can be given to is told.

    A checkout of mode `payment` makes a customer only when asked to (docs.stripe.com/api/checkout/sessions/create,
    `customer_creation`).
    """
    session = body["data"]["object"] if event.source == "stripe" else {}
    if table.sells_once and event.kind.startswith("checkout.") and is_purchase(session):
        return _unpaid_for("of nobody", "something", "")
    return partial(_ignored, "the event is about no customer")


def _unpaid_for(customer: str, plan: str, conflict: str) -> Decide:
    """Return the end of an event that tells of a payment which no user has the benefit of: a person has to look."""
    why = "no user is known for it"
    if conflict:
        why = f"user {conflict} has its address, and another customer that runs or a record that cannot be read"
    return partial(
        _ended_badly,
        f"customer {customer} pays for {plan}, and {why}; set user_id in the customer's metadata at Stripe, "
        "then replay the event",
    )


def _ended_badly(alarm: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=EventState.DEAD, reason=alarm, alarm=alarm)


def _ignored(reason: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=EventState.IGNORED, reason=reason)

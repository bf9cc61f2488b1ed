"""From a look at the payment provider to what is written and done about it: pure decisions.

An event is only a hint that something changed. Stripe delivers late, twice and out of order, and `event.created` has a
resolution of one second, so nothing is ever ordered by it: the customer's present subscriptions are fetched, and they
are committed only if no one else has committed a look at them in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.billing import dunning, entitlement, later_looks
from handlers.billing.entitlement import Truth
from handlers.billing.payment_terms import PaymentTerms
from handlers.service_manifest import SYNC_CRM, SYNC_PAYMENTS
from handlers.work import users
from handlers.work.documents import Read, Write
from handlers.work.inbox import Decision, Event, Stale
from handlers.work.outbox import Effect
from handlers.work.users import Billing, User

DECLINED = "invoice.payment_failed"  # each attempt that failed (docs.stripe.com/api/events/types)
RECONCILING = "reconcile"  # source of the events by which differences are repaired


@dataclass(frozen=True)
class BillingSnapshot:
    """What was seen of one user at the provider: `checks` is the user's fence as read before asking.

    `asked_at` is a moment before it was asked. `typed` says that only what a buyer wrote names the user, `moved_from`
    whose customer it was before.
    """

    user_id: str
    customer: str
    checks: int
    truth: Truth
    asked_at: datetime
    typed: bool = False
    moved_from: str = ""


def decide(event: Event, look: BillingSnapshot, terms: PaymentTerms, now: datetime, read: Read) -> Decision:
    """Return the decision that the snapshot leads to on the present state.

    Raises Stale when the fence has moved: another event of the user was committed since the provider was asked.
    """
    user = users.parse(look.user_id, read(users.path(look.user_id)))
    if user.billing.checks != look.checks:
        raise Stale
    block = entitlement.block_of(user.billing, look.truth, terms, now)
    changed = block != user.billing
    after = replace(
        block,
        rev=block.rev + changed,
        checks=block.checks + 1,
        last_event_id=event.id if changed else block.last_event_id,
        declined_event_id=event.id if event.kind == DECLINED else block.declined_event_id,
    )
    kept = _kept_customer(user, look, after)
    is_kept_typed = _is_kept_typed(user, look, kept)
    is_typed = look.customer in look.truth.typed or (is_kept_typed and look.customer == kept)
    link = later_looks.link(look.customer, user.id, look.asked_at, is_typed=is_typed)
    writes = (_user_write(user, look, after, kept, is_typed=is_kept_typed), link, *_left(look, read))
    effects = _effects(event, user, after, terms) if changed else ()
    unknown = entitlement.paid_for_nothing(look.truth, terms.table)
    return Decision(
        writes,
        (*effects, *dunning.effects(event, user, after, look.customer, terms, now)),
        warnings=tuple(f"paid for, but payments.plans does not name it: {price}" for price in unknown),
    )


def typed_after(user: User, customer: str, *, typed: bool) -> frozenset[str]:
    """Return the user's customers that only a buyer's text names, after `customer` was named so or by proof.

    The first customer of a user stands for them, whoever named it, until another one is proved. What was proved once
    stays so.
    """
    known = set(user.typed_customers)
    if typed:
        is_further = customer not in user.customers and bool(user.customer)
        return frozenset(known | {customer} if is_further else known)
    first = {user.customer} if user.is_typed else set()
    return frozenset((known | first) - {customer})


def _user_write(user: User, look: BillingSnapshot, billing: Billing, kept: str, *, is_typed: bool) -> Write:
    customers = [*user.customers, *({look.customer} - set(user.customers))]
    return Write(
        users.path(user.id),
        {
            "stripeCustomerId": kept,
            "stripeCustomerIsTyped": is_typed,
            "stripeCustomerIds": customers,
            "stripeTypedCustomerIds": sorted(look.truth.typed),
            "billing": billing.fields(),
        },
    )


def _kept_customer(user: User, look: BillingSnapshot, billing: Billing) -> str:
    """Return the customer that stands for the user: the first, until nothing of it runs and a proved one counts.

    One that only a buyer's text names gives way to any proved one.
    """
    counting = next((each.customer for each in look.truth.subscriptions if each.id == billing.subscription_id), "")
    if user.customer in look.truth.typed:
        known = (counting, look.customer, *user.customers)
        return next((each for each in known if each and each not in look.truth.typed), user.customer)
    runs = {each.customer for each in look.truth.subscriptions if entitlement.is_running(each)}
    if user.customer and (user.customer in runs or not runs - look.truth.typed):
        return user.customer
    return counting if counting and counting not in look.truth.typed else user.customer or look.customer


def _is_kept_typed(user: User, look: BillingSnapshot, kept: str) -> bool:
    """Tell whether nothing but a buyer's text names the customer that stands for the user, and nobody is proved."""
    if kept in look.truth.typed:
        return False
    if not user.customer:
        return look.typed
    is_proved = kept != user.customer or (look.customer == kept and not look.typed)
    return user.is_typed and not is_proved


def _left(look: BillingSnapshot, read: Read) -> tuple[Write, ...]:
    """Return the write by which a customer leaves the user it was linked to before."""
    if not look.moved_from:
        return ()
    before = users.parse(look.moved_from, read(users.path(look.moved_from)))
    others = [each for each in before.customers if each != look.customer]
    fields = {"stripeCustomerIds": others, "stripeCustomerId": others[0] if others else ""}
    return (Write(users.path(look.moved_from), fields),)


def _effects(event: Event, user: User, billing: Billing, terms: PaymentTerms) -> tuple[Effect, ...]:
    mail = {
        "to": terms.founder,
        "subject": f"Billing: {billing.status} on plan {billing.plan}",
        "text": (
            f"User {user.id} is now {billing.status} on plan {billing.plan}"
            f" (before: {user.billing.status} on plan {user.billing.plan}).\n"
            f"Subscription {billing.subscription_id or 'none'}, event {event.id}.\n"
        ),
    }
    return (
        Effect(f"{event.id}.crm", "crm_contact", SYNC_CRM, {"userId": user.id}),
        Effect(f"{event.id}.mail", "notification", SYNC_PAYMENTS, mail),
        *((claims_effect(event.id, user.id),) if billing.plan != user.billing.plan else ()),
    )


def claims_effect(event_id: str, user_id: str) -> Effect:
    """Return the effect that brings the user's custom claims up to the entitlement, which they are a cache of."""
    return Effect(f"{event_id}.claims", "custom_claims", SYNC_PAYMENTS, {"userId": user_id})

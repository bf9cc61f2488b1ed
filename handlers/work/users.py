"""The one canonical user, `users/{userId}`, and the customer → user mapping of the payment provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.ids import is_document_id
from handlers.work.documents import Fields

DELETED, ACTIVE = "deleted", "active"  # what became of a user's account in Firebase
FREE = "free"
NO_SUBSCRIPTION = "none"
PAST_DUE = "past_due"
PAID = frozenset({"active", "trialing"})


@dataclass(frozen=True)
class Billing:
    """What the user pays for, derived from the payment provider's truth and nothing else.

    `plan` is what the user is entitled to, and `subscribed_plan` what the subscription is for; they differ when
    a payment fails: until `grace_until`, the plan is kept, and then `paid_plan` is left. `grace_counted` is the same
    moment, remembered until something is paid, so that patience is had once. `rev` counts changes; `checks` counts
    every look at the provider that was committed, changed or not, and fences off those that looked earlier but come
    later. `declined_event_id` is the last event that told of a declined payment, which changes nothing of a late one.
    """

    plan: str = FREE
    status: str = NO_SUBSCRIPTION
    subscription_id: str = ""
    rev: int = 0
    checks: int = 0
    last_event_id: str = ""
    subscribed_plan: str = ""
    grace_until: datetime | None = None
    paid_plan: str = FREE
    grace_counted: datetime | None = None
    declined_event_id: str = ""

    def fields(self) -> Fields:
        """Return the block as it is stored."""
        return {
            "plan": self.plan,
            "status": self.status,
            "subscriptionId": self.subscription_id,
            "rev": self.rev,
            "checks": self.checks,
            "lastEventId": self.last_event_id,
            "subscribedPlan": self.subscribed_plan,
            "graceUntil": self.grace_until,
            "paidPlan": self.paid_plan,
            "graceCounted": self.grace_counted,
            **({"declinedEventId": self.declined_event_id} if self.declined_event_id else {}),
        }

    def entitled(self, now: datetime) -> str:
        """Return the plan that the user may use at this moment: what is paid for, or still in its grace period."""
        in_grace = self.status == PAST_DUE and self.grace_until is not None and now < self.grace_until
        return self.subscribed_plan if in_grace else self.paid_plan


@dataclass(frozen=True)
class User:
    """One user. `customers` are all the payment provider's customers this user ever was, and `customer` the one kept.

    `typed_customers` are further ones, which only what a buyer wrote has named; `is_typed` says so of the one kept,
    while nobody has proved another.
    `has_billing` tells whether a billing block is kept: a support thread may come before the signup.
    `stripe_address` is where Stripe's mail goes while another address is not followed there yet, and `account` is
    DELETED when the account is gone, ACTIVE when one came back, and else empty.
    """

    id: str
    has_billing: bool = False
    signed_up: bool = False
    email: str = ""
    name: str = ""
    crm_contact_id: str = ""
    customers: tuple[str, ...] = ()
    customer: str = ""
    typed_customers: tuple[str, ...] = ()
    is_typed: bool = False
    stripe_address: str = ""
    account: str = ""
    billing: Billing = field(default_factory=Billing)


def path(user_id: str) -> str:
    """Return where a user is kept."""
    return f"users/{user_id}"


def parse(user_id: str, fields: Fields | None) -> User:
    """Return the user that `fields` describe; None is a user who is not kept yet.

    An address that is no text counts as none, for the next look at Firebase brings the right one. Raises TypeError,
    ValueError or AttributeError where customers or billing are not as we keep them: who pays for what is not guessed.
    """
    if fields is None:
        return User(user_id)
    email = fields.get("email")
    return User(
        id=user_id,
        has_billing=bool(fields.get("billing")),
        signed_up=bool(fields.get("signedUpAt")),
        email=email if isinstance(email, str) else "",
        name=fields.get("name") or "",
        crm_contact_id=fields.get("crmContactId") or "",
        customers=_ids(fields, "stripeCustomerIds"),
        customer=fields.get("stripeCustomerId") or "",
        typed_customers=_ids(fields, "stripeTypedCustomerIds"),
        is_typed=fields.get("stripeCustomerIsTyped") is True,
        stripe_address=fields.get("stripeAddress") or "",
        account=fields.get("account") or "",
        billing=_billing(fields.get("billing") or {}),
    )


def customer_path(customer: str) -> str:
    """Return where the user of a payment provider's customer is kept."""
    return f"customers/{customer}"


def crm_properties(user: User) -> dict[str, str]:
    """Return what the CRM is to know of a user; properties without a value are left as they are there."""
    known = {
        "email": user.email,
        "firstname": user.name,
        "launch_plan": user.billing.plan,
        "launch_billing_status": user.billing.status,
        "launch_account": user.account,
    }
    return {name: value for name, value in known.items() if value}


def _ids(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = fields.get(name) or []
    if not (isinstance(found, (list, tuple)) and all(isinstance(each, str) and is_document_id(each) for each in found)):
        raise TypeError(f"{name} is no list of ids")
    return tuple(found)


def _count(fields: Mapping[str, Any], name: str) -> int:
    try:
        return int(fields.get(name) or 0)
    except OverflowError as error:
        raise ValueError(f"{name} is no number of times") from error


def _moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    found = fields.get(name)
    if not (found is None or isinstance(found, datetime)):
        raise TypeError(f"{name} is no time")
    return found


def _billing(fields: Mapping[str, Any]) -> Billing:
    plan, status = fields.get("plan") or FREE, fields.get("status") or NO_SUBSCRIPTION
    subscribed, until = fields.get("subscribedPlan") or ("" if plan == FREE else plan), _moment(fields, "graceUntil")
    return Billing(
        plan=plan,
        status=status,
        subscription_id=fields.get("subscriptionId") or "",
        rev=_count(fields, "rev"),
        checks=_count(fields, "checks"),
        last_event_id=fields.get("lastEventId") or "",
        subscribed_plan=subscribed,
        grace_until=until,
        # A block from before these were kept has one subscription, which says both.
        paid_plan=fields.get("paidPlan") or (subscribed if status in PAID and subscribed else FREE),
        grace_counted=_moment(fields, "graceCounted") or until,
        declined_event_id=fields.get("declinedEventId") or "",
    )

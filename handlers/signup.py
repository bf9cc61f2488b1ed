"""A completed signup: exactly one user record and, from it, one CRM contact. Pure."""

from __future__ import annotations

import json
from datetime import datetime

from handlers.service_manifest import SYNC_CRM, SYNC_PAYMENTS
from handlers.words import Code
from handlers.work import users
from handlers.work.documents import Read, Write
from handlers.work.inbox import Decision, Event, EventState
from handlers.work.outbox import Effect

MISSING_CONTACT, ADDRESS_DIFFERS = "contact_missing", "address_differs"
ADDRESS_PROVED, ACCOUNT_DIFFERS = "address_proved", "account_differs"
CONTACT, STRIPE_ADDRESS = "crm_contact", "stripe_address"  # kinds of effects


def decide(event: Event, now: datetime, read: Read) -> Decision:
    """Return the decision about a `signup_completed` intent: nothing when the user record already says the same.

    The other kinds come from who has seen that a user lacks a contact, or that Firebase knows another address, or none
    any more, or no account: what is mailed to the user follows the record, and so do the CRM and Stripe.
    """
    user = users.parse(event.user_id, read(users.path(event.user_id)))
    if event.kind == MISSING_CONTACT:
        return Decision((), (_contact(event, user),)) if user.signed_up else Decision(state=EventState.IGNORED)
    if event.kind == ADDRESS_DIFFERS:
        return _readdressed(event, user)
    if event.kind == ADDRESS_PROVED:
        return Decision((), _at_stripe(event, user)) if user.stripe_address else Decision(state=EventState.IGNORED)
    if event.kind == ACCOUNT_DIFFERS:
        return _account(event, user)
    email = event.email or user.email
    name = event.data.get("name", "").strip() or user.name
    if user.signed_up and (email, name) == (user.email, user.name):
        return Decision(code=Code.SIGNUP_DONE)
    moved = user.signed_up and email != user.email
    fields: dict[str, object] = {"email": email, "name": name, **(_left_at_stripe(user) if moved else {})}
    if not user.signed_up:
        fields["signedUpAt"] = now
    if not user.has_billing:
        fields["billing"] = user.billing.fields()
    effects = (_contact(event, user), *_claims(event, user), *(_at_stripe(event, user) if moved else ()))
    return Decision((Write(users.path(user.id), fields),), effects, code=Code.SIGNUP_DONE)


def _readdressed(event: Event, user: users.User) -> Decision:
    if not user.signed_up or event.email == user.email:
        return Decision(state=EventState.IGNORED)
    told = {} if event.email else {"isAddressGone": True}
    fields = {"email": event.email, **_left_at_stripe(user)}
    return Decision((Write(users.path(user.id), fields),), (_contact(event, user, **told), *_at_stripe(event, user)))


def _account(event: Event, user: users.User) -> Decision:
    """Return the decision about an account that is gone, or there again. What is paid for is a person's to end."""
    said = json.loads(event.body)["account"]
    if not user.signed_up or said == user.account:
        return Decision(state=EventState.IGNORED)
    return Decision((Write(users.path(user.id), {"account": said}),), (_contact(event, user),))


def _left_at_stripe(user: users.User) -> dict[str, object]:
    """Return what is kept of a change until Stripe has followed it: the address that Stripe has."""
    return {"stripeAddress": user.stripe_address or user.email} if user.customers else {}


def _at_stripe(event: Event, user: users.User) -> tuple[Effect, ...]:
    if not user.customers:
        return ()
    return (Effect(f"{event.id}.stripe", STRIPE_ADDRESS, SYNC_PAYMENTS, {"userId": user.id}),)


def _contact(event: Event, user: users.User, **told: bool) -> Effect:
    return Effect(f"{event.id}.crm", CONTACT, SYNC_CRM, {"userId": user.id, **told})


def _claims(event: Event, user: users.User) -> tuple[Effect, ...]:
    """Return the claims of someone who paid before they had an account to say it in."""
    if user.billing.plan == users.FREE:
        return ()
    return (Effect(f"{event.id}.claims", "custom_claims", SYNC_PAYMENTS, {"userId": user.id}),)

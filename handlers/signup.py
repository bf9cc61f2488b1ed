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
CONTACT = "crm_contact"  # kind of effect


def decide(event: Event, now: datetime, read: Read) -> Decision:
    """Return the decision about a `signup_completed` intent: nothing when the user record already says the same.

    The other kinds come from who has seen that a user lacks a contact, or that Firebase knows another address, or none
    any more: what is mailed to the user follows the record, and so does the CRM.
    """
    user = users.parse(event.user_id, read(users.path(event.user_id)))
    if event.kind == MISSING_CONTACT:
        return Decision((), (_contact(event, user),)) if user.signed_up else Decision(state=EventState.IGNORED)
    if event.kind == ADDRESS_DIFFERS:
        return _readdressed(event, user)
    email = event.email or user.email
    name = json.loads(event.body)["data"].get("name", "").strip() or user.name
    if user.signed_up and (email, name) == (user.email, user.name):
        return Decision(code=Code.SIGNUP_DONE)
    fields: dict[str, object] = {"email": email, "name": name}
    if not user.signed_up:
        fields["signedUpAt"] = now
    if not user.has_billing:
        fields["billing"] = user.billing.fields()
    effects = (_contact(event, user), *_claims(event, user))
    return Decision((Write(users.path(user.id), fields),), effects, code=Code.SIGNUP_DONE)


def _readdressed(event: Event, user: users.User) -> Decision:
    if not user.signed_up or event.email == user.email:
        return Decision(state=EventState.IGNORED)
    told = {} if event.email else {"isAddressGone": True}
    return Decision((Write(users.path(user.id), {"email": event.email}),), (_contact(event, user, **told),))


def _contact(event: Event, user: users.User, **told: bool) -> Effect:
    return Effect(f"{event.id}.crm", CONTACT, SYNC_CRM, {"userId": user.id, **told})


def _claims(event: Event, user: users.User) -> tuple[Effect, ...]:
    """Return the claims of someone who paid before they had an account to say it in."""
    if user.billing.plan == users.FREE:
        return ()
    return (Effect(f"{event.id}.claims", "custom_claims", SYNC_PAYMENTS, {"userId": user.id}),)

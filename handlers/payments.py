"""How `sync-payments` prepares the decision about a Stripe event: whose it is, and what Stripe knows now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from handlers import billing, users
from handlers.documents import Documents, Read
from handlers.failures import NotYet
from handlers.inbox import Claim, Decide, Decision, State
from handlers.stripe_api import Provider
from handlers.stripe_events import Facts, Subscription, facts
from handlers.users import User

PATIENCE = 6  # attempts to wait for the event that names the user; a minute, as the queue backs off


@dataclass(frozen=True)
class Payments:
    """Prepares decisions; `notify` is the `to` of notifications about billing."""

    documents: Documents
    provider: Provider
    notify: Mapping[str, str]

    def prepare(self, held: Claim) -> Decide:
        """Return the decision to make in the event's transaction.

        Raises NotYet while no user is known for the customer, Unavailable when Stripe cannot be asked.
        """
        said = facts(held.event.kind, json.loads(held.event.body))
        if not said.customer:
            return partial(_ignored, "the event is about no customer")
        user_id = self._user_of(said)
        if not user_id:
            return self._unclaimed(held, said)
        user = users.parse(user_id, self.documents.get(users.path(user_id)))
        look = billing.Look(user_id, said.customer, user.billing.checks, self._subscriptions(user, said))
        return partial(billing.decide, held.event, look, self.notify)

    def _user_of(self, said: Facts) -> str:
        """Return whose customer it is. What was once remembered wins: events can carry what a buyer typed in."""
        link = self.documents.get(users.customer_path(said.customer))
        if link:
            return str(link["userId"])
        return said.user_id or self.provider.user_of(said.customer)

    def _unclaimed(self, held: Claim, said: Facts) -> Decide:
        """Wait for the checkout that names the user; once it has passed, it will have fetched what this event tells."""
        if held.attempt < PATIENCE or self.provider.subscriptions(said.customer) is None:
            raise NotYet("no user is known for the customer")
        return partial(_ignored, "no user is known for the customer; the event that names one will fetch this too")

    def _subscriptions(self, user: User, said: Facts) -> tuple[Subscription, ...]:
        """Return what Stripe knows of all customers the user ever was, guests at checkout included."""
        answers = [self.provider.subscriptions(each) for each in dict.fromkeys((*user.customers, said.customer))]
        if all(answer is None for answer in answers):
            return billing.remembered(user.billing, said.observed)
        return tuple(each for answer in answers if answer for each in answer)


def _ignored(reason: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=State.IGNORED, reason=reason)

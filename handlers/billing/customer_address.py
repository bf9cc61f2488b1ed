"""Kind `stripe_address`: Stripe's own mail, such as that after a failed payment, follows a user's address in Firebase.

Only a customer whose address is the one that the user had before: another one was given to Stripe on purpose. And only
to an address that is proved, or to none: invoices are nobody else's business.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from handlers.billing.stripe_events import Customer
from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Read, Write
from handlers.work.effects import After
from handlers.work.outbox import Effect
from handlers.work.users import User


class Addressed(Protocol):
    """Customers and where mail to them goes. Both methods raise Unavailable when they cannot be asked."""

    def customer(self, customer: str) -> Customer:
        """Return what is known of a customer; nothing when there is none."""
        ...

    def move_address(self, customer: str, email: str) -> None:
        """Have mail to a customer go to another address, or with an empty one to nobody; repeating it is harmless."""
        ...


class CustomerAddress:
    """Performs it."""

    replay_window = timedelta.max

    def __init__(self, documents: Documents, provider: Addressed, accounts: Accounts) -> None:
        self._documents = documents
        self._provider = provider
        self._accounts = accounts

    def perform(self, effect: Effect) -> After:
        """See Performer. Without a proof nothing is done: reconciliation asks again when there is one."""
        user_id: str = effect.payload["userId"]
        user = users.parse(user_id, self._documents.get(users.path(user_id)))
        account = self._accounts.get(user_id) if user.stripe_address else None
        if account is None or (account.email and not account.email_verified):
            return lambda _: []
        self._move(user, account.email)

        def after(read: Read) -> list[Write] | None:
            now = users.parse(user_id, read(users.path(user_id)))
            is_same = (now.stripe_address, now.email.casefold()) == (user.stripe_address, account.email.casefold())
            return [Write(users.path(user_id), {"stripeAddress": ""})] if is_same else []

        return after

    def _move(self, user: User, email: str) -> None:
        for customer in user.customers:
            has = self._provider.customer(customer).email
            if customer not in user.typed_customers and has and has.casefold() == user.stripe_address.casefold():
                self._provider.move_address(customer, email)

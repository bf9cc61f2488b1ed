"""Which user a customer of the payment provider is."""

from __future__ import annotations

from handlers.billing.stripe_api import Provider
from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents


def of_customer(documents: Documents, provider: Provider, accounts: Accounts, customer: str, named: str = "") -> str:
    """Return the user, or nothing; `named` is the user that an event names.

    What was once remembered wins, for events can carry what a buyer typed in. Customers from before the launch are
    known by their metadata, or else by their e-mail address. Raises Unavailable.
    """
    link = documents.get(users.customer_path(customer))
    if link:
        return str(link["userId"])
    if named:
        return named
    known = provider.customer(customer)
    return known.user_id or _by_address(documents, accounts, known.email)


def _by_address(documents: Documents, accounts: Accounts, email: str) -> str:
    """Return the user who has proved that the address is theirs, unless they are another customer already.

    At a checkout anyone can type in anyone's address: it may bring a stranger a plan, and never change one.
    """
    account = accounts.by_email(email) if email else None
    if account is None or not account.email_verified:
        return ""
    user = users.parse(account.id, documents.get(users.path(account.id)))
    return "" if user.customers else account.id

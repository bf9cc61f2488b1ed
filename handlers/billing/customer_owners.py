"""Which user a customer of the payment provider is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers import ids
from handlers.billing.entitlement import is_running
from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import Customer, Facts
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Fields
from handlers.work.users import User


@dataclass(frozen=True)
class Owner:
    """The user, or nothing. `typed` says that nothing but a buyer's text, or our own record of before, names them now:
    what is known of that customer stays as it is. `before` says whose customer it was.

    `conflict` says why nobody was taken although somebody has the address.
    """

    user_id: str = ""
    typed: bool = False
    before: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class Owners:
    """Finds owners; every method raises Unavailable when store, provider or Firebase cannot be asked."""

    documents: Documents
    provider: Provider
    accounts: Accounts

    def of(self, said: Facts) -> Owner:
        """Return the owner of the customer that an event is about.

        What was once remembered wins, for events can carry what a buyer typed in; unless that user's account is gone
        and another account is named by the customer's metadata or has its verified address. Then comes the metadata of
        the event and of the customer, which the founder's server writes, then what a buyer may have written, then a
        verified e-mail address.
        """
        return self.by_link(said, self.documents.get(users.customer_path(said.customer)))

    def by_link(self, said: Facts, link: Fields | None) -> Owner:
        """Return the owner, as `of`, by what is remembered of the customer."""
        linked = str((link or {}).get("userId") or "")
        if linked:
            return self._linked(said, linked)
        if said.user_id:
            return Owner(said.user_id)
        known = self.provider.customer(said.customer)
        if known.user_id:
            return Owner(known.user_id)
        return Owner(said.typed, typed=True) if said.typed else self._by_address(known.email)

    def of_all(self, customers: Iterable[str]) -> Mapping[str, Owner]:
        """Return the owners of customers by all that is known without an event."""
        return {each: self.of(Facts(each, "")) for each in customers}

    def agrees_on_address(self, user: User, customer: str) -> bool:
        """Tell whether a further customer that a buyer's text names is the user's own all the same.

        It is when it has the address that the user has verified, and those which only texts have named before have not.
        """
        if customer in user.customers or not user.is_typed:
            return False
        account = self.accounts.get(user.id)
        if account is None or not (account.email and account.email_verified):
            return False
        email = account.email
        return self._has(customer, email) and not any(self._has(each, email) for each in user.customers)

    def _linked(self, said: Facts, user_id: str) -> Owner:
        """Return whose customer it was and is: a link is no proof, for a buyer's own text may have made it."""
        is_proved = said.is_proof and said.user_id == user_id
        if not self._is_gone(user_id):
            return Owner(user_id, typed=not is_proved)
        known = self.provider.customer(said.customer)
        found = self._living(known) or self._by_address(known.email)
        if found.user_id in ("", user_id):
            return Owner(user_id, typed=not is_proved)
        return Owner(found.user_id, before=user_id)

    def _is_gone(self, user_id: str) -> bool:
        """Tell whether an account is known to be gone: while Firebase is down nobody's billing waits for it."""
        try:
            return self.accounts.get(user_id) is None
        except Unavailable:
            return False

    def _living(self, known: Customer) -> Owner | None:
        is_alive = bool(known.user_id) and self.accounts.get(known.user_id) is not None
        return Owner(known.user_id) if is_alive else None

    def _by_address(self, email: str) -> Owner:
        """Return the user who has proved that the address is theirs, unless another customer of theirs still runs.

        At a checkout anyone can type in anyone's address: it may bring a stranger a plan, and never change one.
        """
        account = self.accounts.by_email(email) if email else None
        if account is None or not account.email_verified or not ids.is_document_id(account.id):
            return Owner()
        try:
            user = users.parse(account.id, self.documents.get(users.path(account.id)))
        except (TypeError, ValueError, AttributeError):  # a person has to look; no sweep over all ends at it
            return Owner(conflict=account.id)
        return Owner(conflict=user.id) if self._runs(user, email) else Owner(account.id)

    def _runs(self, user: User, email: str) -> bool:
        """Tell whether a customer of the user's runs; one of a stranger's, by name and address, is in nobody's way."""
        typed = {*user.typed_customers, *({user.customer} if user.is_typed else ())}
        runs = [each for each in user.customers if any(map(is_running, self.provider.subscriptions(each) or ()))]
        return any(each not in typed or self._has(each, email) for each in runs)

    def _has(self, customer: str, email: str) -> bool:
        return self.provider.customer(customer).email.casefold() == email.casefold()

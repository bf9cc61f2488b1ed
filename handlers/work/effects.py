"""How each kind of effect is performed: one small class a kind, over the protocol of what it needs outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Read, Write
from handlers.work.outbox import Effect

After = Callable[[Read], list[Write] | None]


class Performer(Protocol):
    """Performs effects of one kind. `replay_window` is how long a repetition under the same key is harmless."""

    @property
    def replay_window(self) -> timedelta:
        """How long after the first attempt the effect may still be repeated."""
        ...

    def perform(self, effect: Effect) -> After:
        """Do it, and return the writes to keep with the effect's end; they are None when it is to be done again.

        Raises Unavailable when it may work later, Refused when it never will.
        """
        ...


class Crm(Protocol):
    """A CRM: contacts by our user id."""

    def upsert(self, user_id: str, properties: Mapping[str, str], *, is_verified: bool = False) -> str:
        """Create or update a user's contact and return its id; repeating it is harmless.

        `is_verified` says that the address in `properties` is proven to be the user's own. Raises Unavailable when it
        may work later, Refused when the CRM will never take it.
        """
        ...


class Mailer(Protocol):
    """A mail service. `replay_window` is how long it knows an idempotency key, zero when it knows none."""

    replay_window: timedelta

    def send(self, to: str, subject: str, text: str, key: str, reply_to: str = "") -> str:
        """Send one plain-text mail and return its id. `reply_to` is where answers go, the sender when it is empty.

        Raises Unavailable when it may work later, NotSent when besides it certainly is not out, Refused when it never
        will be.
        """
        ...


class ContactSync:
    """Kind `crm_contact`: the CRM learns what the user record says at that moment."""

    replay_window = timedelta.max

    def __init__(self, documents: Documents, crm: Crm, accounts: Accounts) -> None:
        self._documents = documents
        self._crm = crm
        self._accounts = accounts

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        user_id: str = effect.payload["userId"]
        known = users.parse(user_id, self._documents.get(users.path(user_id)))
        sent = users.crm_properties(known)
        gone = {"email": ""} if effect.payload.get("isAddressGone") and not known.email else {}
        contact_id = self._crm.upsert(user_id, {**sent, **gone}, is_verified=self._is_proven(user_id, known.email))

        def after(read: Read) -> list[Write] | None:
            user = users.parse(user_id, read(users.path(user_id)))
            # Two syncs of one user may overtake each other on the way: the last to end must have sent the latest.
            if users.crm_properties(user) != sent:
                return None
            return [] if user.crm_contact_id else [Write(users.path(user_id), {"crmContactId": contact_id})]

        return after

    def _is_proven(self, user_id: str, email: str) -> bool:
        account = self._accounts.get(user_id) if email else None
        return account is not None and account.email_verified and account.email.casefold() == email.casefold()


class Notification:
    """Kind `notification`: one mail, fixed when it was decided, since a key must not come back with another text."""

    def __init__(self, mailer: Mailer, replay_window: timedelta) -> None:
        self._mailer = mailer
        self.replay_window = replay_window

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        mail = effect.payload
        self._mailer.send(mail["to"], mail["subject"], mail["text"], effect.id)
        return lambda _: []

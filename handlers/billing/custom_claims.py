"""Kind `custom_claims`: the ID token says what the user is entitled to. A cache: the billing block is what counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Read, Write
from handlers.work.effects import After
from handlers.work.outbox import Effect

PLAN = "plan"
DIFFER = "claims_differ"  # the event of who has found that they are not what the user is entitled to


class ClaimsCache:
    """Performs it; claims of others, such as who is staff, stay as they are."""

    replay_window = timedelta.max

    def __init__(self, documents: Documents, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._accounts = accounts
        self._clock = clock

    def perform(self, effect: Effect) -> After:
        """See Performer. A user without an account, known only to Stripe so far, has no token to carry it."""
        user_id: str = effect.payload["userId"]
        plan = self._plan(self._documents.get, user_id)
        account = self._accounts.get(user_id)
        if account and account.claims.get(PLAN) != plan:
            self._accounts.set_claims(user_id, {**account.claims, PLAN: plan})

        def after(read: Read) -> list[Write] | None:
            return [] if self._plan(read, user_id) == plan else None

        return after

    def _plan(self, read: Read, user_id: str) -> str:
        return users.parse(user_id, read(users.path(user_id))).billing.entitled(self._clock())

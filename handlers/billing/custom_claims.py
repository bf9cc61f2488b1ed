"""Kind `custom_claims`: the ID token says what the user is entitled to. A cache: the billing block is what counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.outside.firebase_accounts import Accounts
from handlers.work import users
from handlers.work.documents import Documents, Read, Write
from handlers.work.effects import After
from handlers.work.outbox import Effect

PLAN = "plan"
DIFFER = "claims_differ"  # the event of who has found that they are not what the user is entitled to


STAFF = "staff"


def revocation_path(user_id: str) -> str:
    """Return where it is kept which claims of a user were taken away."""
    return f"revocations/{user_id}"


def revoked(read: Read, user_id: str) -> frozenset[str]:
    """Return the names of the claims that were taken away from a user."""
    kept = read(revocation_path(user_id)) or {}
    return frozenset(name for name, is_gone in (kept.get("claims") or {}).items() if is_gone)


def revocation(user_id: str, claim: str, *, is_gone: bool) -> Write:
    """Return the write that comes before a claim is taken away, or given."""
    return Write(revocation_path(user_id), {"claims": {claim: is_gone}})


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
        if account and (account.claims.get(PLAN) != plan or self._gone(user_id, account.claims)):
            self._write(user_id, {**account.claims, PLAN: plan})

        def after(read: Read) -> list[Write] | None:
            return [] if self._plan(read, user_id) == plan else None

        return after

    def _write(self, user_id: str, claims: Mapping[str, Any]) -> None:
        """Write the claims, and write them again without those that were taken away meanwhile.

        Firebase replaces all claims at once and knows no condition (firebase.google.com/docs/auth/admin/custom-claims),
        so what was read may be given back after it was taken. Who takes one away says so in Firestore first: it is seen
        here after our write, or else their write comes after ours. Where we end in between, the next attempt sees it.
        """
        self._accounts.set_claims(user_id, claims)
        gone = self._gone(user_id, claims)
        if gone:
            self._accounts.set_claims(user_id, {name: value for name, value in claims.items() if name not in gone})

    def _gone(self, user_id: str, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return which of the claims were taken away."""
        return revoked(self._documents.get, user_id) & set(claims)

    def _plan(self, read: Read, user_id: str) -> str:
        return users.parse(user_id, read(users.path(user_id))).billing.entitled(self._clock())

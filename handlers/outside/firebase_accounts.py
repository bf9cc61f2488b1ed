"""The accounts of Firebase Authentication, by the REST interface that its admin libraries use.

Reference: https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from handlers.failures import NotSent, Unavailable
from handlers.outside import http_client

URL = "https://identitytoolkit.googleapis.com/v1"
PAGE = 500  # accounts; the most is 1000 of a list, and 500 of a query
MOST_LOOKED_UP = 100  # ids at one look-up (firebase.google.com/docs/auth/admin/manage-users, "Bulk retrieve user data")
MAX_ID = 128  # characters (firebase.google.com/docs/auth/admin/manage-users, "Create a user", `uid`)
NO_ADDRESS = "INVALID_EMAIL"
MAX_CLAIMS = 1_000  # characters (firebase.google.com/docs/auth/admin/custom-claims)


NOT_STARTED = "CONFIGURATION_NOT_FOUND"  # what every call is answered with, by status 400, until somebody starts it


class AuthenticationNotStarted(NotSent):
    """Firebase Authentication was never started in the project, so that nobody has signed up; a person can start it."""


@dataclass(frozen=True)
class Account:
    """One account: `email` is empty for those without, `claims` are its custom claims.

    `created` is in seconds since the epoch, `has_phone` tells whether it has a telephone number, which is verified.
    Who signed in before `valid_since`, in seconds too, has to do so again
    (firebase.google.com/docs/auth/admin/manage-sessions).
    """

    id: str
    email: str = ""
    email_verified: bool = False
    claims: Mapping[str, Any] = field(default_factory=dict)
    created: float = 0.0
    has_phone: bool = False
    disabled: bool = False
    valid_since: float = 0.0


class Accounts(Protocol):
    """The accounts of one project. Every method raises Unavailable when they cannot be asked."""

    def get(self, user_id: str) -> Account | None:
        """Return an account by its id, or None."""
        ...

    def by_email(self, email: str) -> Account | None:
        """Return an account by its e-mail address, or None."""
        ...

    def set_claims(self, user_id: str, claims: Mapping[str, Any]) -> None:
        """Replace the account's custom claims, all of them; its next ID token carries them."""
        ...

    def delete(self, user_id: str) -> None:
        """Delete an account; one that is not there is no mistake."""
        ...

    def page(self, after: str = "") -> tuple[list[Account], str]:
        """Return some accounts and what to ask for the next with, empty at the end."""
        ...

    def some(self, ids: Sequence[str]) -> list[Account]:
        """Return those of at most MOST_LOOKED_UP accounts that there are."""
        ...

    def newest(self, offset: int = 0) -> list[Account]:
        """Return some accounts, the youngest first, without the first `offset` of them."""
        ...


class FirebaseAccounts:
    """The Accounts of a Firebase project. `headers` returns what authorizes a call, `url` is where the API is."""

    def __init__(self, project: str, headers: Callable[[], Mapping[str, str]], url: str = URL) -> None:
        self._base = f"{url}/projects/{project}"
        self._headers = headers

    def get(self, user_id: str) -> Account | None:
        """See Accounts."""
        return next(iter(self.some([user_id])), None)

    def by_email(self, email: str) -> Account | None:
        """See Accounts."""
        return next(iter(self._looked_up({"email": [email]})), None)

    def set_claims(self, user_id: str, claims: Mapping[str, Any]) -> None:
        """See Accounts."""
        attributes = json.dumps(dict(claims), separators=(",", ":"))
        if len(attributes) > MAX_CLAIMS:
            raise http_client.Refused(
                f"the custom claims are {len(attributes)} characters long; Firebase takes {MAX_CLAIMS}"
            )
        self._call("POST", "/accounts:update", json={"localId": user_id, "customAttributes": attributes})

    def delete(self, user_id: str) -> None:
        """See Accounts."""
        if self.get(user_id) is not None:
            self._call("POST", "/accounts:delete", json={"localId": user_id})

    def page(self, after: str = "") -> tuple[list[Account], str]:
        """See Accounts."""
        query = {"maxResults": PAGE, **({"nextPageToken": after} if after else {})}
        found = self._call("GET", "/accounts:batchGet", params=query)
        return [_account(each) for each in found.get("users") or ()], found.get("nextPageToken") or ""

    def some(self, ids: Sequence[str]) -> list[Account]:
        """See Accounts."""
        possible = [each for each in ids if 0 < len(each) <= MAX_ID]
        return self._looked_up({"localId": possible}) if possible else []

    def newest(self, offset: int = 0) -> list[Account]:
        """See Accounts; https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts/query."""
        wanted = {"returnUserInfo": True, "sortBy": "CREATED_AT", "order": "DESC"}
        found = self._call("POST", "/accounts:query", json={**wanted, "limit": str(PAGE), "offset": str(offset)})
        return [_account(each) for each in found.get("userInfo") or ()]

    def _looked_up(self, wanted: Mapping[str, Any]) -> list[Account]:
        """Return the accounts of these ids or addresses; what Firebase takes for no address is nobody's."""
        found = self._call("POST", "/accounts:lookup", none=NO_ADDRESS, json=wanted).get("users")
        return [_account(each) for each in found or ()]

    def _call(self, method: str, path: str, none: str = "", **request: Any) -> dict[str, Any]:
        """Return the answer, which is empty where Firebase refuses for the reason that `none` names."""
        reply = http_client.call(
            "Firebase Authentication", method, self._base + path, headers=self._headers(), **request
        )
        if reply.status in http_client.DENIED:
            raise Unavailable(f"Firebase Authentication: answered {reply.status}; does the service have its role?")
        if reply.status == 400 and _message(reply).startswith(NOT_STARTED):
            raise AuthenticationNotStarted(
                "Firebase Authentication is not started in this project; somebody has to press Get started in "
                "Firebase's console, under Authentication"
            )
        if reply.status == 400 and none and _message(reply).startswith(none):
            return {}
        if reply.status != 200:
            raise http_client.Refused(f"Firebase Authentication answered {reply.status} to {path}")
        return reply.body


def _message(reply: http_client.Reply) -> str:
    error = reply.body.get("error")
    return str(error.get("message", "")) if isinstance(error, dict) else ""


def _account(found: Mapping[str, Any]) -> Account:
    claims = json.loads(found.get("customAttributes") or "{}")
    created = int(found.get("createdAt") or 0) / 1000  # the API has milliseconds
    return Account(
        found["localId"],
        found.get("email") or "",
        bool(found.get("emailVerified")),
        claims,
        created,
        bool(found.get("phoneNumber")),
        bool(found.get("disabled")),
        float(found.get("validSince") or 0),
    )

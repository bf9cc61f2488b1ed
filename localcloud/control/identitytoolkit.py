"""Sign-up and sign-in of Firebase Authentication over REST, with the error words that its client libraries know.

Reference: https://cloud.google.com/identity-platform/docs/reference/rest/v1/accounts
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localcloud import iam
from localcloud.base import human_steps, tokens
from localcloud.base.world import World
from localcloud.control.auth_users import EmailTakenError, User, Users

SHORTEST_PASSWORD = 6  # characters
MOST_CLAIMS = 1_000  # characters
MOST_A_PAGE = 1_000
MOST_A_QUERY = 500
TIMES = {"CREATED_AT": "created", "LAST_LOGIN_AT": "last_login"}  # sortBy → column
RESERVED = frozenset(
    {"acr", "amr", "at_hash", "aud", "auth_time", "azp", "cnf", "c_hash", "exp", "firebase", "iat", "iss", "jti", "nbf"}
    | {"nonce", "sub"}
)
"""Names that custom claims may not have."""


class BadRequestError(Exception):
    """The request is answered with status 400 and this message, such as EMAIL_EXISTS."""


class IdentityToolkit:
    """The methods, over the accounts of one world. `clock` gives seconds since the epoch."""

    def __init__(self, home: Path, world: World, clock: Callable[[], float] = time.time) -> None:
        self._home = home
        self._world = world
        self._users = Users(world)
        self._clock = clock

    def sign_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an account with e-mail and password, or an anonymous one without; raises BadRequestError."""
        email, password = body.get("email"), body.get("password")
        if email is not None or password is not None:
            email, password = _email(email), _password(password)
            if len(password) < SHORTEST_PASSWORD:
                raise BadRequestError("WEAK_PASSWORD : Password should be at least 6 characters")
        try:
            user = self._users.add(self._project(), email, password, self._clock())
        except EmailTakenError as error:
            raise BadRequestError("EMAIL_EXISTS") from error
        return {"kind": "identitytoolkit#SignupNewUserResponse", **self._signed_in(user)}

    def sign_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Sign in with e-mail and password; raises BadRequestError.

        One answer for an unknown address and for a wrong password, as in every project made since September 2023
        (e-mail enumeration protection).
        """
        email, password = _email(body.get("email")), _password(body.get("password"))
        user = self._users.log_in(self._project(), email, password, self._clock())
        if user is None:
            raise BadRequestError("INVALID_LOGIN_CREDENTIALS")
        return {"kind": "identitytoolkit#VerifyPasswordResponse", "registered": True, **self._signed_in(user)}

    def look_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the account that an ID token belongs to; raises BadRequestError."""
        bearer = body.get("idToken")
        if not isinstance(bearer, str) or not bearer:
            raise BadRequestError("MISSING_ID_TOKEN")
        try:
            claims = tokens.firebase_claims(self._home, self._project(), bearer, self._clock())
        except tokens.InvalidTokenError as error:
            raise BadRequestError("INVALID_ID_TOKEN") from error
        user = self._users.get(self._project(), str(claims["sub"]))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        return {"kind": "identitytoolkit#GetAccountInfoResponse", "users": [_account(user)]}

    # What an administrator asks for: the caller's permission was checked before.

    def find(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts of some ids and e-mail addresses, without those that are not there."""
        project = self._project()
        wanted = [self._users.get(project, str(each)) for each in _texts(body, "localId")]
        wanted += [self._users.by_email(project, str(each)) for each in _texts(body, "email")]
        found = [_account(user) for user in wanted if user]
        return {"kind": "identitytoolkit#GetAccountInfoResponse", **({"users": found} if found else {})}

    def update(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change an account's custom claims, or whether its address is verified; raises BadRequestError."""
        unknown = sorted(set(body) - {"localId", "customAttributes", "emailVerified"})
        if unknown:
            raise BadRequestError(f"OPERATION_NOT_ALLOWED : the rehearsal does not change {', '.join(unknown)}")
        user = self._users.get(self._project(), str(body.get("localId", "")))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        custom = _custom(body["customAttributes"]) if "customAttributes" in body else user.custom
        self._users.set_attributes(user, custom, bool(body.get("emailVerified", user.verified)))
        return {"kind": "identitytoolkit#SetAccountInfoResponse", "localId": user.uid}

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Delete an account (projects.accounts.delete); raises BadRequestError."""
        user = self._users.get(self._project(), str(body.get("localId", "")))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        self._users.remove(user)
        return {"kind": "identitytoolkit#DeleteAccountResponse"}

    def page(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return some accounts, by id (accounts.batchGet); raises BadRequestError."""
        wanted = str(query.get("maxResults", "20"))
        if not (wanted.isdecimal() and 1 <= int(wanted) <= MOST_A_PAGE):
            raise BadRequestError("INVALID_PAGE_SELECTION")
        users = self._users.page(self._project(), str(query.get("nextPageToken", "")), int(wanted) + 1)
        shown = [_account(user) for user in users[: int(wanted)]]
        more = {"nextPageToken": shown[-1]["localId"]} if len(users) > len(shown) else {}
        return {"kind": "identitytoolkit#DownloadAccountResponse", **({"users": shown} if shown else {}), **more}

    def query(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return accounts in an order of time (projects.accounts.query); raises BadRequestError for other questions.

        https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts/query
        """
        unknown = sorted(set(body) - {"returnUserInfo", "limit", "offset", "sortBy", "order"})
        if unknown or body.get("sortBy") not in TIMES or body.get("order", "ASC") not in ("ASC", "DESC"):
            raise BadRequestError(
                "OPERATION_NOT_ALLOWED : the rehearsal sorts all accounts by CREATED_AT or LAST_LOGIN_AT"
            )
        total = self._users.count(self._project())
        if not body.get("returnUserInfo"):
            return {"recordsCount": str(total)}
        limit, offset = str(body.get("limit", MOST_A_QUERY)), str(body.get("offset", "0"))
        if not (limit.isdecimal() and offset.isdecimal() and 1 <= int(limit) <= MOST_A_QUERY):
            raise BadRequestError("INVALID_PAGE_SELECTION")
        by, down = TIMES[str(body["sortBy"])], body.get("order") == "DESC"
        users = self._users.sorted(self._project(), by, int(limit), int(offset), down=down)
        return {"recordsCount": str(total), **({"userInfo": [_account(user) for user in users]} if users else {})}

    def refresh(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Trade a refresh token for a new ID token (the `token` method of securetoken); raises BadRequestError."""
        if body.get("grant_type") != "refresh_token":
            raise BadRequestError("INVALID_GRANT_TYPE")
        user = self._users.by_refresh_token(str(body.get("refresh_token", "")))
        if user is None:
            raise BadRequestError("INVALID_REFRESH_TOKEN")
        bearer = self._bearer(user)
        return {
            "access_token": bearer,
            "id_token": bearer,
            "expires_in": str(tokens.LIFE),
            "token_type": "Bearer",
            "refresh_token": user.refresh,
            "user_id": user.uid,
            "project_id": iam.project_number(self._world, user.project),
        }

    def _signed_in(self, user: User) -> dict[str, Any]:
        known = {"email": user.email} if user.email else {}
        return {
            **known,
            "idToken": self._bearer(user),
            "refreshToken": user.refresh,
            "expiresIn": str(tokens.LIFE),
            "localId": user.uid,
        }

    def _bearer(self, user: User) -> str:
        return tokens.firebase_token(self._home, user.project, user.uid, user.claims(), self._clock())

    def _project(self) -> str:
        """Return the project id. In production the API key tells; a rehearsal has one project."""
        project = next(iter(self._world.resources(iam.PROJECT)), None)
        if project is None or human_steps.is_undone(self._world, human_steps.SIGN_IN):
            raise BadRequestError("CONFIGURATION_NOT_FOUND")
        return str({**project.inputs, **project.outputs}["projectId"])


def _email(value: object) -> str:
    if value in (None, ""):
        raise BadRequestError("MISSING_EMAIL")
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}", value):
        raise BadRequestError("INVALID_EMAIL")
    return value


def _password(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise BadRequestError("MISSING_PASSWORD")
    return value


def _texts(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name, [])
    if not isinstance(found, list):
        raise BadRequestError(f"Invalid value at '{name}', a list is expected")
    return found


def _custom(value: object) -> str:
    """Return custom claims as they are kept; https://firebase.google.com/docs/auth/admin/custom-claims."""
    if not isinstance(value, str) or len(value) > MOST_CLAIMS:
        raise BadRequestError("CLAIMS_TOO_LARGE")
    try:
        claims = json.loads(value or "{}")
    except ValueError as error:
        raise BadRequestError("INVALID_CLAIMS") from error
    if not isinstance(claims, dict):
        raise BadRequestError("INVALID_CLAIMS")
    taken = sorted(RESERVED & set(claims))
    if taken:
        raise BadRequestError(f"FORBIDDEN_CLAIM : {taken[0]}")
    return value


def _account(user: User) -> dict[str, Any]:
    account: dict[str, Any] = {
        "localId": user.uid,
        "createdAt": str(int(user.created * 1000)),
        "lastLoginAt": str(int(user.last_login * 1000)),
    }
    if user.email:
        provider = {"providerId": "password", "email": user.email, "federatedId": user.email, "rawId": user.email}
        account |= {"email": user.email, "emailVerified": user.verified, "providerUserInfo": [provider]}
    if user.custom:
        account["customAttributes"] = user.custom
    return account

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


class NotDoneError(Exception):
    """The request is answered with status 501 and this sentence: only the real Firebase does it."""


class IdentityToolkit:
    """The methods, over the accounts of one world. `clock` gives seconds since the epoch."""

    def __init__(self, home: Path, world: World, clock: Callable[[], float] = time.time) -> None:
        self._home = home
        self._world = world
        self._users = Users(world)
        self._clock = clock

    def sign_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an account with e-mail and password, or an anonymous one without; raises BadRequestError.

        With an ID token its own account gets the address and the password: so the web SDK links them to an anonymous
        user (`linkWithCredential`).
        """
        email, password = body.get("email"), body.get("password")
        if "idToken" in body:
            user = self._linked(self.bearer_of(body), address(email), strong(password))
            return {"kind": "identitytoolkit#SignupNewUserResponse", **self.signed_in(user)}
        if email is not None or password is not None:
            email, password = address(email), strong(password)
        try:
            user = self._users.add(self.project(), email, password, self._clock())
        except EmailTakenError as error:
            raise BadRequestError("EMAIL_EXISTS") from error
        return {"kind": "identitytoolkit#SignupNewUserResponse", **self.signed_in(user)}

    def move(self, user: User, email: str) -> None:
        """Give an account another address; raises BadRequestError when somebody has it."""
        try:
            self._users.set_email(user, email)
        except EmailTakenError as error:
            raise BadRequestError("EMAIL_EXISTS") from error

    def _linked(self, user: User, email: str, password: str) -> User:
        self.move(user, email)
        self._users.set_password(user, password)
        found = self._users.log_in(user.project, email, password, self._clock())
        if found is None:
            raise BadRequestError("USER_NOT_FOUND")
        return found

    def sign_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Sign in with e-mail and password; raises BadRequestError.

        One answer for an unknown address and for a wrong password, as in every project made since September 2023
        (e-mail enumeration protection).
        """
        email, password = address(body.get("email")), new_password(body.get("password"))
        user = self._users.log_in(self.project(), email, password, self._clock())
        if user is None:
            raise BadRequestError("INVALID_LOGIN_CREDENTIALS")
        return {"kind": "identitytoolkit#VerifyPasswordResponse", "registered": True, **self.signed_in(user)}

    def look_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the account that an ID token belongs to; raises BadRequestError."""
        return {"kind": "identitytoolkit#GetAccountInfoResponse", "users": [account(self.bearer_of(body))]}

    def bearer_of(self, body: Mapping[str, Any]) -> User:
        """Return whose ID token a request carries; raises BadRequestError where it does not let them in any more."""
        bearer = body.get("idToken")
        if not isinstance(bearer, str) or not bearer:
            raise BadRequestError("MISSING_ID_TOKEN")
        try:
            claims = tokens.firebase_claims(self._home, self.project(), bearer, self._clock())
        except tokens.InvalidTokenError as error:
            raise BadRequestError("INVALID_ID_TOKEN") from error
        user = self._users.get(self.project(), str(claims["sub"]))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        if user.is_disabled:
            raise BadRequestError("USER_DISABLED")
        if float(claims["iat"]) < int(user.profile.get("validSince", 0)):
            raise BadRequestError("TOKEN_EXPIRED")
        return user

    # What an administrator asks for: the caller's permission was checked before.

    def find(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts of some ids, addresses and phone numbers, each once, without those that are not there.

        Nobody has signed in by another provider here, so `federatedUserId` finds none; raises NotDoneError for other
        questions.
        """
        unknown = sorted(set(body) - {"localId", "email", "phoneNumber", "federatedUserId", "targetProjectId"})
        if unknown:
            raise NotDoneError(f"The rehearsal's Firebase Authentication does not look up by {', '.join(unknown)}.")
        project = self.project()
        wanted = [self._users.get(project, str(each)) for each in _texts(body, "localId")]
        wanted += [self._users.by_email(project, str(each)) for each in _texts(body, "email")]
        wanted += [self._users.by_phone(project, str(each)) for each in _texts(body, "phoneNumber")]
        found = [account(user) for user in {user.uid: user for user in wanted if user}.values()]
        return {"kind": "identitytoolkit#GetAccountInfoResponse", **({"users": found} if found else {})}

    def delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Delete an account (projects.accounts.delete); raises BadRequestError."""
        user = self._users.get(self.project(), str(body.get("localId", "")))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        self._users.remove(user)
        return {"kind": "identitytoolkit#DeleteAccountResponse"}

    def page(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return some accounts, by id (accounts.batchGet); raises BadRequestError."""
        wanted = str(query.get("maxResults", "20"))
        if not (wanted.isdecimal() and 1 <= int(wanted) <= MOST_A_PAGE):
            raise BadRequestError("INVALID_PAGE_SELECTION")
        users = self._users.page(self.project(), str(query.get("nextPageToken", "")), int(wanted) + 1)
        shown = [account(user) for user in users[: int(wanted)]]
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
        total = self._users.count(self.project())
        if not body.get("returnUserInfo"):
            return {"recordsCount": str(total)}
        limit, offset = str(body.get("limit", MOST_A_QUERY)), str(body.get("offset", "0"))
        if not (limit.isdecimal() and offset.isdecimal() and 1 <= int(limit) <= MOST_A_QUERY):
            raise BadRequestError("INVALID_PAGE_SELECTION")
        by, down = TIMES[str(body["sortBy"])], body.get("order") == "DESC"
        users = self._users.sorted(self.project(), by, int(limit), int(offset), down=down)
        return {"recordsCount": str(total), **({"userInfo": [account(user) for user in users]} if users else {})}

    def refresh(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Trade a refresh token for a new ID token (the `token` method of securetoken); raises BadRequestError."""
        if body.get("grant_type") != "refresh_token":
            raise BadRequestError("INVALID_GRANT_TYPE")
        user = self._users.by_refresh_token(str(body.get("refresh_token", "")))
        if user is None:
            raise BadRequestError("INVALID_REFRESH_TOKEN")
        if user.is_disabled:
            raise BadRequestError("USER_DISABLED")
        if user.is_revoked:
            raise BadRequestError("TOKEN_EXPIRED")
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

    def signed_in(self, user: User) -> dict[str, Any]:
        """Return the tokens of a user who is let in; raises BadRequestError where the account is disabled."""
        if user.is_disabled:
            raise BadRequestError("USER_DISABLED")
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

    def project(self) -> str:
        """Return the project id. In production the API key tells; a rehearsal has one project."""
        project = next(iter(self._world.resources(iam.PROJECT)), None)
        if project is None or human_steps.is_undone(self._world, human_steps.SIGN_IN):
            raise BadRequestError("CONFIGURATION_NOT_FOUND")
        return str({**project.inputs, **project.outputs}["projectId"])


def address(value: object) -> str:
    """Return an e-mail address; raises BadRequestError."""
    if value in (None, ""):
        raise BadRequestError("MISSING_EMAIL")
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}", value):
        raise BadRequestError("INVALID_EMAIL")
    return value


def new_password(value: object) -> str:
    """Return a password that was given; raises BadRequestError for none."""
    if not isinstance(value, str) or not value:
        raise BadRequestError("MISSING_PASSWORD")
    return value


def strong(value: object) -> str:
    """Return a password that an account may get; raises BadRequestError for one that is too short."""
    password = new_password(value)
    if len(password) < SHORTEST_PASSWORD:
        raise BadRequestError("WEAK_PASSWORD : Password should be at least 6 characters")
    return password


def _texts(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name, [])
    if not isinstance(found, list):
        raise BadRequestError(f"Invalid value at '{name}', a list is expected")
    return found


def custom_claims(value: object) -> str:
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


def account(user: User) -> dict[str, Any]:
    """Return an account as the API shows it."""
    profile = {name: value for name, value in user.profile.items() if name != "session"}
    shown: dict[str, Any] = {
        **profile,
        "localId": user.uid,
        "createdAt": str(int(user.created * 1000)),
        "lastLoginAt": str(int(user.last_login * 1000)),
    }
    providers = []
    if user.email:
        shown |= {"email": user.email, "emailVerified": user.verified}
        providers.append(
            {"providerId": "password", "email": user.email, "federatedId": user.email, "rawId": user.email}
        )
    if number := profile.get("phoneNumber"):
        providers.append({"providerId": "phone", "phoneNumber": number, "rawId": number})
    if providers:
        shown["providerUserInfo"] = providers
    if user.custom:
        shown["customAttributes"] = user.custom
    return shown

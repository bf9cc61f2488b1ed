"""What becomes of an account after it was made: changes, sessions that end, deletion; custom tokens and links.

Reference: https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts and …/v1/accounts. As a
project has one refresh token an account here, to end its sessions ends them on every device, as at Firebase.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import jwt

from localcloud.base.world import World
from localcloud.control.auth_users import EmailTakenError, User, Users
from localcloud.control.identitytoolkit import (
    BadRequestError,
    IdentityToolkit,
    NotDoneError,
    address,
    custom_claims,
    strong,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS auth_codes (
    code TEXT PRIMARY KEY, project TEXT NOT NULL, uid TEXT NOT NULL, email TEXT NOT NULL, kind TEXT NOT NULL,
    at REAL NOT NULL
);
"""
CODE_LIFE = 3_600  # seconds; firebase.google.com/docs/auth/limits
AUDIENCE = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
MODES = {
    "PASSWORD_RESET": "resetPassword",
    "VERIFY_EMAIL": "verifyEmail",
    "EMAIL_SIGNIN": "signIn",
}
PROFILE = ("displayName", "photoUrl", "phoneNumber")
OWN = frozenset({"idToken", "oobCode", "returnSecureToken", "deleteAttribute", "email", "password", *PROFILE[:2]})
ADMIN = frozenset(
    {"localId", "email", "password", "emailVerified", "customAttributes", "disableUser", "disabled", "validSince"}
    | {"deleteAttribute", "deleteProvider", "targetProjectId", "returnSecureToken", *PROFILE}
)
SYSTEM = frozenset({"project"})  # what the path says
ATTRIBUTES = {"DISPLAY_NAME": "displayName", "PHOTO_URL": "photoUrl", "phone": "phoneNumber"}
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164


class AccountSettings:
    """The methods, over the accounts of the toolkit. `clock` gives seconds since the epoch."""

    def __init__(self, world: World, toolkit: IdentityToolkit, clock: Callable[[], float] = time.time) -> None:
        world.define(SCHEMA)
        self._world = world
        self._users = Users(world)
        self._toolkit = toolkit
        self._clock = clock

    # For administrators

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an account as an administrator wants it (projects.accounts.signUp); raises BadRequestError."""
        _check_known(body, ADMIN)
        project, uid = self._toolkit.project(), str(body.get("localId") or "")
        if uid and self._users.get(project, uid):
            raise BadRequestError("DUPLICATE_LOCAL_ID")
        email = address(body["email"]) if body.get("email") else None
        password = strong(body["password"]) if body.get("password") else None
        self._check_number(project, uid, body)
        try:
            user = self._users.add(project, email, password, self._clock(), uid)
        except EmailTakenError as error:
            raise BadRequestError("EMAIL_EXISTS") from error
        rest = {name: value for name, value in body.items() if name not in {"email", "password", "localId"}}
        self._change(user, rest)
        return {"kind": "identitytoolkit#SignupNewUserResponse", "localId": user.uid}

    def update(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change an account (projects.accounts.update); raises BadRequestError."""
        _check_known(body, ADMIN)
        user = self._users.get(self._toolkit.project(), str(body.get("localId", "")))
        if user is None:
            raise BadRequestError("USER_NOT_FOUND")
        self._change(user, body)
        return {"kind": "identitytoolkit#SetAccountInfoResponse", "localId": user.uid}

    def delete_all(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Delete accounts (projects.accounts.batchDelete): without `force` only those that are disabled."""
        errors = []
        for index, uid in enumerate(body.get("localIds") or ()):
            user = self._users.get(self._toolkit.project(), str(uid))
            if user and not (body.get("force") is True or user.is_disabled):
                said = "NOT_DISABLED : Disable the account before batch deletion."
                errors.append({"index": index, "localId": uid, "message": said})
            elif user:
                self._users.remove(user)
        return {"errors": errors} if errors else {}

    def link(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a link for a user (projects.accounts.sendOobCode with returnOobLink); raises BadRequestError."""
        made = self._code(body, _kind(body), address(body.get("email")))
        if made is None:
            raise BadRequestError("EMAIL_NOT_FOUND")
        return {"kind": "identitytoolkit#GetOobConfirmationCodeResponse", **made}

    def codes(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the codes that were not used yet, as the auth emulator does: no mail is sent here."""
        rows = self._world.connection.execute(
            "SELECT code, email, kind FROM auth_codes WHERE project = ? ORDER BY at", (query["project"],)
        )
        return {"oobCodes": [self._shown(code, email, kind, {}) for code, email, kind in rows]}

    # For users

    def change_own(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change the account of an ID token, or do what a code from a mail stands for; raises BadRequestError."""
        _check_known(body, OWN)
        if "oobCode" in body:
            user, _ = self._used(str(body["oobCode"]), "VERIFY_EMAIL")
            self._users.set_attributes(user, user.custom, True)
            return {"kind": "identitytoolkit#SetAccountInfoResponse", "localId": user.uid, "email": user.email}
        user = self._toolkit.bearer_of(body)
        changed = self._change(user, {name: value for name, value in body.items() if name != "idToken"})
        entered = self._users.enter(changed, self._clock())
        tokens = self._toolkit.signed_in(entered) if body.get("returnSecureToken") else {}
        return {"kind": "identitytoolkit#SetAccountInfoResponse", "localId": user.uid, **changed.profile, **tokens}

    def delete_own(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Delete the account of an ID token; raises BadRequestError."""
        self._users.remove(self._toolkit.bearer_of(body))
        return {"kind": "identitytoolkit#DeleteAccountResponse"}

    def send_code(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Have a link sent to a user. Whether there is such an address is not told (e-mail enumeration protection)."""
        kind = _kind(body)
        email = str(self._toolkit.bearer_of(body).email) if kind == "VERIFY_EMAIL" else address(body.get("email"))
        self._code(body, kind, email)
        return {"kind": "identitytoolkit#GetOobConfirmationCodeResponse", "email": email}

    def reset_password(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the password that a code allows to set; without one, say what the code is for; raises BadRequestError."""
        code = str(body.get("oobCode", ""))
        user, kind = self._of_code(code)
        if "newPassword" in body:
            password = strong(body["newPassword"])
            self._used(code, "PASSWORD_RESET")
            self._change(user, {"password": password, "emailVerified": True})
        return {"kind": "identitytoolkit#ResetPasswordResponse", "email": user.email, "requestType": kind}

    def sign_in_by_link(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Sign in with a link that came by mail; raises BadRequestError, and NotDoneError for one that is signed in."""
        if "idToken" in body:
            raise NotDoneError("The rehearsal's Firebase Authentication does not link an e-mail link to an account.")
        email, code = address(body.get("email")), str(body.get("oobCode", ""))
        row = self._row(code)
        if row is None or row["kind"] != "EMAIL_SIGNIN" or row["email"] != email.lower():
            raise BadRequestError("INVALID_OOB_CODE")
        self._forget(code)
        project = self._toolkit.project()
        known = self._users.by_email(project, email)
        user = known or self._users.add(project, email, None, self._clock())
        self._users.set_attributes(user, user.custom, True)
        entered = self._users.enter(self._again(user), self._clock())
        return {
            "kind": "identitytoolkit#EmailLinkSigninResponse",
            "isNewUser": known is None,
            **self._toolkit.signed_in(entered),
        }

    def sign_in_by_token(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Sign in with a custom token, as the Admin SDK signs one beside the auth emulator; raises BadRequestError.

        The signature is not looked at: the key is a service account's, and Google has it.
        """
        claims = _custom_token(body.get("token"), self._clock())
        project, uid = self._toolkit.project(), str(claims["uid"])
        known = self._users.get(project, uid)
        user = known or self._users.add(project, None, None, self._clock(), uid)
        if user.is_disabled:
            raise BadRequestError("USER_DISABLED")
        self._users.set_profile(user, {**user.profile, "session": claims.get("claims") or {}})
        entered = self._users.enter(self._again(user), self._clock())
        return {
            "kind": "identitytoolkit#VerifyCustomTokenResponse",
            "isNewUser": known is None,
            **self._toolkit.signed_in(entered),
        }

    # What both do

    def _change(self, user: User, body: Mapping[str, Any]) -> User:
        """Make the changes of a request; a new password or address ends the sessions, as disabling does not."""
        profile = {**user.profile, **_profile(body)}
        for name in (*(body.get("deleteAttribute") or ()), *(body.get("deleteProvider") or ())):
            profile.pop(ATTRIBUTES.get(str(name), ""), None)
        self._check_number(user.project, user.uid, body)
        if body.get("email"):
            self._toolkit.move(user, address(body["email"]))
        if body.get("password"):
            self._users.set_password(user, strong(body["password"]))
        if body.get("password") or body.get("email"):
            profile["validSince"] = str(int(self._clock()))
        self._users.set_profile(user, {name: value for name, value in profile.items() if value not in (None, "")})
        custom = custom_claims(body["customAttributes"]) if "customAttributes" in body else user.custom
        verified = user.verified and not body.get("email")
        self._users.set_attributes(user, custom, bool(body.get("emailVerified", verified)))
        return self._again(user)

    def _check_number(self, project: str, uid: str, body: Mapping[str, Any]) -> None:
        """Raise BadRequestError for a phone number that another account than `uid` has."""
        number = _profile(body).get("phoneNumber")
        if number and (holder := self._users.by_phone(project, number)) and holder.uid != uid:
            raise BadRequestError("PHONE_NUMBER_EXISTS")

    def _again(self, user: User) -> User:
        found = self._users.get(user.project, user.uid)
        if found is None:
            raise BadRequestError("USER_NOT_FOUND")
        return found

    def _code(self, body: Mapping[str, Any], kind: str, email: str) -> dict[str, Any] | None:
        """Make a code for an address; None where there has to be an account, and is none."""
        project = self._toolkit.project()
        user = self._users.by_email(project, email)
        if user is None and kind != "EMAIL_SIGNIN":
            return None
        code = secrets.token_urlsafe(40)
        row = (code, project, user.uid if user else "", email.lower(), kind, self._clock())
        self._world.connection.execute("INSERT INTO auth_codes VALUES (?, ?, ?, ?, ?, ?)", row)
        return self._shown(code, email, kind, {"continueUrl": body["continueUrl"]} if body.get("continueUrl") else {})

    def _shown(self, code: str, email: str, kind: str, more: Mapping[str, str]) -> dict[str, Any]:
        query = urlencode({"mode": MODES[kind], "oobCode": code, "apiKey": "rehearsal", "lang": "en", **more})
        link = f"https://{self._toolkit.project()}.firebaseapp.com/__/auth/action?{query}"
        return {"email": email, "requestType": kind, "oobCode": code, "oobLink": link}

    def _row(self, code: str) -> Mapping[str, Any] | None:
        row = self._world.connection.execute("SELECT * FROM auth_codes WHERE code = ?", (code,)).fetchone()
        if row and row["at"] + CODE_LIFE <= self._clock():
            raise BadRequestError("EXPIRED_OOB_CODE")
        return dict(row) if row else None

    def _of_code(self, code: str) -> tuple[User, str]:
        row = self._row(code)
        user = self._users.get(row["project"], row["uid"]) if row else None
        if row is None or user is None:
            raise BadRequestError("INVALID_OOB_CODE")
        return user, str(row["kind"])

    def _used(self, code: str, kind: str) -> tuple[User, str]:
        """Return whose code it is, which is good for one time and one purpose."""
        user, found = self._of_code(code)
        if found != kind:
            raise BadRequestError("INVALID_OOB_CODE")
        self._forget(code)
        return user, found

    def _forget(self, code: str) -> None:
        self._world.connection.execute("DELETE FROM auth_codes WHERE code = ?", (code,))


def _kind(body: Mapping[str, Any]) -> str:
    kind = str(body.get("requestType"))
    if kind not in MODES:
        raise NotDoneError(f"The rehearsal's Firebase Authentication makes no links of the kind {kind}.")
    return kind


def _check_known(body: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(body) - known - SYSTEM)
    if unknown:
        raise NotDoneError(f"The rehearsal's Firebase Authentication does not change {', '.join(unknown)}.")


def _profile(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: body[name] for name in PROFILE if name in body}
    if found.get("phoneNumber") and not NUMBER.fullmatch(str(found["phoneNumber"])):
        raise BadRequestError("INVALID_PHONE_NUMBER : Invalid format.")
    for name in ("disableUser", "disabled"):
        if name in body:
            found["disabled"] = body[name] is True
    if "validSince" in body:
        found["validSince"] = str(int(body["validSince"]))
    return found


def _custom_token(token: object, now: float) -> Mapping[str, Any]:
    if not isinstance(token, str) or not token:
        raise BadRequestError("MISSING_CUSTOM_TOKEN")
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise BadRequestError("INVALID_CUSTOM_TOKEN") from error
    uid = claims.get("uid")
    if not (isinstance(uid, str) and 0 < len(uid) <= 128 and claims.get("aud") == AUDIENCE):
        raise BadRequestError("INVALID_CUSTOM_TOKEN")
    if not isinstance(claims.get("exp"), int) or claims["exp"] <= now:
        raise BadRequestError("INVALID_CUSTOM_TOKEN : the token has expired")
    return claims

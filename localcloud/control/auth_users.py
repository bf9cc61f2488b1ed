"""The users of Firebase Authentication: e-mail and password, or anonymous."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localcloud.base.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS auth_users (
    project TEXT NOT NULL, uid TEXT NOT NULL, email TEXT, salt BLOB, hash BLOB, created REAL NOT NULL,
    last_login REAL NOT NULL, refresh TEXT NOT NULL UNIQUE, PRIMARY KEY (project, uid), UNIQUE (project, email)
);
CREATE TABLE IF NOT EXISTS auth_attributes (
    project TEXT NOT NULL, uid TEXT NOT NULL, custom TEXT NOT NULL, verified INTEGER NOT NULL,
    PRIMARY KEY (project, uid)
);
CREATE TABLE IF NOT EXISTS auth_profiles (
    project TEXT NOT NULL, uid TEXT NOT NULL, profile TEXT NOT NULL, PRIMARY KEY (project, uid)
);
"""
SELECT = (
    "SELECT * FROM auth_users LEFT JOIN auth_attributes USING (project, uid) LEFT JOIN auth_profiles "
    "USING (project, uid)"
)
TABLES = ("auth_attributes", "auth_profiles", "auth_users")
COSTS = (2**10, 2**14)
"""N of scrypt (RFC 7914), of passwords that are kept now, and of those kept before: 3 ms, and 47 of each sign-up."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class User:
    """One account; without an `email` it is anonymous. Times are in seconds since the epoch.

    `custom` is the JSON text of its custom claims, empty when it has none. `profile` holds what else is known by the
    API's names: displayName, photoUrl, phoneNumber, disabled, validSince (seconds, as text), and as `session` the
    claims of the custom token that it signed in with.
    """

    project: str
    uid: str
    email: str | None
    created: float
    last_login: float
    refresh: str
    custom: str = ""
    verified: bool = False
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_disabled(self) -> bool:
        """Whether nobody may sign in to it."""
        return self.profile.get("disabled") is True

    @property
    def is_revoked(self) -> bool:
        """Whether its sessions were ended since it was last signed in to."""
        return self.last_login < float(self.profile.get("validSince", 0))

    def claims(self) -> dict[str, Any]:
        """Return what an ID token says about the user beside its standard claims."""
        shown = {"name": "displayName", "picture": "photoUrl", "phone_number": "phoneNumber"}
        known = {name: self.profile[field] for name, field in shown.items() if self.profile.get(field)}
        custom: dict[str, Any] = {**json.loads(self.custom or "{}"), **known, **self.profile.get("session", {})}
        if "session" in self.profile:
            mail = {"email": self.email, "email_verified": self.verified} if self.email else {}
            return {**custom, **mail, "firebase": {"identities": {}, "sign_in_provider": "custom"}}
        if self.email is None:
            own = {"provider_id": "anonymous", "firebase": {"identities": {}, "sign_in_provider": "anonymous"}}
            return {**custom, **own}
        identity = {"identities": {"email": [self.email]}, "sign_in_provider": "password"}
        return {**custom, "email": self.email, "email_verified": self.verified, "firebase": identity}


class EmailTakenError(Exception):
    """The project has a user of that e-mail address."""


class Users:
    """The accounts of every project in a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def add(self, project: str, email: str | None, password: str | None, now: float, uid: str = "") -> User:
        """Create an account; raises EmailTakenError. Passwords are kept as scrypt hashes (RFC 7914) only."""
        uid = uid or "".join(secrets.choice(ALPHABET) for _ in range(28))
        salt = secrets.token_bytes(16)
        digest = None if password is None else _hash(password, salt)
        user = User(project, uid, None if email is None else email.lower(), now, now, secrets.token_urlsafe(48))
        row = (project, uid, user.email, salt, digest, now, now, user.refresh)
        try:
            self._world.connection.execute("INSERT INTO auth_users VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise EmailTakenError(email) from error
        return user

    def log_in(self, project: str, email: str, password: str, now: float) -> User | None:
        """Return the account when the password is right."""
        row = self._row("project = ? AND email = ?", project, email.lower())
        salt, expected = (row["salt"], row["hash"]) if row else (bytes(16), None)
        given = (_hash(password, salt, cost) for cost in COSTS)  # also without an account, whose time would tell
        is_right = any(hmac.compare_digest(each, expected or b"") for each in given)
        if row is None or not is_right:
            return None
        user = _user(row)
        return user if user.is_disabled else self.enter(replace(user, profile=_without_session(user)), now)

    def enter(self, user: User, now: float) -> User:
        """Note that an account is signed in to; after its sessions were ended it gets another refresh token."""
        refresh = secrets.token_urlsafe(48) if user.is_revoked else user.refresh
        self._world.connection.execute(
            "UPDATE auth_users SET last_login = ?, refresh = ? WHERE project = ? AND uid = ?",
            (now, refresh, user.project, user.uid),
        )
        entered = replace(user, last_login=now, refresh=refresh)
        self.set_profile(entered, user.profile)
        return entered

    def set_profile(self, user: User, profile: Mapping[str, Any]) -> None:
        """Keep what else is known of an account."""
        self._world.connection.execute(
            "INSERT OR REPLACE INTO auth_profiles VALUES (?, ?, ?)", (user.project, user.uid, json.dumps(profile))
        )

    def set_password(self, user: User, password: str) -> None:
        """Give an account another password."""
        salt = secrets.token_bytes(16)
        self._world.connection.execute(
            "UPDATE auth_users SET salt = ?, hash = ? WHERE project = ? AND uid = ?",
            (salt, _hash(password, salt), user.project, user.uid),
        )

    def set_email(self, user: User, email: str) -> None:
        """Give an account another address; raises EmailTakenError."""
        try:
            self._world.connection.execute(
                "UPDATE auth_users SET email = ? WHERE project = ? AND uid = ?", (email.lower(), user.project, user.uid)
            )
        except sqlite3.IntegrityError as error:
            raise EmailTakenError(email) from error

    def by_phone(self, project: str, number: str) -> User | None:
        """Return an account by its phone number."""
        query = f"{SELECT} WHERE project = ? AND json_extract(profile, '$.phoneNumber') = ?"
        row = self._world.connection.execute(query, (project, number)).fetchone()
        return _user(row) if row else None

    def get(self, project: str, uid: str) -> User | None:
        """Return an account by its id."""
        row = self._row("project = ? AND uid = ?", project, uid)
        return _user(row) if row else None

    def by_email(self, project: str, email: str) -> User | None:
        """Return an account by its e-mail address."""
        row = self._row("project = ? AND email = ?", project, email.lower())
        return _user(row) if row else None

    def page(self, project: str, after: str, limit: int) -> list[User]:
        """Return up to `limit` accounts by id, those after the id `after`."""
        query = f"{SELECT} WHERE project = ? AND uid > ? ORDER BY uid LIMIT ?"
        return [_user(row) for row in self._world.connection.execute(query, (project, after, limit))]

    def sorted(self, project: str, by: str, limit: int, offset: int, *, down: bool) -> list[User]:
        """Return up to `limit` accounts in the order of the column `by`, without the first `offset`."""
        way = "DESC" if down else "ASC"
        query = f"{SELECT} WHERE project = ? ORDER BY {by} {way}, uid LIMIT ? OFFSET ?"
        return [_user(row) for row in self._world.connection.execute(query, (project, limit, offset))]

    def count(self, project: str) -> int:
        """Return how many accounts there are."""
        row = self._world.connection.execute("SELECT COUNT(*) FROM auth_users WHERE project = ?", (project,)).fetchone()
        return int(row[0])

    def set_attributes(self, user: User, custom: str, verified: bool) -> None:
        """Keep an account's custom claims and whether its address is verified."""
        self._world.connection.execute(
            "INSERT OR REPLACE INTO auth_attributes VALUES (?, ?, ?, ?)", (user.project, user.uid, custom, verified)
        )

    def remove(self, user: User) -> None:
        """Delete an account with what is known of it."""
        for table in TABLES:
            self._world.connection.execute(
                f"DELETE FROM {table} WHERE project = ? AND uid = ?",  # noqa: S608 - one of three names
                (user.project, user.uid),
            )

    def by_refresh_token(self, token: str) -> User | None:
        """Return the account that a refresh token belongs to."""
        row = self._row("refresh = ?", token)
        return _user(row) if row else None

    def _row(self, where: str, *values: str) -> sqlite3.Row | None:
        query = f"{SELECT} WHERE {where}"
        row: sqlite3.Row | None = self._world.connection.execute(query, values).fetchone()
        return row


def _hash(password: str, salt: bytes, cost: int = COSTS[0]) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1)


def _user(row: sqlite3.Row) -> User:
    return User(
        row["project"],
        row["uid"],
        row["email"],
        row["created"],
        row["last_login"],
        row["refresh"],
        row["custom"] or "",
        bool(row["verified"]),
        json.loads(row["profile"] or "{}"),
    )


def _without_session(user: User) -> dict[str, Any]:
    return {name: value for name, value in user.profile.items() if name != "session"}

"""Secret versions as Secret Manager keeps them: numbered from 1, enabled, disabled or destroyed, never renumbered.

Values live in a table of their own and nowhere else: not in the journal, not in a log line, not in a message.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from enum import StrEnum

from localcloud.base.world import Resource, World

SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
SCHEMA = """
CREATE TABLE IF NOT EXISTS secret_versions (
    secret TEXT NOT NULL, born REAL NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, created REAL NOT NULL,
    destroyed REAL, checked INTEGER NOT NULL, payload BLOB, PRIMARY KEY (secret, born, number)
);
CREATE TABLE IF NOT EXISTS secret_version_ends (
    secret TEXT NOT NULL, born REAL NOT NULL, number INTEGER NOT NULL, due REAL NOT NULL,
    PRIMARY KEY (secret, born, number)
);
"""


class SecretVersionState(StrEnum):
    """A version's state; DESTROYED is final and its value is gone."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    DESTROYED = "DESTROYED"


@dataclass(frozen=True)
class Version:
    """One version. Times are in seconds since the epoch; `checked` tells whether its sender gave a checksum.

    `due` is when it will be destroyed, for one whose destruction was asked for and is delayed.
    """

    number: int
    state: SecretVersionState
    created: float
    destroyed: float | None
    checked: bool
    payload: bytes | None = field(default=None, repr=False)
    due: float | None = None

    @property
    def etag(self) -> str:
        """A string that changes with the version's state."""
        return f'"{int(self.created * 1e6):x}-{self.number}-{self.state.lower()}"'


class Versions:
    """The versions of the world's secrets. A secret that is removed and made again starts again at version 1."""

    def __init__(self, world: World, *, defined: bool = False) -> None:
        """Make the tables, unless they are `defined`: inside of a transaction none can be."""
        self._world = world
        if not defined:
            world.define(SCHEMA)
            self.forget_removed()

    def forget_removed(self) -> None:
        """Delete the values of secrets that are no longer in the world."""
        with self._world.transaction() as connection:
            kept = {(secret.id, secret.created) for secret in self._world.resources(SECRET)}
            for row in connection.execute("SELECT DISTINCT secret, born FROM secret_versions").fetchall():
                if (row["secret"], row["born"]) not in kept:
                    for table in ("secret_versions", "secret_version_ends"):
                        connection.execute(f"DELETE FROM {table} WHERE secret = ? AND born = ?", tuple(row))  # noqa: S608

    def add(self, secret: Resource, payload: bytes, checked: bool, now: float) -> Version:
        """Store the value as the secret's next version, enabled."""
        self.forget_removed()
        with self._world.transaction() as connection:
            number = 1 + _latest(connection, secret)
            connection.execute(
                "INSERT INTO secret_versions VALUES (?, ?, ?, ?, ?, NULL, ?, ?)",
                (secret.id, secret.created, number, SecretVersionState.ENABLED, now, checked, payload),
            )
        return Version(number, SecretVersionState.ENABLED, now, None, checked, payload)

    def get(self, secret: Resource, number: str) -> Version | None:
        """Return a version by its number, or the most recently added one for `latest`, whatever its state."""
        newest_first = self.all(secret)
        if number == "latest":
            return newest_first[0] if newest_first else None
        return next((version for version in newest_first if str(version.number) == number), None)

    def all(self, secret: Resource) -> list[Version]:
        """Return the versions of a secret, newest first."""
        rows = self._world.connection.execute(
            "SELECT * FROM secret_versions LEFT JOIN secret_version_ends USING (secret, born, number) "
            "WHERE secret = ? AND born = ? ORDER BY number DESC",
            (secret.id, secret.created),
        )
        return [_version(row) for row in rows]

    def move(self, secret: Resource, version: Version, state: SecretVersionState, now: float) -> Version | None:
        """Put the version into another state; destroying wipes its value.

        Returns None, and changes nothing, when it is no longer in the state that `version` was read in.
        """
        wipe = ", payload = NULL, destroyed = :now" if state is SecretVersionState.DESTROYED else ""
        changed = self._world.connection.execute(
            f"UPDATE secret_versions SET state = :to{wipe} "  # noqa: S608
            "WHERE secret = :secret AND born = :born AND number = :number AND state = :from",
            {
                "to": state,
                "from": version.state,
                "now": now,
                "secret": secret.id,
                "born": secret.created,
                "number": version.number,
            },
        )
        if changed.rowcount and state is not SecretVersionState.DISABLED:
            self._plan(secret, version, None)
        return self.get(secret, str(version.number)) if changed.rowcount else None

    def end(self, secret: Resource, version: Version, now: float) -> Version | None:
        """Destroy the version, at once or, where the secret delays it, disable it until then; None as `move` does.

        https://cloud.google.com/secret-manager/docs/delay-destruction-of-secret-versions
        """
        delay = destroy_delay(secret)
        if not delay:
            return self.move(secret, version, SecretVersionState.DESTROYED, now)
        if self.move(secret, version, SecretVersionState.DISABLED, now) is None:
            return None
        if version.due is None:
            self._plan(secret, version, now + delay)
        return self.get(secret, str(version.number))

    def settle(self, secret: Resource, now: float) -> None:
        """Destroy the versions of a secret whose delay is over."""
        for version in self.all(secret):
            if version.due is not None and version.due <= now:
                self.move(secret, version, SecretVersionState.DESTROYED, version.due)

    def _plan(self, secret: Resource, version: Version, due: float | None) -> None:
        """Note when the version is to be destroyed, None for never."""
        where = (secret.id, secret.created, version.number)
        self._world.connection.execute(
            "DELETE FROM secret_version_ends WHERE secret = ? AND born = ? AND number = ?", where
        )
        if due is not None:
            self._world.connection.execute("INSERT INTO secret_version_ends VALUES (?, ?, ?, ?)", (*where, due))


def destroy_delay(secret: Resource) -> float:
    """Return for how many seconds a secret's versions can be had back after their destruction, 0 for not at all."""
    told = {**secret.inputs, **secret.outputs}.get("versionDestroyTtl")
    return float(str(told).removesuffix("s")) if told else 0.0


def _latest(connection: sqlite3.Connection, secret: Resource) -> int:
    query = "SELECT COALESCE(MAX(number), 0) FROM secret_versions WHERE secret = ? AND born = ?"
    number: int = connection.execute(query, (secret.id, secret.created)).fetchone()[0]
    return number


def _version(row: sqlite3.Row) -> Version:
    return Version(
        row["number"],
        SecretVersionState(row["state"]),
        row["created"],
        row["destroyed"],
        bool(row["checked"]),
        row["payload"],
        row["due"],
    )

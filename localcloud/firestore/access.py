"""Who may call: bearer token, IAM permissions or security rules, and whether the database has been created at all.

Permissions: https://cloud.google.com/firestore/docs/security/iam#required_permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grpc import StatusCode

from localcloud import iam
from localcloud.base import tokens
from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.firestore import paths, users
from localcloud.firestore.guard import Guard
from localcloud.firestore.rulebook import Rulebook
from localcloud.rpc import Refused

DATABASE = "gcp:firestore/database:Database"
GET, LIST = "datastore.entities.get", "datastore.entities.list"
CREATE, UPDATE, DELETE = "datastore.entities.create", "datastore.entities.update", "datastore.entities.delete"
RECOVERY = "POINT_IN_TIME_RECOVERY_ENABLED"
DATABASES_GET = "datastore.databases.get"
OWNER_TOKEN = "owner"  # noqa: S105 - what every client library sends to an emulator


@dataclass(frozen=True)
class Databases:
    """The databases that the world holds, by resource name, and whether it holds a project.

    `recoverable` are those with point-in-time recovery.
    """

    names: frozenset[str]
    launched: bool
    recoverable: frozenset[str] = frozenset()


def databases(world: World) -> Databases:
    """Read the databases from the world."""
    found = [{**resource.inputs, **resource.outputs} for resource in world.resources(DATABASE)]
    names = {f"projects/{one.get('project', '')}/databases/{one.get('name') or '(default)'}": one for one in found}
    recoverable = (name for name, one in names.items() if one.get("pointInTimeRecoveryEnablement") == RECOVERY)
    return Databases(frozenset(names), bool(world.resources(iam.PROJECT)), frozenset(recoverable))


@dataclass(frozen=True)
class Caller:
    """Who calls: an IAM member or a user's name, and for a user (also one without a token) the guard of the rules."""

    name: str
    guard: Guard | None = None


class Access:
    """The checks at the door of one port.

    On the open port (`asks` is false) the token `owner` is the project's owner and an unsigned JWT a user, as emulators
    have it; without a token, everyone is the owner until rules are deployed. Any database exists there while the world
    holds no project, so that a test on an empty world needs no preparation. The other port verifies every token, checks
    IAM for services and the rules for users, and knows only databases that were created.
    """

    def __init__(self, home: Path, world: World, clock: Callable[[], float], rulebook: Rulebook, *, asks: bool) -> None:
        self._home = home
        self._world = world
        self._clock = clock
        self._asks = asks
        self._databases = Watched(world, databases)
        self._rulebook = rulebook

    def admit(self, metadata: Mapping[str, Any], database: str, permissions: Iterable[str]) -> Caller:
        """Return who calls, when IAM lets them and the database exists; raises Refused or iam.DeniedError.

        What a user may do is for the caller's guard to say, request by request.
        """
        caller = self._caller(metadata, database)
        if self._asks and caller.guard is None:
            self._require(caller.name, permissions, f"projects/{paths.project(database)}")
        known = self._databases.current()
        if database not in known.names and (self._asks or known.launched):
            raise _no_database(database)
        return caller

    def _caller(self, metadata: Mapping[str, Any], database: str) -> Caller:
        scheme, _, bearer = str(metadata.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not bearer:
            return self._user(None) if self._asks or self._rulebook.has_rules(database) else Caller(iam.OWNER)
        if bearer == OWNER_TOKEN and not self._asks:
            return Caller(iam.OWNER)
        try:
            return self._known(bearer, paths.project(database))
        except tokens.InvalidTokenError as error:
            raise Refused(
                StatusCode.UNAUTHENTICATED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                f"valid authentication credential: {error}",
            ) from error

    def _known(self, bearer: str, project: str) -> Caller:
        """Return whose token it is; raises InvalidTokenError."""
        if self._asks:
            if not users.is_users(bearer):
                return Caller(tokens.caller(self._home, bearer, self._clock()))
            return self._user(tokens.firebase_claims(self._home, project, bearer, self._clock()))
        return self._user(users.claims(bearer)) if users.is_users(bearer) else Caller(iam.OWNER)

    def _user(self, claims: Mapping[str, Any] | None) -> Caller:
        uid = None if claims is None else users.uid(claims)
        return Caller(f"user {uid}" if uid else "nobody signed in", Guard(self._rulebook, uid, claims or {}))

    def _require(self, member: str, permissions: Iterable[str], resource: str) -> None:
        for permission in permissions:
            iam.require(self._world, member, permission, resource)


def for_writes(writes: Iterable[Any]) -> Iterator[str]:
    """Yield the permissions that the writes need: a write without a precondition may create as well as update."""
    needed: set[str] = set()
    for write in writes:
        condition = write.current_document.WhichOneof("condition_type")
        if write.WhichOneof("operation") == "delete":
            needed.add(DELETE)
        elif condition is None:
            needed |= {CREATE, UPDATE}
        else:
            creates = condition == "exists" and not write.current_document.exists
            needed.add(CREATE if creates else UPDATE)
    yield from sorted(needed)


def _no_database(database: str) -> Refused:
    project, name = database.split("/")[1::2]
    return Refused(
        StatusCode.NOT_FOUND,
        f"The database {name} does not exist for project {project} Please visit "
        f"https://console.cloud.google.com/datastore/setup?project={project} to add a Cloud Datastore or Cloud "
        "Firestore database.",
    )

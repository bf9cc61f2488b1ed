"""Who may call: bearer token and IAM permissions, and whether the database has been created at all.

Permissions: https://cloud.google.com/firestore/docs/security/iam#required_permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grpc import StatusCode

from localcloud import iam
from localcloud.base import tokens
from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.firestore import paths
from localcloud.rpc import Refused

DATABASE = "gcp:firestore/database:Database"
GET, LIST = "datastore.entities.get", "datastore.entities.list"
CREATE, UPDATE, DELETE = "datastore.entities.create", "datastore.entities.update", "datastore.entities.delete"
DATABASES_GET = "datastore.databases.get"


@dataclass(frozen=True)
class Databases:
    """The databases that the world holds, by resource name, and whether it holds a project."""

    names: frozenset[str]
    launched: bool


def databases(world: World) -> Databases:
    """Read the databases from the world."""
    found = ({**resource.inputs, **resource.outputs} for resource in world.resources(DATABASE))
    names = (f"projects/{one.get('project', '')}/databases/{one.get('name') or '(default)'}" for one in found)
    return Databases(frozenset(names), bool(world.resources(iam.PROJECT)))


class Access:
    """The checks at the door of one port.

    An open port (`asks` is false) takes everyone for the project's owner, as emulators do, and there any database
    exists as long as the world holds no project: so a test on an empty world needs no preparation. The other port asks
    for an access token, checks IAM at every call, and knows only databases that were created.
    """

    def __init__(self, home: Path, world: World, clock: Callable[[], float], *, asks: bool) -> None:
        self._home = home
        self._world = world
        self._clock = clock
        self._asks = asks
        self._databases = Watched(world, databases)

    def admit(self, metadata: Mapping[str, Any], database: str, permissions: Iterable[str]) -> str:
        """Return who calls, when they may do that to the database and it exists; raises Refused or iam.DeniedError."""
        member = iam.OWNER
        if self._asks:
            member = self._member(metadata)
            self._require(member, permissions, f"projects/{paths.project(database)}")
        known = self._databases.current()
        if database not in known.names and (self._asks or known.launched):
            raise _no_database(database)
        return member

    def _member(self, metadata: Mapping[str, Any]) -> str:
        scheme, _, bearer = str(metadata.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not bearer:
            raise Refused(
                StatusCode.UNAUTHENTICATED,
                "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
                "other valid authentication credential.",
            )
        try:
            return tokens.caller(self._home, bearer, self._clock())
        except tokens.InvalidTokenError as error:
            raise Refused(
                StatusCode.UNAUTHENTICATED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                f"valid authentication credential: {error}",
            ) from error

    def _require(self, member: str, permissions: Iterable[str], resource: str) -> None:
        for permission in permissions:
            iam.require(self._world, member, permission, resource)


def for_writes(writes: Iterable[Any]) -> list[str]:
    """Return the permissions that the writes need: a write without a precondition may create as well as update."""
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
    return sorted(needed)


def _no_database(database: str) -> Refused:
    project, name = database.split("/")[1::2]
    return Refused(
        StatusCode.NOT_FOUND,
        f"The database {name} does not exist for project {project} Please visit "
        f"https://console.cloud.google.com/datastore/setup?project={project} to add a Cloud Datastore or Cloud "
        "Firestore database.",
    )

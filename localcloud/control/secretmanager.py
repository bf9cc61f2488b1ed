"""Secret Manager for the unmodified client library: secrets come from the world, versions and values through here.

Reference: https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, NoReturn

import google_crc32c
from google.cloud.secretmanager_v1 import types
from google.protobuf.empty_pb2 import Empty
from grpc import StatusCode

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.control.paging import page
from localcloud.control.resource_names import find, in_project, parts, properties
from localcloud.control.secret_versions import SECRET, SecretVersionState, Version, Versions, destroy_delay
from localcloud.control.times import duration, timestamp
from localcloud.rpc import Call, Method, Refused, Service

PROJECT_NAME = "projects/{project}"
SECRET_NAME = "projects/{project}/secrets/{secret}"  # noqa: S105 - a pattern
VERSION_NAME = "projects/{project}/secrets/{secret}/versions/{version}"
LARGEST = 64 * 1024  # bytes of a value: https://cloud.google.com/secret-manager/quotas
SETTABLE = ("labels", "name", "replication")  # of a secret that a client creates
MOST = 25_000  # items a page: the reference's page_size


class SecretManager:
    """The methods, over the secrets of one world. `clock` gives seconds since the epoch."""

    def __init__(self, world: World, clock: Callable[[], float] = time.time) -> None:
        self._world = world
        self._versions = Versions(world)
        self._clock = clock

    def service(self) -> Service:
        """Return the table of methods that the gRPC server serves."""
        version = types.SecretVersion
        table: list[tuple[str, Any, Any, Callable[[Any, Call], Any]]] = [
            ("GetSecret", types.GetSecretRequest, types.Secret, self.get_secret),
            ("ListSecrets", types.ListSecretsRequest, types.ListSecretsResponse, self.list_secrets),
            ("CreateSecret", types.CreateSecretRequest, types.Secret, self.create_secret),
            ("AddSecretVersion", types.AddSecretVersionRequest, version, self.add_version),
            ("GetSecretVersion", types.GetSecretVersionRequest, version, self.get_version),
            (
                "ListSecretVersions",
                types.ListSecretVersionsRequest,
                types.ListSecretVersionsResponse,
                self.list_versions,
            ),
            ("AccessSecretVersion", types.AccessSecretVersionRequest, types.AccessSecretVersionResponse, self.access),
            ("EnableSecretVersion", types.EnableSecretVersionRequest, version, self.enable),
            ("DisableSecretVersion", types.DisableSecretVersionRequest, version, self.disable),
            ("DestroySecretVersion", types.DestroySecretVersionRequest, version, self.destroy),
        ]
        methods = [Method(name, request.pb(), response.pb(), answer) for name, request, response, answer in table]
        delete = Method("DeleteSecret", types.DeleteSecretRequest.pb(), Empty, self.delete_secret)
        return Service("google.cloud.secretmanager.v1.SecretManagerService", [*methods, delete])

    # Secrets

    def get_secret(self, request: Any, call: Call) -> Any:
        """Return one secret's description."""
        return self._described(self._secret(request.name, call, "secretmanager.secrets.get"))

    def list_secrets(self, request: Any, call: Call) -> Any:
        """Return the project's secrets, newest first, as the real one does."""
        project = parts(PROJECT_NAME, request.parent)["project"]
        iam.require(self._world, call.member, "secretmanager.secrets.list", request.parent)
        if request.filter:
            raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal lists secrets without a filter only.")
        secrets = in_project(self._world, SECRET, project)[::-1]
        shown, rest = page(secrets, request.page_size, request.page_token, MOST)
        return types.ListSecretsResponse.pb()(
            secrets=[self._described(secret) for secret in shown], next_page_token=rest, total_size=len(secrets)
        )

    def create_secret(self, request: Any, call: Call) -> Any:
        """Create a secret beside the program's, with automatic replication."""
        project = iam.project_id(self._world, parts(PROJECT_NAME, request.parent)["project"])
        iam.require(self._world, call.member, "secretmanager.secrets.create", request.parent)
        name = f"{request.parent}/secrets/{request.secret_id}"
        parts(SECRET_NAME, name)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", request.secret_id):
            raise Refused(
                StatusCode.INVALID_ARGUMENT, f"Secret ID [{request.secret_id}] must match [a-zA-Z0-9_-]{{1,255}}."
            )
        further = [field.name for field, _ in request.secret.ListFields() if field.name not in SETTABLE]
        if further:
            raise Refused(StatusCode.UNIMPLEMENTED, f"The rehearsal creates secrets without {further[0]} only.")
        if request.secret.replication.WhichOneof("replication") != "automatic":
            raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal creates secrets with automatic replication only.")
        with self._world.transaction():
            if find(self._world, SECRET, project, secretId=request.secret_id):
                raise Refused(StatusCode.ALREADY_EXISTS, f"Secret [{name}] already exists.")
            values = {"project": project, "secretId": request.secret_id, "replication": {"auto": {}}}
            id_ = f"projects/{project}/secrets/{request.secret_id}"
            self._world.put(Resource(SECRET, id_, "", {**values, "labels": dict(request.secret.labels)}, values))
        return self._described(self._found(name))

    def delete_secret(self, request: Any, call: Call) -> Empty:
        """Delete a secret with all its versions."""
        secret = self._secret(request.name, call, "secretmanager.secrets.delete")
        self._world.remove(SECRET, secret.id)
        self._versions.forget_removed()
        return Empty()

    # Versions

    def add_version(self, request: Any, call: Call) -> Any:
        """Store a value as the next version, after checking its checksum when the request has one."""
        secret = self._secret(request.parent, call, "secretmanager.versions.add")
        payload, checked = request.payload.data, request.payload.HasField("data_crc32c")
        if not payload:
            raise Refused(StatusCode.INVALID_ARGUMENT, "Secret Payload cannot be empty.")
        if len(payload) > LARGEST:
            raise Refused(StatusCode.INVALID_ARGUMENT, f"The secret payload is larger than {LARGEST} bytes.")
        if checked and request.payload.data_crc32c != checksum(payload):
            raise Refused(StatusCode.INVALID_ARGUMENT, "The data_crc32c does not match the payload; it was damaged.")
        return self._shown(secret, self._versions.add(secret, payload, checked, self._clock()))

    def get_version(self, request: Any, call: Call) -> Any:
        """Return a version's description."""
        return self._shown(*self._version(request.name, call, "secretmanager.versions.get"))

    def list_versions(self, request: Any, call: Call) -> Any:
        """Return the versions, newest first; `filter` is `state:ENABLED` or alternatives joined by ` OR `."""
        secret = self._secret(request.parent, call, "secretmanager.versions.list")
        self._versions.settle(secret, self._clock())
        states = states_of(request.filter)
        found = [version for version in self._versions.all(secret) if version.state in states]
        shown, rest = page(found, request.page_size, request.page_token, MOST)
        return types.ListSecretVersionsResponse.pb()(
            versions=[self._shown(secret, version) for version in shown], next_page_token=rest, total_size=len(found)
        )

    def access(self, request: Any, call: Call) -> Any:
        """Return an enabled version's value with its checksum."""
        secret, version = self._version(request.name, call, "secretmanager.versions.access")
        name = self._version_name(secret, version)
        if version.state is not SecretVersionState.ENABLED or version.payload is None:
            _refuse_state(name, version)
        payload = {"data": version.payload, "data_crc32c": checksum(version.payload)}
        return types.AccessSecretVersionResponse.pb()(name=name, payload=payload)

    def enable(self, request: Any, call: Call) -> Any:
        """Make a disabled version accessible again."""
        return self._moved(request, call, SecretVersionState.ENABLED, "secretmanager.versions.enable")

    def disable(self, request: Any, call: Call) -> Any:
        """Make a version inaccessible; it can be enabled again."""
        return self._moved(request, call, SecretVersionState.DISABLED, "secretmanager.versions.disable")

    def destroy(self, request: Any, call: Call) -> Any:
        """Wipe a version's value for good, or disable it until its secret's delay is over."""
        return self._moved(request, call, SecretVersionState.DESTROYED, "secretmanager.versions.destroy")

    def _moved(self, request: Any, call: Call, state: SecretVersionState, permission: str) -> Any:
        secret, version = self._version(request.name, call, permission)
        name = self._version_name(secret, version)
        if request.etag and request.etag != version.etag:
            raise Refused(StatusCode.FAILED_PRECONDITION, f"The etag does not match the current state of [{name}].")
        if version.state is SecretVersionState.DESTROYED:
            _refuse_state(name, version)
        moved = (
            self._versions.end(secret, version, self._clock())
            if state is SecretVersionState.DESTROYED
            else self._versions.move(secret, version, state, self._clock())
        )
        if moved is None:
            raise Refused(
                StatusCode.ABORTED, f"Secret Version [{name}] was changed at the same time. Please try again."
            )
        return self._shown(secret, moved)

    # Finding and describing

    def _secret(self, name: str, call: Call, permission: str) -> Resource:
        parts(SECRET_NAME, name)
        iam.require(self._world, call.member, permission, name)
        return self._found(name)

    def _found(self, name: str) -> Resource:
        named = parts(SECRET_NAME, name)
        secret = find(self._world, SECRET, named["project"], secretId=named["secret"])
        if secret is None:
            raise Refused(StatusCode.NOT_FOUND, f"Secret [{name}] not found or has no versions.")
        return secret

    def _version(self, name: str, call: Call, permission: str) -> tuple[Resource, Version]:
        named = parts(VERSION_NAME, name)
        iam.require(self._world, call.member, permission, name)
        secret = self._found(name.partition("/versions/")[0])
        self._versions.settle(secret, self._clock())
        version = self._versions.get(secret, named["version"])
        if version is None:
            raise Refused(StatusCode.NOT_FOUND, f"Secret Version [{name}] not found.")
        return secret, version

    def _name(self, secret: Resource) -> str:
        """Return the name as the real service does: with the project's number, whatever was asked with."""
        found = properties(secret)
        return f"projects/{iam.project_number(self._world, str(found['project']))}/secrets/{found['secretId']}"

    def _version_name(self, secret: Resource, version: Version) -> str:
        return f"{self._name(secret)}/versions/{version.number}"

    def _described(self, secret: Resource) -> Any:
        found = properties(secret)
        automatic = "userManaged" not in found.get("replication", {})
        return types.Secret.pb()(
            name=self._name(secret),
            create_time=timestamp(secret.created),
            labels=found.get("labels") or {},
            replication={"automatic": {}} if automatic else {"user_managed": {}},
            version_destroy_ttl=duration(destroy_delay(secret)) if destroy_delay(secret) else None,
        )

    def _shown(self, secret: Resource, version: Version) -> Any:
        return types.SecretVersion.pb()(
            name=self._version_name(secret, version),
            state=version.state.value,
            create_time=timestamp(version.created),
            destroy_time=None if version.destroyed is None else timestamp(version.destroyed),
            scheduled_destroy_time=None if version.due is None else timestamp(version.due),
            etag=version.etag,
            client_specified_payload_checksum=version.checked,
        )


def states_of(filter_: str) -> frozenset[SecretVersionState]:
    """Return the states that a list filter admits; raises Refused with UNIMPLEMENTED for what the rehearsal can't read.

    Syntax: https://cloud.google.com/secret-manager/docs/filtering
    """
    wanted = [term.strip().replace("=", ":") for term in filter_.split(" OR ")] if filter_.strip() else []
    known = {f"state:{state}": state for state in SecretVersionState}
    if not all(term in known for term in wanted):
        raise Refused(StatusCode.UNIMPLEMENTED, f"The rehearsal reads filters like 'state:ENABLED', not '{filter_}'.")
    return frozenset(known[term] for term in wanted) or frozenset(SecretVersionState)


def checksum(payload: bytes) -> int:
    """Return the CRC32C (Castagnoli) of a value."""
    return int(google_crc32c.value(payload))


def _refuse_state(name: str, version: Version) -> NoReturn:
    raise Refused(StatusCode.FAILED_PRECONDITION, f"Secret Version [{name}] is in {version.state} state.")

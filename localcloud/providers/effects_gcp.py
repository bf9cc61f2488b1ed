"""What Google resources do besides being listed: numbers and addresses are given out, objects and values are kept."""

from __future__ import annotations

import base64
import hashlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import google_crc32c
import grpc

from localcloud.base import deleted
from localcloud.base.world import Resource, World
from localcloud.control import secret_versions
from localcloud.firestore import store
from localcloud.providers import at_once
from localcloud.providers.archive import ContentError, content
from localcloud.providers.launch_rules import Case
from localcloud.providers.package import Effect
from localcloud.providers.rules import documents, firestore, holding
from localcloud.providers.tables.gcp_common import PROJECT, short
from localcloud.providers.tables.gcp_data import BUCKET, DATABASE, OBJECT, SECRET, VERSION
from localcloud.providers.tables.gcp_monitoring import CHANNEL, METRIC, UPTIME
from localcloud.providers.tables.gcp_network import ADDRESS, FORWARDING, RESERVED
from localcloud.providers.tables.gcp_project import CUSTOM_ROLE, POOL, POOL_PROVIDER
from localcloud.providers.tables.gcp_run import QUEUE
from localcloud.providers.values import Properties
from localcloud.rpc import Refused

FIRST_NUMBER = 100_000_000_001


def project_number(case: Case) -> Properties:
    """Give out the next project number."""
    taken = [int(found.outputs["number"]) for found in case.world.resources(PROJECT)]
    return {"allocatedNumber": str(max(taken, default=FIRST_NUMBER - 1) + 1)}


def address(case: Case) -> Properties:
    """Give out the lowest free address, unless the program names one."""
    wanted = case.inputs.get("address") or case.inputs.get("ipAddress")
    if wanted:
        return {"allocatedAddress": wanted}
    holders = [*case.world.resources(ADDRESS), *case.world.resources(FORWARDING)]
    taken = {found.outputs.get(name) for found in holders for name in ("address", "ipAddress")}
    free = (str(host) for host in RESERVED.hosts())
    found = next((candidate for candidate in free if candidate not in taken), None)
    if found is None:
        raise Refused(
            grpc.StatusCode.RESOURCE_EXHAUSTED, f"{case.title}: the rehearsal has no address left to reserve."
        )
    return {"allocatedAddress": found}


def stored_object(case: Case) -> Properties:
    """Keep the content of a bucket object as HOME/objects/BUCKET/NAME and return its checksums."""
    given = case.inputs.get("content")
    try:
        data = str(given).encode() if given is not None else content(case.inputs.get("source"), Path.cwd())
    except ContentError as error:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"{case.title} cannot be uploaded: {error}.") from error
    path = _object_path(case.home, case.inputs)
    if path is None:
        raise Refused(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"{case.title}: the rehearsal keeps objects as files, so use a plain path.",
        )
    _write(path, data)
    digest = hashlib.md5(data, usedforsecurity=False)
    checksum = google_crc32c.value(data).to_bytes(4, "big")
    return {
        "contentMd5": base64.b64encode(digest.digest()).decode(),
        "contentMd5Hex": digest.hexdigest(),
        "contentCrc32c": base64.b64encode(checksum).decode(),
    }


def removed_object(_world: World, home: Path, resource: Resource) -> None:
    """Forget the content of a bucket object."""
    path = _object_path(home, resource.outputs)
    if path is not None:
        path.unlink(missing_ok=True)


def still_full(world: World, resource: Resource) -> str | None:
    """Refuse to remove a bucket that holds objects (API: 409, the bucket you tried to delete is not empty)."""
    name = resource.outputs.get("name")
    held = [found for found in world.resources(OBJECT) if found.outputs.get("bucket") == name]
    if not held or resource.outputs.get("forceDestroy"):
        return None
    return f"it still holds {len(held)} objects; delete them first, or set forceDestroy to true and run `pulumi up`"


def removed_bucket(world: World, home: Path, resource: Resource) -> None:
    """Remove a bucket with all its objects (they go first unless forceDestroy is set)."""
    for found in world.resources(OBJECT):
        if found.outputs.get("bucket") == resource.outputs.get("name"):
            world.remove(found.type, found.id)
    shutil.rmtree(home / "objects" / str(resource.outputs.get("name")), ignore_errors=True)


def removed_project(world: World, home: Path, resource: Resource) -> None:
    """Shut a project down: everything in it goes with it."""
    for found in world.resources():
        inside = found.outputs.get("project") == resource.outputs.get("projectId")
        if inside and found.type.startswith("gcp:") and found.type != PROJECT:
            EFFECTS.get(found.type, Effect()).erase(world, home, found)
            world.remove(found.type, found.id)
    deleted.forget_within(world, str(resource.outputs.get("projectId")))


def removed_database(world: World, _home: Path, resource: Resource) -> None:
    """A database takes its documents with it: one of its name that is made later begins empty."""
    known = {**resource.inputs, **resource.outputs}
    store.erase(world, f"projects/{known.get('project')}/databases/{known.get('name') or '(default)'}")


def secret_version(case: Case) -> Properties:
    """Add the value to Secret Manager as the secret's next version."""
    secret = _secret(case)
    if secret is None:
        return {}  # the rule about unknown parents has refused it
    if case.id:
        return _switched(case, secret)
    latest = "SELECT COALESCE(MAX(number), 0) FROM secret_versions WHERE secret = ? AND born = ?"
    number = 1 + int(case.world.connection.execute(latest, (secret.id, secret.created)).fetchone()[0])
    case.world.connection.execute(
        "INSERT INTO secret_versions VALUES (?, ?, ?, ?, ?, NULL, 0, ?)",
        (secret.id, secret.created, number, _state(case), time.time(), _payload(case.inputs)),
    )
    return {"versionNumber": str(number), "versionOf": secret.outputs["name"]}


def _switched(case: Case, secret: Resource) -> Properties:
    """Enable or disable a version that exists."""
    case.world.connection.execute(
        "UPDATE secret_versions SET state = ? WHERE secret = ? AND born = ? AND number = ? AND state != ?",
        (_state(case), secret.id, secret.created, int(short(case.id)), secret_versions.SecretVersionState.DESTROYED),
    )
    return {}


def _state(case: Case) -> secret_versions.SecretVersionState:
    return (
        secret_versions.SecretVersionState.ENABLED
        if case.inputs.get("enabled", True)
        else secret_versions.SecretVersionState.DISABLED
    )


def removed_secret(world: World, _home: Path, resource: Resource) -> None:
    """A secret takes its versions with it, also those that the stack has left behind (`ABANDON`)."""
    for found in world.resources(VERSION):
        if str(found.outputs.get("name")).startswith(f"{resource.outputs['name']}/versions/"):
            world.remove(found.type, found.id)


def removed_version(world: World, _home: Path, resource: Resource) -> None:
    """Destroy the value of a version, or disable it for as long as its secret delays that."""
    versions = secret_versions.Versions(world, defined=True)
    for secret in world.resources(SECRET):
        found = versions.get(secret, str(resource.outputs["version"]))
        if secret.outputs.get("secretId") == short(resource.inputs.get("secret")) and found is not None:
            versions.end(secret, found, time.time())


def _secret(case: Case) -> Resource | None:
    wanted = short(case.inputs.get("secret"))
    return next((s for s in case.world.resources(SECRET) if s.outputs.get("secretId") == wanted), None)


def _payload(inputs: Properties) -> bytes:
    text = str(inputs.get("secretDataWo") or inputs.get("secretData") or "")
    return base64.b64decode(text) if inputs.get("isSecretDataBase64") else text.encode()


def _object_path(home: Path, properties: Mapping[str, object]) -> Path | None:
    bucket = (home / "objects" / str(properties.get("bucket"))).resolve()
    path = (bucket / str(properties.get("name"))).resolve()
    return path if bucket in path.parents else None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(data)
    draft.replace(path)


EFFECTS: Mapping[str, Effect] = {
    PROJECT: Effect(allocate=project_number, erase=removed_project, bury=deleted.bury),
    ADDRESS: Effect(allocate=address),
    FORWARDING: Effect(allocate=address),
    BUCKET: Effect(keep=still_full, erase=removed_bucket),
    OBJECT: Effect(allocate=stored_object, erase=removed_object),
    DATABASE: Effect(erase=removed_database, bury=deleted.bury),
    **dict.fromkeys((documents.FIELD, firestore.INDEX), Effect(prepare=at_once.alone)),
    SECRET: Effect(erase=removed_secret),
    VERSION: Effect(allocate=secret_version, erase=removed_version),
    CHANNEL: Effect(keep=holding.called_channel),
    METRIC: Effect(keep=holding.watched_metric),
    UPTIME: Effect(keep=holding.watched_check),
    **dict.fromkeys((QUEUE, POOL, POOL_PROVIDER, CUSTOM_ROLE), Effect(bury=deleted.bury)),
}

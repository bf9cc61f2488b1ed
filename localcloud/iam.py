"""Who may do what: the IAM members that the engine created, and the permissions of the roles that a launch uses.

Decided again as soon as a resource changes, so a binding that is taken away bites at once. One that is added helps at
once in fair weather, and some seconds later in rough: see weather.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from blueprint.iam_grants import BOUND_ON, Grant, grant_of
from localcloud.base import deployer, weather
from localcloud.base.world import Resource, World

DENIED = "denied"  # a journal's kind of entry
OWNER = "projectOwner"  # the caller on an open port; no token can name it

# Role → permissions, as listed in https://cloud.google.com/iam/docs/roles-permissions; only what the rehearsal checks.
ROLES: Mapping[str, frozenset[str]] = {
    "roles/artifactregistry.reader": frozenset({"artifactregistry.repositories.downloadArtifacts"}),
    "roles/artifactregistry.writer": frozenset(
        {"artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.uploadArtifacts"}
    ),
    "roles/billing.costsManager": frozenset(
        {
            "billing.accounts.getIamPolicy",
            *(f"billing.budgets.{verb}" for verb in ("create", "delete", "get", "update")),
        }
    ),
    "roles/billing.viewer": frozenset({"billing.accounts.getIamPolicy", "billing.budgets.get"}),
    "roles/cloudasset.viewer": frozenset({"cloudasset.assets.searchAllIamPolicies"}),
    "roles/cloudbuild.builds.builder": frozenset(
        {
            "artifactregistry.repositories.downloadArtifacts",
            "artifactregistry.repositories.uploadArtifacts",
            "cloudbuild.builds.create",
            "cloudbuild.builds.get",
            "cloudbuild.builds.list",
            "cloudbuild.builds.update",
            "logging.logEntries.create",
            "storage.objects.get",
            "storage.objects.list",
        }
    ),
    "roles/cloudbuild.builds.editor": frozenset(
        {"cloudbuild.builds.create", "cloudbuild.builds.get", "cloudbuild.builds.list", "cloudbuild.builds.update"}
    ),
    "roles/cloudtasks.enqueuer": frozenset({"cloudtasks.tasks.create", "cloudtasks.tasks.fullView"}),
    "roles/cloudtasks.queueAdmin": frozenset(
        {
            "cloudtasks.queues.get",
            "cloudtasks.queues.list",
            "cloudtasks.queues.pause",
            "cloudtasks.queues.purge",
            "cloudtasks.queues.resume",
        }
    ),
    "roles/cloudtasks.taskDeleter": frozenset({"cloudtasks.tasks.delete"}),
    "roles/cloudtasks.taskRunner": frozenset({"cloudtasks.tasks.fullView", "cloudtasks.tasks.run"}),
    "roles/cloudtasks.viewer": frozenset(
        {"cloudtasks.queues.get", "cloudtasks.queues.list", "cloudtasks.tasks.get", "cloudtasks.tasks.list"}
    ),
    "roles/datastore.user": frozenset(
        {
            "datastore.databases.get",
            "datastore.entities.allocateIds",
            "datastore.entities.create",
            "datastore.entities.delete",
            "datastore.entities.get",
            "datastore.entities.list",
            "datastore.entities.update",
        }
    ),
    "roles/datastore.viewer": frozenset(
        {"datastore.databases.get", "datastore.entities.get", "datastore.entities.list"}
    ),
    "roles/eventarc.eventReceiver": frozenset({"eventarc.events.receiveEvent"}),
    "roles/iam.workloadIdentityPoolAdmin": frozenset(
        f"iam.googleapis.com/workloadIdentity{kind}.{verb}"
        for kind in ("Pools", "PoolProviders")
        for verb in ("create", "delete", "get", "update")
    ),
    "roles/iam.workloadIdentityPoolViewer": frozenset(
        f"iam.googleapis.com/workloadIdentity{kind}.get" for kind in ("Pools", "PoolProviders")
    ),
    "roles/iam.serviceAccountTokenCreator": frozenset(
        {"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.signJwt"}
    ),
    "roles/iam.serviceAccountUser": frozenset({"iam.serviceAccounts.actAs", "iam.serviceAccounts.get"}),
    "roles/logging.logWriter": frozenset({"logging.logEntries.create"}),
    "roles/pubsub.publisher": frozenset({"pubsub.topics.publish"}),
    "roles/run.invoker": frozenset({"run.jobs.run", "run.routes.invoke"}),
    "roles/run.viewer": frozenset({"run.services.get", "run.services.list"}),
    "roles/secretmanager.secretAccessor": frozenset({"secretmanager.versions.access"}),
    "roles/secretmanager.secretVersionAdder": frozenset({"secretmanager.versions.add"}),
    "roles/secretmanager.secretVersionManager": frozenset(
        {
            "secretmanager.versions.add",
            "secretmanager.versions.destroy",
            "secretmanager.versions.disable",
            "secretmanager.versions.enable",
            "secretmanager.versions.get",
            "secretmanager.versions.list",
        }
    ),
    "roles/secretmanager.viewer": frozenset(
        {
            "secretmanager.secrets.get",
            "secretmanager.secrets.list",
            "secretmanager.versions.get",
            "secretmanager.versions.list",
        }
    ),
    "roles/storage.objectUser": frozenset(f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")),
    "roles/storage.objectViewer": frozenset({"storage.objects.get", "storage.objects.list"}),
}

CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
PROJECT = "gcp:organizations/project:Project"
BUCKET = "gcp:storage/bucket:Bucket"


class DeniedError(PermissionError):
    """A caller lacks a permission; the message names all three, as Google's does."""

    def __init__(self, member: str, permission: str, resource: str) -> None:
        super().__init__(
            f"Permission '{permission}' denied on resource '{resource}' (or it may not exist) for '{member}'."
        )
        self.member, self.permission, self.resource = member, permission, resource


def require(world: World, member: str, permission: str, resource: str) -> None:
    """Return when `member` has the permission on the resource; raises DeniedError."""
    if not allows(world, member, permission, resource):
        raise denied(world, _acting(world, member), permission, resource)


def _acting(world: World, member: str) -> str:
    """Return as whom a call is judged: the owner's are those of whoever deploys."""
    return deployer.of(world) or OWNER if member == OWNER else member


def denied(world: World, member: str, permission: str, resource: str) -> DeniedError:
    """Return the refusal, and note it in the world's journal (kind DENIED), as Google's policy denied logs do."""
    world.record(DENIED, member, permission=permission, resource=resource)
    return DeniedError(member, permission, resource)


def allows(world: World, member: str, permission: str, resource: str) -> bool:
    """Tell whether a binding on the resource, on what it lies in, or on its project grants the permission.

    `resource` is a relative resource name (`projects/P/secrets/S`); the project may be given by id or by number. An
    unknown role grants nothing, and neither does a binding with a condition: conditions are not evaluated here.
    """
    member = _acting(world, member)
    if member == OWNER:
        return True
    if weather.of(world):  # time alone changes what a binding does
        return _allows(world, member, permission, resource)
    return world.kept(("allows", member, permission, resource), lambda: _allows(world, member, permission, resource))


def permissions(world: World, role: str) -> frozenset[str]:
    """Return what a role grants: one of Google's that is listed above, or one that the engine created."""
    own = world.resource(CUSTOM_ROLE, role) if role.startswith("projects/") else None
    return frozenset(own.inputs.get("permissions") or ()) if own else ROLES.get(role, frozenset())


def bindings(world: World) -> Iterator[Grant]:
    """Yield every unconditional binding in the world that works by now."""
    sky, now = weather.of(world), time.time()
    for token in BOUND_ON:
        for resource in world.resources(token):
            binding = binding_of(resource)
            if binding and not (sky and sky.hides(resource, now)):
                yield binding


def binding_of(resource: Resource) -> Grant | None:
    """Return what an IAM member resource grants, or None when it is conditional, incomplete or of another type."""
    return grant_of(resource.type, {**resource.inputs, **resource.outputs})


def project_number(world: World, project: str) -> str:
    """Return the number of a project given by id or number; its id when the world holds no such project."""
    return next((number for id_, number in _projects(world) if project in (id_, number)), project)


def project_id(world: World, project: str) -> str:
    """Return the id of a project given by id or number; what was given when the world holds no such project."""
    return next((id_ for id_, number in _projects(world) if project in (id_, number)), project)


def _allows(world: World, member: str, permission: str, resource: str) -> bool:
    names = {"allUsers", "allAuthenticatedUsers", member} if member else {"allUsers"}
    asked = [_by_id(world, resource), _project_of(world, resource)]
    return any(
        binding.member in names
        and permission in permissions(world, binding.role)
        and any(_covers(_by_id(world, binding.resource), name) for name in asked)
        for binding in bindings(world)
    )


def _projects(world: World) -> list[tuple[str, str]]:
    return [
        (str(found.outputs["projectId"]), str(found.outputs["number"]))
        for found in world.resources(PROJECT)
        if "projectId" in found.outputs and "number" in found.outputs
    ]


def _covers(bound: str, resource: str) -> bool:
    return resource == bound or resource.startswith(f"{bound}/")


def _by_id(world: World, resource: str) -> str:
    """Return the resource's name with its project given by id; a service account's project is in its address."""
    head, _, rest = resource.partition("/")
    project, _, tail = rest.partition("/")
    if head != "projects" or not project:
        return resource
    if project == "-" and tail.startswith("serviceAccounts/"):
        project = tail.rpartition("@")[2].removesuffix(".iam.gserviceaccount.com")
    return f"projects/{project_id(world, project)}" + (f"/{tail}" if tail else "")


def _project_of(world: World, resource: str) -> str:
    """Return `projects/P` of a resource. Bucket names do not tell: their project is looked up."""
    if not resource.startswith("projects/_/buckets/"):
        return "/".join(_by_id(world, resource).split("/")[:2])
    bucket = resource.split("/")[3]
    found = next((b for b in world.resources(BUCKET) if {**b.inputs, **b.outputs}.get("name") == bucket), None)
    return f"projects/{({**found.inputs, **found.outputs}).get('project', '_')}" if found else "projects/_"

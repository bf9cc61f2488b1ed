from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud import iam
from localcloud.base.world import Resource, World

P = "acme-rehearsal"
INTAKE = f"serviceAccount:intake@{P}.iam.gserviceaccount.com"
TASKS = "projects/acme-rehearsal/locations/europe-west1/queues/events"
ACCESS = "secretmanager.versions.access"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world.db")
    world.put(Resource(iam.PROJECT, f"projects/{P}", "", {"projectId": P}, {"projectId": P, "number": "100000000001"}))
    yield world
    world.close()


def bind(world: World, kind: str, role: str, **properties: object) -> Resource:
    token = f"gcp:{kind}"
    member = Resource(token, f"{role} {properties}", "", {"role": role, "member": INTAKE, **properties})
    world.put(member)
    return member


def test_nobody_may_do_anything_without_a_binding(world: World) -> None:
    assert not iam.allows(world, INTAKE, ACCESS, f"projects/{P}/secrets/s")


def test_the_owner_on_an_open_port_may_do_everything(world: World) -> None:
    assert iam.allows(world, iam.OWNER, ACCESS, f"projects/{P}/secrets/s")


@pytest.mark.parametrize("secret", ["s", f"projects/{P}/secrets/s", "projects/100000000001/secrets/s"])
def test_a_binding_on_a_secret_covers_its_versions_and_nothing_else(world: World, secret: str) -> None:
    role = "roles/secretmanager.secretAccessor"
    bind(world, "secretmanager/secretIamMember:SecretIamMember", role, project=P, secretId=secret)
    assert iam.allows(world, INTAKE, ACCESS, f"projects/{P}/secrets/s/versions/1")
    assert iam.allows(world, INTAKE, ACCESS, "projects/100000000001/secrets/s/versions/latest")
    assert not iam.allows(world, INTAKE, ACCESS, f"projects/{P}/secrets/s2")
    assert not iam.allows(world, INTAKE, "secretmanager.versions.add", f"projects/{P}/secrets/s")
    assert not iam.allows(world, "serviceAccount:other@x.iam.gserviceaccount.com", ACCESS, f"projects/{P}/secrets/s")


def test_a_removed_binding_bites_at_once(world: World) -> None:
    member = bind(world, "projects/iAMMember:IAMMember", "roles/datastore.user", project=P)
    asked = (INTAKE, "datastore.entities.get", f"projects/{P}/databases/(default)")
    assert iam.allows(world, *asked)
    world.remove(member.type, member.id)
    assert not iam.allows(world, *asked)


def test_a_binding_on_the_project_covers_everything_in_it(world: World) -> None:
    bind(world, "projects/iAMMember:IAMMember", "roles/cloudtasks.enqueuer", project=P)
    assert iam.allows(world, INTAKE, "cloudtasks.tasks.create", TASKS)
    assert not iam.allows(world, INTAKE, "cloudtasks.tasks.create", TASKS.replace(P, "acme-rehearsal-2"))


@pytest.mark.parametrize(
    ("kind", "role", "properties", "permission", "resource"),
    [
        (
            "cloudtasks/queueIamMember:QueueIamMember",
            "roles/cloudtasks.enqueuer",
            {"project": P, "location": "europe-west1", "name": "events"},
            "cloudtasks.tasks.create",
            TASKS,
        ),
        (
            "cloudrunv2/serviceIamMember:ServiceIamMember",
            "roles/run.invoker",
            {"project": P, "location": "europe-west1", "name": f"projects/{P}/locations/europe-west1/services/crm"},
            "run.routes.invoke",
            f"projects/{P}/locations/europe-west1/services/crm",
        ),
        (
            "serviceaccount/iAMMember:IAMMember",
            "roles/iam.serviceAccountUser",
            {"serviceAccountId": f"projects/{P}/serviceAccounts/task-caller@{P}.iam.gserviceaccount.com"},
            "iam.serviceAccounts.actAs",
            f"projects/-/serviceAccounts/task-caller@{P}.iam.gserviceaccount.com",
        ),
        (
            "storage/bucketIAMMember:BucketIAMMember",
            "roles/storage.objectViewer",
            {"bucket": "acme-source"},
            "storage.objects.get",
            "projects/_/buckets/acme-source/objects/a.zip",
        ),
        (
            "artifactregistry/repositoryIamMember:RepositoryIamMember",
            "roles/artifactregistry.writer",
            {"project": P, "location": "europe-west1", "repository": "launch"},
            "artifactregistry.repositories.uploadArtifacts",
            f"projects/{P}/locations/europe-west1/repositories/launch",
        ),
    ],
)
def test_each_kind_of_binding_grants_on_its_own_resource(
    world: World, kind: str, role: str, properties: dict[str, object], permission: str, resource: str
) -> None:
    assert not iam.allows(world, INTAKE, permission, resource)
    bind(world, kind, role, **properties)
    assert iam.allows(world, INTAKE, permission, resource)
    assert not iam.allows(world, INTAKE, permission, resource.replace("acme", "acme-2"))


def test_a_project_binding_covers_the_objects_of_the_projects_buckets(world: World) -> None:
    bind(world, "projects/iAMMember:IAMMember", "roles/storage.objectViewer", project=P)
    name = "projects/_/buckets/acme-source/objects/a.zip"
    assert not iam.allows(world, INTAKE, "storage.objects.get", name)
    world.put(Resource(iam.BUCKET, "acme-source", "", {"name": "acme-source", "location": "EU"}, {"project": P}))
    assert iam.allows(world, INTAKE, "storage.objects.get", name)


def test_an_unknown_role_and_a_conditional_binding_grant_nothing(world: World) -> None:
    bind(world, "projects/iAMMember:IAMMember", "roles/made.up", project=P)
    condition = {"title": "soon", "expression": "false"}
    bind(world, "projects/iAMMember:IAMMember", "roles/datastore.user", project=P, condition=condition)
    assert not iam.allows(world, INTAKE, "datastore.entities.get", f"projects/{P}")


def test_everyone_is_covered_by_all_users(world: World) -> None:
    place = {"project": P, "location": "europe-west1", "name": "intake", "member": "allUsers"}
    bind(world, "cloudrunv2/serviceIamMember:ServiceIamMember", "roles/run.invoker", **place)
    assert iam.allows(world, "", "run.routes.invoke", f"projects/{P}/locations/europe-west1/services/intake")


def test_a_stranger_without_a_token_is_not_an_authenticated_user(world: World) -> None:
    place = {"project": P, "location": "europe-west1", "name": "intake", "member": "allAuthenticatedUsers"}
    bind(world, "cloudrunv2/serviceIamMember:ServiceIamMember", "roles/run.invoker", **place)
    service = f"projects/{P}/locations/europe-west1/services/intake"
    assert not iam.allows(world, "", "run.routes.invoke", service)
    assert iam.allows(world, INTAKE, "run.routes.invoke", service)


def test_the_refusal_names_member_permission_and_resource(world: World) -> None:
    with pytest.raises(iam.DeniedError) as refusal:
        iam.require(world, INTAKE, ACCESS, f"projects/{P}/secrets/s")
    for part in (INTAKE, ACCESS, f"projects/{P}/secrets/s"):
        assert part in str(refusal.value)

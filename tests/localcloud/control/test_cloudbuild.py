from __future__ import annotations

import time
import zipfile
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.devtools import cloudbuild_v1 as api

P = "acme-rehearsal"
BUCKET = "acme-rehearsal-source"
OBJECT = "service-1.zip"
IMAGE = f"europe-west1-docker.pkg.dev/{P}/launch/service:1"
FILES = {"service/requirements.txt": "starlette\n", "service/app.py": "app = 1\n"}


def upload(cloud: Any, files: dict[str, str] = FILES, name: str = OBJECT) -> None:
    folder = cloud.home / "objects" / BUCKET
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)


def permit(cloud: Any) -> dict[str, Any]:
    """Make the repository and give the builder its three roles; returns the bindings by their permission."""
    values = {"project": P, "location": "europe-west1", "repositoryId": "launch"}
    token = "gcp:artifactregistry/repository:Repository"
    cloud.world.put(cloud.resource(token, "launch", values))
    viewer = ("storage/bucketIAMMember:BucketIAMMember", "roles/storage.objectViewer", "builder")
    writer = ("artifactregistry/repositoryIamMember:RepositoryIamMember", "roles/artifactregistry.writer", "builder")
    logs = ("projects/iAMMember:IAMMember", "roles/logging.logWriter", "builder")
    place = {"project": P, "location": "europe-west1", "repository": "launch"}
    return {
        "logging.logEntries.create": cloud.bind(*logs, project=P),
        "storage.objects.get": cloud.bind(*viewer, bucket=BUCKET),
        "artifactregistry.repositories.uploadArtifacts": cloud.bind(*writer, **place),
    }


def order(cloud: Any, **changed: Any) -> api.Build:
    wanted: dict[str, Any] = {
        "source": api.Source(storage_source=api.StorageSource(bucket=BUCKET, object_=OBJECT)),
        "steps": [api.BuildStep(name="gcr.io/cloud-builders/docker", args=["build", "."])],
        "images": [IMAGE],
        "service_account": f"projects/{P}/serviceAccounts/{cloud.account('builder')}",
        "options": api.BuildOptions(logging=api.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY),
    }
    return api.Build(**{**wanted, **changed})


def ended(cloud: Any, build: api.Build) -> api.Build:
    """Have it built, and return the build as the client sees it at the end."""
    client = cloud.build()
    operation = client.create_build(project_id=P, build=build)
    id_ = operation.metadata.build.id
    end = time.monotonic() + 10
    while (found := client.get_build(project_id=P, id=id_)).status in (
        api.Build.Status.QUEUED,
        api.Build.Status.WORKING,
    ):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_a_build_ends_with_an_image_by_digest(cloud: Any) -> None:
    permit(cloud)
    upload(cloud)
    operation = cloud.build().create_build(project_id=P, build=order(cloud))
    build = operation.result(timeout=20)
    assert build.status == api.Build.Status.SUCCESS
    [image] = build.results.images
    assert image.name == IMAGE
    folder = cloud.home / "images" / image.digest.removeprefix("sha256:")
    assert (folder / "service" / "app.py").read_text() == "app = 1\n"
    assert [entry.subject for entry in cloud.world.journal("build")] == [image.digest]
    assert build.name == f"projects/100000000001/locations/global/builds/{build.id}"
    assert [warning.text for warning in build.warnings] == [
        "The rehearsal runs no build steps: the image is the source archive itself, run with the platform's own Python."
    ]


def test_the_same_files_give_the_same_digest(cloud: Any) -> None:
    permit(cloud)
    upload(cloud)
    upload(cloud, name="again.zip")
    upload(cloud, {**FILES, "service/app.py": "app = 2\n"}, name="other.zip")
    sources = [
        api.Source(storage_source=api.StorageSource(bucket=BUCKET, object_=n)) for n in ("again.zip", "other.zip")
    ]
    first, again, other = [
        ended(cloud, build).results.images[0].digest
        for build in (order(cloud), *(order(cloud, source=source) for source in sources))
    ]
    assert first == again != other


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        ("logging.logEntries.create", "roles/logging.logWriter"),
        ("storage.objects.get", "roles/storage.objectViewer"),
        ("artifactregistry.repositories.uploadArtifacts", "roles/artifactregistry.writer"),
    ],
)
def test_a_builder_without_a_role_fails_and_names_it(cloud: Any, permission: str, role: str) -> None:
    upload(cloud)
    cloud.unbind(permit(cloud)[permission])
    build = ended(cloud, order(cloud))
    assert build.status == api.Build.Status.FAILURE
    for part in (permission, role, cloud.account("builder")):
        assert part in build.failure_info.detail
    assert not (cloud.home / "images").exists()


def test_the_operation_of_a_failed_build_raises_its_reason(cloud: Any) -> None:
    permit(cloud)
    operation = cloud.build().create_build(project_id=P, build=order(cloud))
    with pytest.raises(exceptions.GoogleAPICallError, match=f"No such object: {BUCKET}/{OBJECT}"):
        operation.result(timeout=20)


@pytest.mark.parametrize("name", ["../../ca/ca-key.pem", "/etc/passwd", "x/../y", ""])
def test_an_object_cannot_be_named_out_of_its_bucket(cloud: Any, name: str) -> None:
    permit(cloud)
    upload(cloud)
    source = api.Source(storage_source=api.StorageSource(bucket=BUCKET, object_=name))
    assert "No such object" in ended(cloud, order(cloud, source=source)).failure_info.detail


@pytest.mark.parametrize(
    ("files", "words"),
    [({"service/app.py": ""}, "service/requirements.txt"), ({**FILES, "../x": ""}, "outside its folder")],
)
def test_a_bad_archive_fails_the_build(cloud: Any, files: dict[str, str], words: str) -> None:
    permit(cloud)
    upload(cloud, files)
    assert words in ended(cloud, order(cloud)).status_detail


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (f"gcr.io/{P}/service", "Artifact Registry"),
        (IMAGE.replace("launch", "missing"), "does not have artifactregistry.repositories.uploadArtifacts"),
        (IMAGE.replace("europe-west1", "us-east1"), "does not have artifactregistry.repositories.uploadArtifacts"),
    ],
)
def test_an_image_that_cannot_be_pushed_fails_the_build(cloud: Any, image: str, words: str) -> None:
    permit(cloud)
    upload(cloud)
    assert words in ended(cloud, order(cloud, images=[image])).status_detail


def test_a_repository_must_exist(cloud: Any) -> None:
    permit(cloud)
    upload(cloud)
    cloud.world.remove("gcp:artifactregistry/repository:Repository", "launch")
    assert "repositories/launch not found" in ended(cloud, order(cloud)).status_detail


def test_a_build_account_needs_a_place_for_its_logs(cloud: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="CLOUD_LOGGING_ONLY"):
        cloud.build().create_build(project_id=P, build=order(cloud, options=api.BuildOptions()))


def test_a_build_needs_a_step(cloud: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="at least one build step"):
        cloud.build().create_build(project_id=P, build=order(cloud, steps=[]))


def test_a_source_of_another_kind_is_refused_with_a_sentence(cloud: Any) -> None:
    git = api.Source(git_source=api.GitSource(url="https://example.test/x.git"))
    with pytest.raises(exceptions.MethodNotImplemented, match="The rehearsal builds from a storage_source only"):
        cloud.build().create_build(project_id=P, build=order(cloud, source=git))


def test_builds_are_listed_newest_first_and_survive_a_restart(run: Any) -> None:
    with run() as cloud:
        permit(cloud)
        upload(cloud)
        ids = [ended(cloud, order(cloud)).id for _ in range(2)]
    with run() as cloud:
        assert [build.id for build in cloud.build().list_builds(project_id=P)] == ids[::-1]
        assert cloud.build().get_build(project_id=P, id=ids[0]).results.images[0].digest


def test_a_build_that_was_cut_off_is_made_again(run: Any) -> None:
    with run() as cloud:
        permit(cloud)
        upload(cloud)
        done = ended(cloud, order(cloud))
        half = api.Build.pb(api.Build.deserialize(api.Build.serialize(done)))
        half.status = api.Build.Status.WORKING
        half.ClearField("results")
        query = "UPDATE builds SET finished = 0, build = ?"
        cloud.world.connection.execute(query, (half.SerializeToString(),))
    with run() as cloud:
        end = time.monotonic() + 10
        while not (found := cloud.build().get_build(project_id=P, id=done.id)).results.images:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert found.results.images[0].digest == done.results.images[0].digest


def test_an_ended_build_cannot_be_cancelled(cloud: Any) -> None:
    build = ended(cloud, order(cloud))
    with pytest.raises(exceptions.FailedPrecondition, match="already finished"):
        cloud.build().cancel_build(project_id=P, id=build.id)


@pytest.mark.parametrize("name", [f"operations/build/{P}/bm9uZQ", f"operations/build/{P}/a", "operations/x"])
def test_an_unknown_operation_is_refused(cloud: Any, name: str) -> None:
    with pytest.raises((exceptions.NotFound, exceptions.InvalidArgument)):
        cloud.build().transport.operations_client.get_operation(name)


def test_on_the_api_port_an_editor_who_may_act_as_the_builder_builds(cloud: Any) -> None:
    client = cloud.build("build_api")
    account = f"projects/{P}/serviceAccounts/{cloud.account('builder')}"
    members = {
        "cloudbuild.builds.create": cloud.bind(
            "projects/iAMMember:IAMMember", "roles/cloudbuild.builds.editor", "deployer", project=P
        ),
        "iam.serviceAccounts.actAs": cloud.bind(
            "serviceaccount/iAMMember:IAMMember", "roles/iam.serviceAccountUser", "deployer", serviceAccountId=account
        ),
    }
    for permission, member in members.items():
        assert client.create_build(project_id=P, build=order(cloud), metadata=cloud.as_("deployer")).operation.name
        cloud.unbind(member)
        with pytest.raises(exceptions.PermissionDenied, match=permission.replace(".", r"\.")):
            client.create_build(project_id=P, build=order(cloud), metadata=cloud.as_("deployer"))
        cloud.world.put(member)
    with pytest.raises(exceptions.Unauthenticated):
        client.create_build(project_id=P, build=order(cloud))

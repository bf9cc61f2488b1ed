from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.cloud.devtools import cloudbuild_v1 as api
from google.longrunning import operations_pb2

from infra import cloudbuild, image
from infra.cloudbuild import BuildFailedError, BuildOrder
from infra.image import ImageProvider
from infra.image_build import APIS, ImageBuild, ImageBuildConfig
from infra.image_source import ImageSource
from infra.service_accounts import APIS as IDENTITY_APIS
from infra.service_accounts import ServiceAccounts, ServiceAccountsConfig

DIGEST = "sha256:" + "a" * 64
TARGET = "europe-west1-docker.pkg.dev/acme/launch/handlers"
ORDER = BuildOrder("acme", "acme-source", "handlers-1.zip", "0123456789abcdef", TARGET, "builder@acme.iam")
PROPS = {name: getattr(ORDER, name) for name in image.INPUTS}
Status = api.Build.Status


@dataclass
class Builder:
    """Cloud Build on a loopback port: refuses `refusals` times, works for `looks`, then ends as told."""

    refusals: int = 0
    looks: int = 0
    end: Any = Status.SUCCESS
    detail: str = ""
    digests: tuple[str, ...] = (DIGEST,)
    orders: list[Any] = field(default_factory=list)
    waits: int = 0
    cancelled: list[str] = field(default_factory=list)
    uncancellable: Any = None
    address: str = ""

    def create(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self.refusals:
            self.refusals -= 1
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "caller may not act as builder@acme.iam")
        self.orders.append(request.build)
        operation = operations_pb2.Operation(name="operations/build/acme/1")
        operation.metadata.Pack(api.BuildOperationMetadata.pb()(build=self._build()))
        return operation

    def get(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.looks -= 1
        return self._build()

    def cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self.uncancellable:
            self.looks = 0
            context.abort(self.uncancellable, "cannot cancel")
        self.cancelled.append(request.id)
        return api.Build.pb()(id="1", project_id="acme", status=Status.CANCELLED)

    def _build(self) -> Any:
        if self.looks > 0:
            state = Status.QUEUED if self.waits > 0 else Status.WORKING
            self.waits -= 1
            return api.Build.pb()(id="1", project_id="acme", status=state, log_url="https://log")
        results = api.Results.pb()(images=[api.BuiltImage.pb()(digest=digest) for digest in self.digests])
        return api.Build.pb()(
            id="1",
            project_id="acme",
            status=self.end,
            status_detail=self.detail,
            results=results,
            log_url="https://log",
        )


@pytest.fixture
def builder() -> Iterator[Builder]:
    served = Builder()
    server = grpc.server(ThreadPoolExecutor(2))
    methods = {
        "CreateBuild": grpc.unary_unary_rpc_method_handler(
            served.create, api.CreateBuildRequest.pb().FromString, operations_pb2.Operation.SerializeToString
        ),
        "CancelBuild": grpc.unary_unary_rpc_method_handler(
            served.cancel, api.CancelBuildRequest.pb().FromString, api.Build.pb().SerializeToString
        ),
        "GetBuild": grpc.unary_unary_rpc_method_handler(
            served.get, api.GetBuildRequest.pb().FromString, api.Build.pb().SerializeToString
        ),
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.devtools.cloudbuild.v1.CloudBuild", methods),)
    )
    served.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield served
    server.stop(None).wait()


@pytest.fixture
def slept() -> list[float]:
    return []


def built(builder: Builder, slept: list[float]) -> str:
    return cloudbuild.build(ORDER, cloudbuild.client({cloudbuild.EMULATOR: builder.address}), slept.append)


def test_the_image_is_known_by_the_digest_that_cloud_build_reports(builder: Builder, slept: list[float]) -> None:
    builder.looks = 3
    assert built(builder, slept) == f"{TARGET}@{DIGEST}"
    assert slept == [0.2, 0.5, 1.0]


def test_the_uploaded_object_is_built_as_our_own_account_with_its_log_in_cloud_logging(
    builder: Builder, slept: list[float]
) -> None:
    built(builder, slept)
    (order,) = builder.orders
    assert (order.source.storage_source.bucket, order.source.storage_source.object_) == (
        "acme-source",
        "handlers-1.zip",
    )
    assert order.service_account == "projects/acme/serviceAccounts/builder@acme.iam"
    assert order.options.logging == api.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY
    assert list(order.images) == [f"{TARGET}:0123456789ab"]


def test_a_new_builder_account_is_waited_for(builder: Builder, slept: list[float]) -> None:
    builder.refusals = 7
    assert built(builder, slept).endswith(DIGEST)
    assert slept[-2:] == [4.0, 4.0]


def test_who_may_not_build_is_told_which_roles_it_takes(builder: Builder, slept: list[float]) -> None:
    builder.refusals = 1_000
    with pytest.raises(BuildFailedError, match=r"you need the roles Cloud Build Editor.*caller may not act"):
        built(builder, slept)
    assert sum(slept) == pytest.approx(cloudbuild.SETTLING, abs=4)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("step 0 exited with 1", r"could not build the image: step 0 exited with 1\. Its log: https://log"),
        ("403: builder may not read", r"New roles take a minute to work everywhere"),
        ("", "could not build the image: failure"),
    ],
)
def test_a_failed_build_is_told_with_its_log(builder: Builder, slept: list[float], detail: str, words: str) -> None:
    builder.end, builder.detail = Status.FAILURE, detail
    with pytest.raises(BuildFailedError, match=words):
        built(builder, slept)


def test_a_build_without_an_image_is_a_failure(builder: Builder, slept: list[float]) -> None:
    builder.digests = ()
    with pytest.raises(BuildFailedError, match="without an image"):
        built(builder, slept)


def test_a_build_that_never_ends_is_given_up(builder: Builder, slept: list[float]) -> None:
    builder.looks = 10**9
    with pytest.raises(BuildFailedError, match="has not finished in time"):
        built(builder, slept)
    assert sum(slept) == pytest.approx(2 * cloudbuild.LONGEST, abs=4)


def test_while_it_waits_it_says_what_the_build_does_and_for_how_long(builder: Builder) -> None:
    builder.looks, builder.waits = 40, 20
    told: list[str] = []
    cloudbuild.build(ORDER, cloudbuild.client({cloudbuild.EMULATOR: builder.address}), lambda _: None, told.append)
    waiting = [sentence for sentence in told if "wait for a machine" in sentence]
    building = [sentence for sentence in told if "builds the image" in sentence]
    assert told == [*waiting, *building]
    assert len(waiting) > 3
    assert len(building) > 3
    assert waiting[0] == "Cloud Build has the build wait for a machine, 0 min 00 s so far (log: https://log)"
    assert any("1 min" in sentence for sentence in building)
    assert len(told) < 20, "a sentence now and then, not one for each look"


def stopped(builder: Builder, after: int) -> str:
    """Build, and be told to stop at that wait."""
    waits = iter([False] * after)
    client = cloudbuild.client({cloudbuild.EMULATOR: builder.address})
    return cloudbuild.build(ORDER, client, lambda _: next(waits, True))


def test_who_stops_while_it_builds_has_the_build_cancelled_and_learns_what_remains(builder: Builder) -> None:
    builder.looks = 1_000
    with pytest.raises(BuildFailedError, match=r"Cloud Build cancelled build 1: there is no new image.*goes on from"):
        stopped(builder, after=3)
    assert builder.cancelled == ["1"]


def test_a_build_that_ended_before_it_could_be_cancelled_counts(builder: Builder) -> None:
    builder.looks, builder.uncancellable = 1_000, grpc.StatusCode.FAILED_PRECONDITION
    assert stopped(builder, after=3) == f"{TARGET}@{DIGEST}"


def test_a_build_that_could_not_be_cancelled_is_named_with_the_command(builder: Builder) -> None:
    builder.looks, builder.uncancellable = 1_000, grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(BuildFailedError, match=r"goes on at Cloud Build.*gcloud builds cancel 1 --project acme"):
        stopped(builder, after=3)


def test_who_stops_before_the_build_was_taken_has_nothing_to_cancel(builder: Builder) -> None:
    builder.refusals = 1_000
    with pytest.raises(BuildFailedError, match="had not taken the build yet"):
        stopped(builder, after=2)
    assert builder.cancelled == []


def test_a_failed_build_shows_the_last_lines_of_its_log(builder: Builder) -> None:
    builder.end, builder.detail = Status.FAILURE, "step 0 exited with 1"
    asked: list[str] = []

    def log(build: str) -> list[str]:
        asked.append(build)
        return ["Step 3/9 : RUN pip install", "ERROR: no matching distribution"]

    client = cloudbuild.client({cloudbuild.EMULATOR: builder.address})
    with pytest.raises(BuildFailedError) as failed:
        cloudbuild.build(ORDER, client, lambda _: None, log=log)
    assert asked == ["1"]
    assert "Its log: https://log\nThe last lines of its log:\n  | Step 3/9" in str(failed.value)
    assert str(failed.value).endswith("\n  | ERROR: no matching distribution")


def test_an_interrupt_of_the_engine_reaches_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    host = type(sys)("host")
    host.traceback, host.DynamicResourceProviderServicer = object(), type("Servicer", (), {})
    monkeypatch.setitem(sys.modules, "__main__", host)
    monkeypatch.setattr(image, "STOPPED", threading.Event())
    ImageProvider().configure(None)  # type: ignore[arg-type]  # the request is not looked at
    host.DynamicResourceProviderServicer().Cancel(None, None)
    assert image.STOPPED.wait(0)


def test_nobody_there_is_told_in_words(builder: Builder, slept: list[float], unused_address: str) -> None:
    with pytest.raises(BuildFailedError, match="nobody answers"):
        cloudbuild.build(ORDER, cloudbuild.client({cloudbuild.EMULATOR: unused_address}), slept.append)


@pytest.fixture
def unused_address(unused_tcp_port: int) -> str:
    return f"127.0.0.1:{unused_tcp_port}"


@pytest.fixture
def unused_tcp_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_the_provider_builds_on_create_and_on_update(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cloudbuild.EMULATOR, builder.address)
    created = ImageProvider().create({**PROPS, "__provider": "x"})
    assert created.id == TARGET
    assert created.outs == {**PROPS, "image": f"{TARGET}@{DIGEST}"}
    assert ImageProvider().update(TARGET, {}, PROPS).outs == created.outs
    assert len(builder.orders) == 2


def test_the_same_source_is_not_built_again() -> None:
    assert ImageProvider().diff(TARGET, {**PROPS, "image": "x"}, PROPS).changes is False


@pytest.mark.parametrize("name", image.INPUTS)
def test_any_change_of_the_order_builds_again(name: str) -> None:
    diff = ImageProvider().diff(TARGET, PROPS, {**PROPS, name: "other"})
    assert diff.changes is True
    assert not diff.replaces


def test_an_order_without_a_source_is_refused() -> None:
    (failure,) = ImageProvider().check({}, {**PROPS, "source_hash": ""}).failures
    assert failure.property == "source_hash"
    assert ImageProvider().check({}, PROPS).failures == []


def said_of(error: Exception) -> str:
    """What Pulumi's host sends to the user."""

    def fail() -> None:
        raise error

    try:
        fail()
    except Exception:  # noqa: BLE001 - as the host does
        return image._Words().format_exc()
    return ""


def test_a_failed_build_reaches_the_user_without_a_traceback() -> None:
    assert said_of(BuildFailedError("the image: no disk")) == "the image: no disk"


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    assert "Traceback" in said_of(RuntimeError("a bug"))


def test_words_are_put_into_pulumis_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    host = type(sys)("host")
    monkeypatch.setitem(sys.modules, "__main__", host)
    ImageProvider().configure(None)  # type: ignore[arg-type]  # the request is not looked at
    assert not hasattr(host, "traceback")
    host.traceback = object()
    ImageProvider().configure(None)  # type: ignore[arg-type]
    assert isinstance(host.traceback, image._Words)


@pytest.fixture
def made(provision: Any, project: Any, root: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(root)

    def program() -> None:
        place = project(*APIS, *IDENTITY_APIS)
        identity = ServiceAccounts("identity", ServiceAccountsConfig(()), place)
        source = ImageSource((("handlers/app.py", "handlers/app.py"),), "f" * 64)
        ImageBuild("build", ImageBuildConfig("europe-west1", "acme-source", source), place, identity)

    return provision(program)


def test_the_order_follows_from_what_was_uploaded(made: Any) -> None:
    assert made.one("bucketObject:BucketObject").inputs["name"] == f"handlers-{'f' * 32}.zip"
    order = made.one("launch:Image").inputs
    assert order["target"] == "europe-west1-docker.pkg.dev/acme-rehearsal/launch/handlers"
    assert order["object"] == f"handlers-{'f' * 32}.zip"
    assert order["source_hash"] == "f" * 64


def test_the_builder_reads_one_bucket_and_writes_one_repository(made: Any) -> None:
    builder = "serviceAccount:builder@acme-rehearsal.iam.gserviceaccount.com"
    reads = made.one("BucketIAMMember").inputs
    writes = made.one("RepositoryIamMember").inputs
    assert (reads["bucket"], reads["role"], reads["member"]) == ("acme-source", "roles/storage.objectViewer", builder)
    assert (writes["repository"], writes["role"], writes["member"]) == (
        "launch",
        "roles/artifactregistry.writer",
        builder,
    )


def test_the_source_is_nobody_elses_to_see(made: Any) -> None:
    bucket = made.one("bucket:Bucket").inputs
    assert bucket["publicAccessPrevention"] == "enforced"
    assert bucket["uniformBucketLevelAccess"] is True


def test_old_images_go_but_the_newest_stay(made: Any) -> None:
    policies = {policy["action"]: policy for policy in made.one("Repository").inputs["cleanupPolicies"]}
    assert policies["KEEP"]["mostRecentVersions"] == {"keepCount": 10}
    assert made.one("Repository").inputs["cleanupPolicyDryRun"] is False


def test_a_bucket_name_that_google_would_refuse_is_refused() -> None:
    with pytest.raises(ValueError, match="3 to 63"):
        ImageBuildConfig("europe-west1", "Acme_Source", ImageSource((), "f"))

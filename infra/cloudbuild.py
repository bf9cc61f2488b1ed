"""Asks Cloud Build for an image and waits for it.

Google's client is imported late: every preview comes by here, and few of them build.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

DOCKER = "gcr.io/cloud-builders/docker@sha256:3d00b6c1a9b862621c30fc74d4f2abfc62bcbdee631ed3febd31e7edbdf6252c"
EMULATOR = "CLOUD_BUILD_EMULATOR_HOST"
LONGEST = 1_200  # seconds a build may take
SETTLING = 120.0  # seconds that a new service account's roles may take to work everywhere
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds between two looks; the last one repeats

Sleep = Callable[[float], None]


class BuildFailedError(Exception):
    """There is no image. The message is for the founder: what happened, and what to do next."""


@dataclass(frozen=True)
class BuildOrder:
    """What to build, where it goes, and which account builds it: `target` is the image's name without tag or digest."""

    project: str
    bucket: str
    object: str
    source_hash: str
    target: str
    service_account: str

    @property
    def tag(self) -> str:
        """The image's name with a tag that says what it was built from."""
        return f"{self.target}:{self.source_hash[:12]}"


def client(env: Mapping[str, str]) -> Any:
    """Return a Cloud Build client: in plain text to the HOST:PORT of CLOUD_BUILD_EMULATOR_HOST, else to Google."""
    from google.cloud.devtools import cloudbuild_v1

    host = env.get(EMULATOR)
    if not host:
        return cloudbuild_v1.CloudBuildClient()
    import grpc

    transport = cloudbuild_v1.CloudBuildClient.get_transport_class("grpc")
    return cloudbuild_v1.CloudBuildClient(transport=transport(channel=grpc.insecure_channel(host)))


def build(order: BuildOrder, builder: Any, sleep: Sleep = time.sleep) -> str:
    """Build the image and return it by digest (`NAME@sha256:…`); raises BuildFailedError."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        finished = _finished(builder, _started(order, builder, sleep), sleep)
    except (GoogleAPIError, GoogleAuthError) as error:
        raise BuildFailedError(_in_words(order, error)) from error
    return f"{order.target}@{_digest(finished)}"


def request(order: BuildOrder) -> Any:
    """Return the build as Cloud Build takes it: one Docker build of the uploaded archive, logged to Cloud Logging.

    Cloud Build refuses a user-specified account without a place for its logs, hence `CLOUD_LOGGING_ONLY`. It succeeds
    only with a provenance of the image, which Artifact Analysis keeps (BuildOptions.VerifyOption).
    """
    from google.cloud.devtools import cloudbuild_v1 as api
    from google.protobuf.duration_pb2 import Duration

    return api.Build(
        source=api.Source(storage_source=api.StorageSource(bucket=order.bucket, object_=order.object)),
        steps=[api.BuildStep(name=DOCKER, args=["build", "--tag", order.tag, "."])],
        images=[order.tag],
        service_account=f"projects/{order.project}/serviceAccounts/{order.service_account}",
        options=api.BuildOptions(
            logging=api.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY,
            requested_verify_option=api.BuildOptions.VerifyOption.VERIFIED,
        ),
        timeout=Duration(seconds=LONGEST),
        tags=["launch-ready"],
    )


class _Patience:
    """Waits between two looks at something, longer each time, up to `limit` seconds in all."""

    def __init__(self, limit: float, sleep: Sleep) -> None:
        self._left = limit
        self._pauses = chain(PAUSES, repeat(PAUSES[-1]))
        self._sleep = sleep

    def another_look(self) -> bool:
        """Wait a little, then return True; return False at once when the limit is reached."""
        if self._left <= 0:
            return False
        pause = next(self._pauses)
        self._left -= pause
        self._sleep(pause)
        return True


def _started(order: BuildOrder, builder: Any, sleep: Sleep) -> Any:
    """Hand the build in. A new builder account is refused at first (terraform-provider-google#15042): try again."""
    from google.api_core.exceptions import FailedPrecondition, NotFound, PermissionDenied

    patience = _Patience(SETTLING, sleep)
    while True:
        try:
            return builder.create_build(project_id=order.project, build=request(order)).metadata.build
        except (FailedPrecondition, NotFound, PermissionDenied):
            if not patience.another_look():
                raise


def _finished(builder: Any, build: Any, sleep: Sleep) -> Any:
    status = type(build).Status
    patience = _Patience(2 * LONGEST, sleep)
    while build.status in {status.STATUS_UNKNOWN, status.PENDING, status.QUEUED, status.WORKING}:
        if not patience.another_look():
            raise BuildFailedError(f"Cloud Build has not finished in time; look at {build.log_url or build.id}")
        build = builder.get_build(project_id=build.project_id, id=build.id)
    if build.status != status.SUCCESS:
        why = build.failure_info.detail or build.status_detail or build.status.name.lower().replace("_", " ")
        settling = " New roles take a minute to work everywhere: run `./launch up` once more." if "403" in why else ""
        raise BuildFailedError(
            f"Cloud Build could not build the image: {why}.{settling} Its log: {build.log_url or build.id}"
        )
    return build


def _digest(build: Any) -> str:
    for image in build.results.images:
        return str(image.digest)
    raise BuildFailedError(f"Cloud Build finished build {build.id} without an image; look at {build.log_url}")


def _in_words(order: BuildOrder, error: Exception) -> str:
    from google.api_core.exceptions import NotFound, PermissionDenied, ServiceUnavailable
    from google.auth.exceptions import GoogleAuthError

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (GoogleAuthError, "there are no Google credentials here; run `gcloud auth application-default login`"),
        (
            PermissionDenied,
            f"you need the roles Cloud Build Editor and, on {order.service_account}, Service Account User",
        ),
        (NotFound, f"the uploaded source gs://{order.bucket}/{order.object} or the builder account is not there"),
        (ServiceUnavailable, "nobody answers; see whether the local cloud runs (`./launch status`), or the network"),
    )
    cure = next((words for kind, words in reasons if isinstance(error, kind)), "run `./launch up` again")
    return f"Cloud Build did not take the image's build: {cure}. It said: {getattr(error, 'message', None) or error}"

"""Asks Cloud Build for an image and waits for it.

Google's client is imported late: every preview comes by here, and few of them build.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

DOCKER = "gcr.io/cloud-builders/docker@sha256:3d00b6c1a9b862621c30fc74d4f2abfc62bcbdee631ed3febd31e7edbdf6252c"
EMULATOR = "CLOUD_BUILD_EMULATOR_HOST"
LONGEST = 1_200  # seconds a build may take
SETTLING = 120.0  # seconds that a new service account's roles may take to work everywhere
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds between two looks; the last one repeats

TOLD = "Cloud Build"  # how every sentence of progress begins
GIVEN_UP = "You stopped, "  # how it begins what became of a build that was given up
TELL_EVERY = 15.0  # seconds between two sentences about the same state
STATES = {  # Build.Status → what the build does then
    "STATUS_UNKNOWN": "takes the build",
    "PENDING": "takes the build",
    "QUEUED": "has the build wait for a machine",
    "WORKING": "builds the image",
}

Sleep = Callable[[float], object]
Tell = Callable[[str], None]
Log = Callable[[str], Sequence[str]]


class BuildFailedError(Exception):
    """There is no image. The message is for the founder: what happened, and what to do next."""


class StoppedError(Exception):
    """Whoever waits has been told to stop."""


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


def client(env: Mapping[str, str], quota_project: str | None = None) -> Any:
    """Return a Cloud Build client: in plain text to the HOST:PORT of CLOUD_BUILD_EMULATOR_HOST, else to Google.

    Google counts calls by a person's log-in for `quota_project`, without one for a project that refuses them.
    """
    from google.cloud.devtools import cloudbuild_v1

    host = env.get(EMULATOR)
    if not host:
        return cloudbuild_v1.CloudBuildClient(client_options={"quota_project_id": quota_project})
    import grpc

    transport = cloudbuild_v1.CloudBuildClient.get_transport_class("grpc")
    return cloudbuild_v1.CloudBuildClient(transport=transport(channel=grpc.insecure_channel(host)))


def build(
    order: BuildOrder,
    builder: Any,
    sleep: Sleep = time.sleep,
    tell: Tell = lambda _sentence: None,
    log: Log = lambda _build: (),
) -> str:
    """Build the image and return it by digest (`NAME@sha256:…`); raises BuildFailedError.

    `sleep` waits, and returns something true when the build has to be given up: then it is cancelled. `tell` is given a
    sentence when something changes and while it lasts. `log` returns the last lines of a build's log by its id.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        finished = _finished(builder, _started(order, builder, sleep, tell), sleep, tell)
        if finished.status != type(finished).Status.SUCCESS:
            raise BuildFailedError(_failure(finished, log(finished.id)))
    except (GoogleAPIError, GoogleAuthError) as error:
        raise BuildFailedError(_in_words(order, error)) from error
    except StoppedError as error:
        raise BuildFailedError(f"{GIVEN_UP}and Cloud Build had not taken the build yet: none remains.") from error
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
        self._left = self._limit = limit
        self._pauses = chain(PAUSES, repeat(PAUSES[-1]))
        self._sleep = sleep

    @property
    def waited(self) -> float:
        """How long it has waited, in seconds."""
        return self._limit - self._left

    def another_look(self) -> bool:
        """Wait a little, then return True; return False at once when the limit is reached; raises StoppedError."""
        if self._left <= 0:
            return False
        pause = next(self._pauses)
        self._left -= pause
        if self._sleep(pause):
            raise StoppedError
        return True


class _Progress:
    """Tells what a build does: when that changes, and every TELL_EVERY seconds while it lasts."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._state, self._at = "", 0.0

    def __call__(self, state: str, waited: float, more: str = "") -> None:
        """Tell a state, `waited` seconds after the beginning, unless that was told a moment ago."""
        if state == self._state and waited - self._at < TELL_EVERY:
            return
        self._state, self._at = state, waited
        self._tell(f"{TOLD} {state}, {int(waited) // 60} min {int(waited) % 60:02} s so far{more}")


def _started(order: BuildOrder, builder: Any, sleep: Sleep, tell: Tell) -> Any:
    """Hand the build in. A new builder account is refused at first (terraform-provider-google#15042): try again."""
    from google.api_core.exceptions import FailedPrecondition, NotFound, PermissionDenied

    patience, progress = _Patience(SETTLING, sleep), _Progress(tell)
    while True:
        try:
            return builder.create_build(project_id=order.project, build=request(order)).metadata.build
        except (FailedPrecondition, NotFound, PermissionDenied):
            progress("does not know the new builder account yet", patience.waited)
            if not patience.another_look():
                raise


def _finished(builder: Any, build: Any, sleep: Sleep, tell: Tell) -> Any:
    """Return the build as it ended; a build that whoever waits gives up is cancelled."""
    patience, progress = _Patience(2 * LONGEST, sleep), _Progress(tell)
    while build.status.name in STATES:
        progress(STATES[build.status.name], patience.waited, f" (log: {build.log_url})" if build.log_url else "")
        try:
            if not patience.another_look():
                raise BuildFailedError(f"Cloud Build has not finished in time; look at {build.log_url or build.id}")
        except StoppedError:
            return _cancelled(builder, build)
        build = builder.get_build(project_id=build.project_id, id=build.id)
    return build


def _cancelled(builder: Any, build: Any) -> Any:
    """Cancel a build; return it as it ended where it ended before, else raise BuildFailedError with what remains."""
    from google.api_core.exceptions import FailedPrecondition, GoogleAPIError

    by_hand = f"gcloud builds cancel {build.id} --project {build.project_id}"
    try:
        builder.cancel_build(project_id=build.project_id, id=build.id)
    except FailedPrecondition:  # it has ended meanwhile
        return builder.get_build(project_id=build.project_id, id=build.id)
    except GoogleAPIError as error:
        raise BuildFailedError(
            f"{GIVEN_UP}but build {build.id} goes on at Cloud Build, because it could not be cancelled: "
            f"{getattr(error, 'message', None) or error}. Cancel it: {by_hand}"
        ) from error
    raise BuildFailedError(
        f"{GIVEN_UP}and Cloud Build cancelled build {build.id}: there is no new image, and the services run what "
        "they ran before. What the run had made by then stays; `./launch up` goes on from there and builds again."
    )


def _failure(build: Any, lines: Sequence[str]) -> str:
    why = build.failure_info.detail or build.status_detail or build.status.name.lower().replace("_", " ")
    settling = " New roles take a minute to work everywhere: run `./launch up` once more." if "403" in why else ""
    said = "".join(f"\n  | {line}" for line in lines)
    said = f"\nThe last lines of its log:{said}" if said else ""
    return f"Cloud Build could not build the image: {why}.{settling} Its log: {build.log_url or build.id}{said}"


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

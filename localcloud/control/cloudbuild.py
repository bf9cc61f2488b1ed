"""Cloud Build for the unmodified client library, with the long-running operations that it waits on.

Reference: https://cloud.google.com/build/docs/api/reference/rpc/google.devtools.cloudbuild.v1
"""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from collections.abc import Callable
from typing import Any

from google.cloud.devtools.cloudbuild_v1 import types
from google.longrunning import operations_pb2
from google.rpc import code_pb2
from grpc import StatusCode

from localcloud import iam
from localcloud.base.world import World
from localcloud.control.builds import Build, Builds, Status
from localcloud.control.paging import page
from localcloud.control.resource_names import parts
from localcloud.control.times import duration, timestamp
from localcloud.rpc import Call, Method, Refused, Service

LOCATION_NAME = "projects/{project}/locations/{location}"
BUILD_NAME = "projects/{project}/locations/{location}/builds/{build}"
OPERATION_NAME = "operations/build/{project}/{build}"
ACCOUNT_NAME = "projects/{project}/serviceAccounts/{email}"
DEFAULT_TIMEOUT = 3600.0  # seconds
MOST = 1000  # items a page
OWN_LOGS = (types.BuildOptions.LoggingMode.CLOUD_LOGGING_ONLY, types.BuildOptions.LoggingMode.NONE)


class CloudBuild:
    """The methods, over the builds of one world.

    `wake` is called when a build waits; `clock` gives seconds since the epoch.
    """

    def __init__(
        self, world: World, builds: Builds, wake: Callable[[], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._world = world
        self._builds = builds
        self._wake = wake
        self._clock = clock

    def services(self) -> list[Service]:
        """Return the tables of methods that the gRPC server serves."""
        operation = operations_pb2.Operation
        build = [
            Method("CreateBuild", types.CreateBuildRequest.pb(), operation, self.create),
            Method("GetBuild", types.GetBuildRequest.pb(), Build, self.get),
            Method("ListBuilds", types.ListBuildsRequest.pb(), types.ListBuildsResponse.pb(), self.list),
            Method("CancelBuild", types.CancelBuildRequest.pb(), Build, self.cancel),
        ]
        wait = Method("GetOperation", operations_pb2.GetOperationRequest, operation, self.get_operation)
        return [
            Service("google.devtools.cloudbuild.v1.CloudBuild", build),
            Service("google.longrunning.Operations", [wait]),
        ]

    def create(self, request: Any, call: Call) -> Any:
        """Queue a build and return the operation that ends with it."""
        project, location = self._place(request.project_id, request.parent)
        iam.require(self._world, call.member, "cloudbuild.builds.create", f"projects/{project}")
        _check(request.build)
        if request.build.service_account:
            email = parts(ACCOUNT_NAME, request.build.service_account)["email"]
            account = f"projects/-/serviceAccounts/{email}"
            iam.require(self._world, call.member, "iam.serviceAccounts.actAs", account)
        build = self._queued(request.build, project, location)
        self._builds.save(build, self._clock())
        self._wake()
        return _operation(build)

    def get(self, request: Any, call: Call) -> Any:
        """Return a build."""
        return self._found(request, call, "cloudbuild.builds.get")

    def list(self, request: Any, call: Call) -> Any:
        """Return the project's builds, newest first."""
        project, location = self._place(request.project_id, request.parent)
        iam.require(self._world, call.member, "cloudbuild.builds.list", f"projects/{project}")
        if request.filter:
            raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal lists builds without a filter only.")
        prefix = f"{self._location(project, location)}/"
        found = [build for build in self._builds.all() if build.name.startswith(prefix)]
        some, rest = page(found, request.page_size, request.page_token, MOST)
        return types.ListBuildsResponse.pb()(builds=some, next_page_token=rest)

    def cancel(self, request: Any, call: Call) -> Any:
        """Cancel a build that has not ended."""
        build = self._found(request, call, "cloudbuild.builds.update")
        if build.status not in (Status.QUEUED, Status.WORKING):
            raise Refused(StatusCode.FAILED_PRECONDITION, "Cannot cancel build: it has already finished.")
        build.status = Status.CANCELLED
        build.finish_time.CopyFrom(timestamp(self._clock()))
        self._builds.save(build, self._clock())
        return self._builds.get(build.id)

    def get_operation(self, request: Any, call: Call) -> Any:
        """Return the operation of a build, done when the build is."""
        named = parts(OPERATION_NAME, request.name)
        iam.require(self._world, call.member, "cloudbuild.builds.get", f"projects/{named['project']}")
        try:
            build = self._builds.get(base64.urlsafe_b64decode(named["build"]).decode())
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _missing(request.name) from error
        if build is None:
            raise _missing(request.name)
        return _operation(build)

    def _place(self, project: str, parent: str) -> tuple[str, str]:
        named = parts(LOCATION_NAME, parent) if parent else {"project": project, "location": "global"}
        if not named["project"]:
            raise Refused(StatusCode.INVALID_ARGUMENT, "project_id or parent must be given.")
        return iam.project_id(self._world, named["project"]), named["location"]

    def _location(self, project: str, location: str) -> str:
        return f"projects/{iam.project_number(self._world, project)}/locations/{location}"

    def _queued(self, asked: Any, project: str, location: str) -> Any:
        build = Build()
        build.CopyFrom(asked)
        build.id, build.project_id, build.status = str(uuid.uuid4()), project, Status.QUEUED
        build.name = f"{self._location(project, location)}/builds/{build.id}"
        build.create_time.CopyFrom(timestamp(self._clock()))
        if not build.HasField("timeout"):
            build.timeout.CopyFrom(duration(DEFAULT_TIMEOUT))
        return build

    def _found(self, request: Any, call: Call, permission: str) -> Any:
        named = (
            parts(BUILD_NAME, request.name) if request.name else {"project": request.project_id, "build": request.id}
        )
        project = iam.project_id(self._world, named["project"])
        iam.require(self._world, call.member, permission, f"projects/{project}")
        build = self._builds.get(named["build"])
        if build is None or build.project_id != project:
            raise _missing(f"Build {named['build']}")
        return build


def _check(build: Any) -> None:
    """Refuse what the real service refuses at once, and sources that the rehearsal does not have."""
    if not build.steps or not all(step.name for step in build.steps):
        raise Refused(
            StatusCode.INVALID_ARGUMENT, "invalid build: must specify at least one build step, each with a name."
        )
    if build.source.WhichOneof("source") != "storage_source":
        raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal builds from a storage_source only.")
    regional = types.BuildOptions.DefaultLogsBucketBehavior.REGIONAL_USER_OWNED_BUCKET
    kept = build.logs_bucket or build.options.default_logs_bucket_behavior == regional
    if build.service_account and not kept and build.options.logging not in OWN_LOGS:
        raise Refused(
            StatusCode.INVALID_ARGUMENT,
            "if 'build.service_account' is specified, the build must either (a) specify 'build.logs_bucket', (b) use "
            "the REGIONAL_USER_OWNED_BUCKET build.options.default_logs_bucket_behavior option, or (c) use either "
            "CLOUD_LOGGING_ONLY / NONE logging options",
        )


def _operation(build: Any) -> Any:
    id_ = base64.urlsafe_b64encode(build.id.encode()).decode().rstrip("=")
    operation = operations_pb2.Operation(name=f"operations/build/{build.project_id}/{id_}")
    operation.metadata.Pack(types.BuildOperationMetadata.pb()(build=build))
    operation.done = build.status not in (Status.QUEUED, Status.WORKING)
    if build.status == Status.SUCCESS:
        operation.response.Pack(build)
    elif operation.done:
        operation.error.code = code_pb2.CANCELLED if build.status == Status.CANCELLED else code_pb2.UNKNOWN
        operation.error.message = f"Build {build.id} ended with {Status(build.status).name}: {build.status_detail}"
    return operation


def _missing(what: str) -> Refused:
    return Refused(StatusCode.NOT_FOUND, f"Requested entity was not found: {what}.")

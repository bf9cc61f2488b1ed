"""Stored builds, and how they are made: from the uploaded object to an image, with the builder's own rights."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.cloud.devtools.cloudbuild_v1 import types

from localcloud import iam
from localcloud.base.world import World
from localcloud.control import build_source
from localcloud.control.resource_names import find
from localcloud.control.times import timestamp
from localcloud.monitoring.entries import BUILDS

REPOSITORY = "gcp:artifactregistry/repository:Repository"
IMAGE = re.compile(
    r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)/[^:@]+(:[\w.-]+)?"
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS builds (
    id TEXT PRIMARY KEY, created REAL NOT NULL, finished INTEGER NOT NULL, build BLOB NOT NULL
);
"""
NOTE = "The rehearsal runs no build steps: the image is the source archive itself, run with the platform's own Python."
Status = types.Build.Status
Build = types.Build.pb()
Fault = types.Build.FailureInfo.FailureType

log = logging.getLogger(__name__)


class BuildFailure(Exception):  # noqa: N818 - the field's term
    """The build ends with status FAILURE; the message goes into its details."""

    def __init__(self, kind: Any, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Builds:
    """The builds of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def save(self, build: Any, now: float) -> None:
        """Store a build, new or changed. A finished one is never changed again."""
        finished = build.status not in (Status.QUEUED, Status.WORKING)
        self._world.connection.execute(
            "INSERT INTO builds VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET finished = excluded.finished, "
            "build = excluded.build WHERE NOT builds.finished",
            (build.id, now, finished, build.SerializeToString()),
        )

    def get(self, id_: str) -> Any | None:
        """Return a build by its id, or None."""
        row = self._world.connection.execute("SELECT build FROM builds WHERE id = ?", (id_,)).fetchone()
        return Build.FromString(row["build"]) if row else None

    def all(self) -> list[Any]:
        """Return every build, newest first."""
        rows = self._world.connection.execute("SELECT build FROM builds ORDER BY created DESC, rowid DESC")
        return [Build.FromString(row["build"]) for row in rows]

    def unfinished(self) -> list[Any]:
        """Return builds that wait or were cut off, oldest first."""
        rows = self._world.connection.execute("SELECT build FROM builds WHERE NOT finished ORDER BY created, rowid")
        return [Build.FromString(row["build"]) for row in rows]


@dataclass(frozen=True)
class Builder:
    """Makes one build. Making it again gives the same image, so a build that a kill cut off is simply made again.

    `requirements` is the path of the locked requirements in each source archive.
    """

    home: Path
    world: World
    requirements: str

    def make(self, build: Any, now: float) -> Any:
        """Return the build as it ended: SUCCESS with its images' digest, or FAILURE with the reason."""
        done = Build()
        done.CopyFrom(build)
        done.start_time.CopyFrom(timestamp(now))
        done.warnings.add(text=NOTE, priority=types.Build.Warning.Priority.INFO)
        try:
            digest = f"sha256:{self._image(build)}"
        except BuildFailure as failure:
            if failure.kind != Fault.LOGGING_FAILURE:
                self._log(build, f"ERROR: {failure}")
            done.status, done.status_detail = Status.FAILURE, str(failure)
            done.failure_info.type_, done.failure_info.detail = failure.kind, str(failure)
        except OSError as error:  # a full disk, say: the machine's fault, not the build's
            done.status, done.status_detail = Status.INTERNAL_ERROR, f"the rehearsal could not write the image: {error}"
        else:
            done.status = Status.SUCCESS
            self._log(build, *(f"PUSH: {name} digest: {digest}" for name in build.images), "DONE")
            for name in build.images:
                done.results.images.add(name=name, digest=digest)
            self.world.record("build", digest, id=build.id, images=list(build.images))
        return done

    def _image(self, build: Any) -> str:
        """Log, fetch, read, push: in the order in which the real service meets what is wrong. Returns the digest."""
        self._check_logs(build)
        self._log(build, f'starting build "{build.id}"', "FETCHSOURCE")
        archive = self._fetched(build)
        self._log(build, f"BUILD: {len(build.steps)} steps. {NOTE}")
        try:
            content = build_source.read(archive, self.requirements)
        except build_source.SourceError as error:
            raise BuildFailure(Fault.USER_BUILD_STEP, f"build step 0 failed: {error}") from error
        for name in build.images:
            self._check_push(build, name)
        return build_source.publish(content, self.home / "images")

    def _fetched(self, build: Any) -> Path:
        bucket, name = str(build.source.storage_source.bucket), str(build.source.storage_source.object_)
        self._require(
            build,
            "storage.objects.get",
            f"projects/_/buckets/{bucket}/objects/{name}",
            ("could not resolve source", "roles/storage.objectViewer on the bucket", Fault.FETCH_SOURCE_FAILED),
        )
        archive = self.home / "objects" / bucket / name
        safe = build_source.is_safe(name) and build_source.is_safe(bucket) and "/" not in bucket
        if not safe or not archive.is_file():
            raise BuildFailure(
                Fault.FETCH_SOURCE_FAILED, f"could not resolve source: 404: No such object: {bucket}/{name}"
            )
        return archive

    def _check_logs(self, build: Any) -> None:
        """Require the role by which a build writes its log, unless it keeps none.

        https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts#permissions
        """
        if build.options.logging != types.BuildOptions.LoggingMode.NONE:
            self._require(
                build,
                "logging.logEntries.create",
                f"projects/{build.project_id}",
                ("cannot write logs to Cloud Logging", "roles/logging.logWriter", Fault.LOGGING_FAILURE),
            )

    def _log(self, build: Any, *lines: str) -> None:
        if build.options.logging != types.BuildOptions.LoggingMode.NONE:
            for line in lines:
                self.world.record(BUILDS, build.id, message=line)

    def _check_push(self, build: Any, name: str) -> None:
        known = IMAGE.fullmatch(name)
        if known is None:
            raise BuildFailure(
                Fault.PUSH_FAILED,
                f"failed to push '{name}': the rehearsal has Artifact Registry (*-docker.pkg.dev) only",
            )
        project, location, repository = known["project"], known["location"], known["repository"]
        resource = f"projects/{project}/locations/{location}/repositories/{repository}"
        self._require(
            build,
            "artifactregistry.repositories.uploadArtifacts",
            resource,
            (f"failed to push '{name}'", "roles/artifactregistry.writer on the repository", Fault.PUSH_FAILED),
        )
        if not find(self.world, REPOSITORY, project, location=location, repositoryId=repository):
            raise BuildFailure(Fault.PUSH_FAILED, f"failed to push '{name}': name unknown: {resource} not found")

    def _require(self, build: Any, permission: str, resource: str, told: tuple[str, str, Any]) -> None:
        email = self._account(build)
        if not iam.allows(self.world, f"serviceAccount:{email}", permission, resource):
            iam.denied(self.world, f"serviceAccount:{email}", permission, resource)
            problem, cure, kind = told
            raise BuildFailure(
                kind,
                f"{problem}: 403: {email} does not have {permission} access to {resource} (or it may not exist). "
                f"Grant it {cure}.",
            )

    def _account(self, build: Any) -> str:
        """Return the builder's e-mail address; without one in the build, the Compute Engine default account."""
        given = str(build.service_account).rpartition("/")[2]
        return given or f"{iam.project_number(self.world, build.project_id)}-compute@developer.gserviceaccount.com"


class BuildQueue:
    """Makes the waiting builds one after the other, also those that a kill left unfinished."""

    def __init__(self, builds: Builds, builder: Builder, clock: Callable[[], float] = time.time) -> None:
        self._builds = builds
        self._builder = builder
        self._clock = clock
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """Look for builds now; may be called from any thread."""
        with suppress(RuntimeError):  # the loop has ended, and with it the building
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Build until cancelled."""
        while True:
            self._woken.clear()
            for build in self._builds.unfinished():
                await asyncio.to_thread(self._make, build)
            await self._woken.wait()

    def _make(self, build: Any) -> None:
        build.status = Status.WORKING
        self._builds.save(build, self._clock())
        done = self._builder.make(build, self._clock())
        done.finish_time.CopyFrom(timestamp(self._clock()))
        self._builds.save(done, self._clock())
        log.info("build %s: %s %s", done.id, Status(done.status).name, done.status_detail)

"""One service over time: the revision that serves, and the one that takes over as soon as it is ready."""

from __future__ import annotations

import asyncio
import logging

from localcloud.run.launcher import Launcher
from localcloud.run.revision import CANNOT_START, Revision
from localcloud.run.revision_history import Entry, RevisionHistory
from localcloud.run.services import Service

# Production gives a failed revision up until the next deployment. Here its cause may be this machine's (no network for
# pip, another server still starting), so it is tried again.
FIRST_RETRY = 2.0  # seconds, doubled with each further one
MAX_RETRY = 60.0  # seconds

log = logging.getLogger(__name__)


class Deployment:
    """Rolls a service's templates out, one at a time. All methods belong to the event loop's thread."""

    def __init__(self, service: Service, history: RevisionHistory, launcher: Launcher) -> None:
        self._service = service
        self._history = history
        self._launcher = launcher
        self._serving: Revision | None = None
        self._wanted: str | None = None
        self._changed = asyncio.Event()
        self._rolling: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        known = history.newest_ready(service)
        if known:
            self._wanted = known.template.fingerprint
            self._switch_to(self._revision(known))

    def want(self, service: Service) -> None:
        """Take the service's resource as it is now; a changed template starts a roll-out and gives up an older one."""
        self._service = service
        if service.template.fingerprint == self._wanted:
            return
        self._wanted = service.template.fingerprint
        if self._rolling:
            self._rolling.cancel()
        self._rolling = asyncio.create_task(self._roll_out(self._history.begin(service)))

    async def serving(self) -> Revision:
        """Return the revision that takes requests; before the first one is ready this waits for it."""
        while self._serving is None:
            await self._changed.wait()
        return self._serving

    async def close(self) -> None:
        """End all instances."""
        if self._rolling:
            self._rolling.cancel()
            await asyncio.gather(self._rolling, return_exceptions=True)
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(
            *self._retiring, *([self._serving.close()] if self._serving else []), return_exceptions=True
        )

    async def retire(self) -> None:
        """End the service because it was deleted: requests in flight are finished first."""
        if self._serving:
            await self._serving.retire()
        await self.close()

    async def _roll_out(self, entry: Entry) -> None:
        delay = FIRST_RETRY
        while not await self._tried(entry):
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_RETRY)

    async def _tried(self, entry: Entry) -> bool:
        revision = self._revision(entry)
        try:
            await revision.running()
        except CANNOT_START as error:
            log.warning("%s", error)
            self._record(entry, "failed", str(error))
            return False
        except asyncio.CancelledError:
            await revision.close()
            raise
        self._history.became_ready(self._service, entry.name)
        self._record(entry, "ready", "")
        log.info("%s serves", entry.name)
        self._switch_to(revision)
        return True

    def _switch_to(self, revision: Revision) -> None:
        old, self._serving = self._serving, revision
        self._changed.set()
        revision.keep_warm()
        if old:
            task = asyncio.create_task(self._retired(old))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def _retired(self, revision: Revision) -> None:
        try:
            await revision.retire()
        except asyncio.CancelledError:
            await revision.close()
            raise

    def _revision(self, entry: Entry) -> Revision:
        return Revision(self._service, entry.name, entry.template, self._launcher)

    def _record(self, entry: Entry, state: str, reason: str) -> None:
        data = {"revision": entry.name, "state": state, "reason": reason}
        self._launcher.journal.add("revision", self._service.name, data)

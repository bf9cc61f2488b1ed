"""One service over time: the revisions that serve, and the one that takes over as soon as it is ready."""

from __future__ import annotations

import asyncio
import logging
import time

from localcloud.run import traffic
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
    """Rolls a service's templates out, one at a time. All methods belong to the event loop's thread.

    The revisions that live are those that get requests: the newest that became ready, unless all of the traffic goes to
    others by name (https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration).
    """

    def __init__(self, service: Service, history: RevisionHistory, launcher: Launcher) -> None:
        self._service = service
        self._history = history
        self._launcher = launcher
        self._live: dict[str, Revision] = {}
        self._wanted: str | None = None
        self._changed = asyncio.Event()
        self._rolling: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._newest = history.newest_ready(service)
        if self._newest:
            self._wanted = self._newest.template.fingerprint
            self._settle()

    def want(self, service: Service) -> None:
        """Take the service's resource as it is now.

        A changed template starts a roll-out and gives up an older one; changed traffic moves the next requests.
        """
        moved = service.traffic != self._service.traffic
        self._service = service
        if moved:
            self._settle()
        if service.template.fingerprint == self._wanted:
            return
        self._wanted = service.template.fingerprint
        if self._rolling:
            self._rolling.cancel()
        self._rolling = asyncio.create_task(self._roll_out(self._history.begin(service, time.time())))

    async def serving(self, draw: float) -> Revision:
        """Return the revision that takes a request; before the first one is ready this waits for it.

        `draw` is a random number, at least 0 and below 1, by which traffic that is split finds its way.
        """
        while True:
            name = traffic.chosen(self._service.traffic, draw) or self._newest_name
            found = self._live.get(name) or self._live.get(self._newest_name)
            if found:
                return found
            await self._changed.wait()

    async def close(self) -> None:
        """End all instances."""
        if self._rolling:
            self._rolling.cancel()
            await asyncio.gather(self._rolling, return_exceptions=True)
        for task in self._retiring:
            task.cancel()
        ends = [revision.close() for revision in self._live.values()]
        await asyncio.gather(*self._retiring, *ends, return_exceptions=True)

    async def retire(self) -> None:
        """End the service because it was deleted: requests in flight are finished first."""
        await asyncio.gather(*(revision.retire() for revision in self._live.values()))
        await self.close()

    @property
    def _newest_name(self) -> str:
        return self._newest.name if self._newest else ""

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
        log.info("%s is ready", entry.name)
        self._newest = entry
        self._settle(revision)
        return True

    def _settle(self, ready: Revision | None = None) -> None:
        """Keep the revisions that get requests, start what is missing, and let the others finish; `ready` runs already.

        A name that no ready revision has leaves its requests to the newest one.
        """
        names = [share.revision or self._newest_name for share in self._service.traffic]
        entries = [self._history.named(self._service, name) or self._newest for name in names]
        wanted = {entry.name: entry for entry in entries if entry}
        for revision in [live for name, live in self._live.items() if name not in wanted]:
            self._let_go(self._live.pop(revision.name))
        if ready and ready.name not in wanted:
            self._let_go(ready)
        for name, entry in wanted.items():
            if name not in self._live:
                self._live[name] = ready if ready and ready.name == name else self._revision(entry)
                self._live[name].keep_warm()
        if self._live:
            self._changed.set()

    def _let_go(self, revision: Revision) -> None:
        task = asyncio.create_task(self._retired(revision))
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

"""Cloud Run's Admin API as far as a rollback asks it: a service, its revisions, and a change of its traffic.

https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from localcloud.base.world import Resource, World
from localcloud.run import services, traffic
from localcloud.run.revision_history import Past, RevisionHistory
from localcloud.run.traffic import BY_LATEST, BY_REVISION

TYPES = (BY_LATEST, BY_REVISION)
MOST = 100  # revisions a page, https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions/list
STATES = {True: "CONDITION_SUCCEEDED", False: "CONDITION_FAILED"}


class BadChangeError(ValueError):
    """The change is refused; the message says what is wrong with it."""


class NoSuchServiceError(LookupError):
    """There is no service of that name."""


class CloudRun:
    """The services of one world, as the API shows and changes them. Names are relative resource names."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._history = RevisionHistory(world)

    def service(self, name: str) -> dict[str, Any]:
        """Return a service; raises NoSuchServiceError."""
        resource = self._found(name)
        past = self._history.past(name)
        ready = next((revision for revision in past if revision.was_ready), None)
        targets = resource.inputs.get("traffics") or [{"type": BY_LATEST, "percent": traffic.WHOLE}]
        return {
            "name": name,
            "uri": resource.outputs.get("uri", ""),
            "latestCreatedRevision": _full(name, past[0]) if past else "",
            "latestReadyRevision": _full(name, ready) if ready else "",
            "traffic": list(targets),
        }

    def revisions(self, name: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of a service's revisions, the newest first; `query` has pageSize and pageToken."""
        self._found(name)
        past = self._history.past(name)
        size, start = min(int(query.get("pageSize") or MOST), MOST), int(query.get("pageToken") or 0)
        more = {"nextPageToken": str(start + size)} if start + size < len(past) else {}
        return {"revisions": [_revision(name, each) for each in past[start : start + size]], **more}

    def change(self, name: str, mask: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set a service's traffic and return the finished operation; raises BadChangeError, NoSuchServiceError."""
        resource = self._found(name)
        if mask != "traffic":
            raise BadChangeError(f"The rehearsal changes a service with updateMask=traffic alone, not {mask or 'all'}.")
        targets = body.get("traffic")
        self._check(name, targets if isinstance(targets, list) else [])
        self._world.put(replace(resource, inputs={**resource.inputs, "traffics": targets}))
        place = name.partition("/services/")[0]
        return {"name": f"{place}/operations/{name.rpartition('/')[2]}", "done": True, "response": self.service(name)}

    def _check(self, name: str, targets: Sequence[Any]) -> None:
        ready = {past.name for past in self._history.past(name) if past.was_ready}
        for target in targets:
            kind = target.get("type") if isinstance(target, dict) else None
            if kind not in TYPES:
                raise BadChangeError(f"traffic.type: {kind!r} is not one of {', '.join(TYPES)}.")
            revision = target.get("revision")
            if kind == BY_REVISION and revision not in ready:
                raise BadChangeError(f"traffic.revision: Revision '{revision}' is not found or not ready.")
            if kind == BY_LATEST and revision:
                raise BadChangeError("traffic.revision: must be empty where traffic goes to the latest revision.")
        whole = sum(target.get("percent") or 0 for target in targets)
        if whole != traffic.WHOLE:
            raise BadChangeError(f"traffic.percent: the percentages must add up to 100, got {whole}.")

    def _found(self, name: str) -> Resource:
        for resource in self._world.resources(services.SERVICE):
            try:
                if services.read(resource, self._world).resource == name:
                    return resource
            except ValueError:
                continue  # the runner's log says what is missing
        raise NoSuchServiceError(f"Resource '{name.rpartition('/')[2]}' of kind 'SERVICE' does not exist.")


def _full(name: str, past: Past) -> str:
    return f"{name}/revisions/{past.name}"


def _revision(name: str, past: Past) -> dict[str, Any]:
    made = datetime.fromtimestamp(past.created, UTC).isoformat().replace("+00:00", "Z")
    return {
        "name": _full(name, past),
        "createTime": made,
        "service": name.rpartition("/")[2],
        "containers": [{"image": past.template.image}],
        "conditions": [{"type": "Ready", "state": STATES[past.was_ready]}],
    }

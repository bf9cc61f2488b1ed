"""Cloud Run as the commands ask it: which revisions a service has, and which of them gets the requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from blueprint.spec import Spec
from cli.former_revisions import Revision, RunningService
from engine.errors import UNREACHABLE, LaunchError
from engine.google_api import Google
from engine.home import Home
from infra import emulator_session
from infra.service_selection import roles_of
from localcloud.base.ports import Ports

Found = TypeVar("Found")
API = "run"
AT_ONCE = 8  # questions
PATIENCE = 60.0  # seconds for a change of traffic, which takes a few
PAUSE = 0.5  # seconds between two looks at it
LATEST = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
READY = {"type": "Ready", "state": "CONDITION_SUCCEEDED"}


class CloudRun:
    """The stack's services in one region. Each method raises LaunchError when Google refuses or cannot be reached.

    https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
    """

    def __init__(self, google: Google, region: str, names: Sequence[str]) -> None:
        self._google = google
        self._place = f"projects/{google.project}/locations/{region}"
        self._names = names

    def serving(self) -> dict[str, Mapping[str, float]]:
        """Return by service the revisions that get requests by their names; services that are not there are left out.

        A service whose newest revision gets all of them has none.
        """
        found = self._each(self._serving)
        return {name: serving for name, serving in found.items() if serving is not None}

    def services(self) -> list[RunningService]:
        """Return each service that is there, with its revisions."""
        serving = self.serving()
        revisions = self._each(self._revisions)
        return [RunningService(name, revisions[name], serving[name]) for name in self._names if name in serving]

    def send(self, moves: Mapping[str, str]) -> None:
        """Send all requests of each service to its revision, or with an empty name to its newest one.

        Waits until it is done. Where one of them fails, the others are moved all the same.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for moved in [pool.submit(self._send, *move) for move in moves.items()]:
                moved.result()

    def _send(self, service: str, revision: str) -> None:
        target = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": revision, "percent": 100}
        body = {"traffic": [target if revision else LATEST]}
        path = f"v2/{self._place}/services/{service}"
        answer = self._google.send("PATCH", API, f"{path}?updateMask=traffic", body)
        ends = time.monotonic() + PATIENCE
        while answer is not None and not answer.get("done"):
            if time.monotonic() > ends:
                raise LaunchError(
                    f"Cloud Run took the change of {service}, and has not done it after {PATIENCE:.0f} s.",
                    cure=f"Run {self._google.again} again: it goes on where it was.",
                    code=UNREACHABLE,
                )
            time.sleep(PAUSE)
            answer = self._google.get(API, f"v2/{answer['name']}")
        if answer is None or "error" in answer:
            why = answer["error"].get("message", "") if answer else "The service is not there any more."
            raise LaunchError(f"Cloud Run did not change the traffic of {service}.", f"Google says: {why}")

    def _each(self, ask: Callable[[str], Found]) -> dict[str, Found]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(self._names, pool.map(ask, self._names), strict=True))

    def _serving(self, name: str) -> Mapping[str, float] | None:
        service = self._google.get(API, f"v2/{self._place}/services/{name}")
        if service is None:
            return None
        named = [target for target in service.get("traffic") or () if target.get("revision") and target.get("percent")]
        return {_short(target["revision"]): float(target["percent"]) for target in named}

    def _revisions(self, name: str) -> tuple[Revision, ...]:
        found: list[Revision] = []
        page = ""
        while True:
            answer = self._google.get(API, f"v2/{self._place}/services/{name}/revisions{page}") or {}
            found += [_revision(row) for row in answer.get("revisions") or () if READY in _states(row)]
            token = str(answer.get("nextPageToken") or "")
            if not token:
                return tuple(sorted(found, key=lambda revision: revision.created, reverse=True))
            page = f"?pageToken={quote(token, safe='')}"


def of(home: Home, spec: Spec, ports: Ports, environ: Mapping[str, str], again: str) -> CloudRun:
    """Return Cloud Run of a stack, real or rehearsed; `again` is the command that goes on after a person's step."""
    names = [role.name for role in roles_of(spec)]
    if home.is_local:
        address = {"RUN_EMULATOR_HOST": f"{ports.address('google')}/run.googleapis.com"}
        google = Google(spec.google.project, address, again, bearer=emulator_session.OWNER)
    else:
        google = Google(spec.google.project, environ, again)
    return CloudRun(google, spec.google.region, names)


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _states(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"type": each.get("type"), "state": each.get("state")} for each in row.get("conditions") or ()]


def _revision(row: Mapping[str, Any]) -> Revision:
    containers = row.get("containers") or [{}]
    return Revision(_short(row["name"]), str(containers[0].get("image", "")), datetime.fromisoformat(row["createTime"]))

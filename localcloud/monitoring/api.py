"""Cloud Monitoring and Cloud Logging by REST: the calls that the toolkit makes, and no others.

- `GET /v1/projects/P/location/global/prometheus/api/v1/query`: PromQL at one time (`query`, `time`).
- `GET /v3/projects/P/alerts`: incidents, the newest first.
- `POST /v2/entries:list`: log entries by a filter.

https://cloud.google.com/monitoring/api/ref_v3/rest, https://cloud.google.com/logging/docs/reference/v2/rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.base.world import World
from localcloud.monitoring import entries
from localcloud.monitoring.channels import POLICY
from localcloud.monitoring.incidents import Incident
from localcloud.monitoring.log_filters import FilterError, compiled
from localcloud.monitoring.monitor import Monitor
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import RefusedError, parse

MOST = 1_000  # entries or incidents of one answer, as at Google


class BadQueryError(ValueError):
    """What was asked cannot be answered: 400."""


def query(monitor: Monitor, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each series of a PromQL expression, in the form of Prometheus' HTTP API."""
    now = _time(wanted.get("time"), monitor.now())
    at = int(now) // 60 * 60
    try:
        found = Evaluation(monitor.measured())(parse(str(wanted.get("query") or "")), range(at, at + 1))
    except RefusedError as error:
        raise BadQueryError(str(error)) from error
    result = [
        {"metric": dict(labels), "value": [now, f"{value:.12g}"]}
        for labels, (value,) in ((labels, values) for labels, values in found.items())
        if value is not None
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def alerts(world: World, monitor: Monitor, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return incidents as the API's Alert, the newest first."""
    titles = {each.outputs.get("name", each.id): each.inputs for each in world.resources(POLICY)}
    most = min(int(wanted.get("pageSize") or MOST), MOST)
    found = [_alert(each, titles.get(each.policy, {}), str(wanted["project"])) for each in monitor.incidents.all()]
    return {"alerts": found[:most], "totalSize": len(found)}


def listed(world: World, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return log entries that fit a filter; `orderBy` is by time, `pageSize` limits how many."""
    names = wanted.get("resourceNames") or []
    if not (isinstance(names, list) and names and all(str(name).startswith("projects/") for name in names)):
        raise BadQueryError("resourceNames must name a project, such as projects/P")
    try:
        fits = compiled(str(wanted.get("filter") or ""))
    except FilterError as error:
        raise BadQueryError(str(error)) from error
    found = [entry for entry in entries.logged(world, str(names[0]).removeprefix("projects/")) if fits(entry)]
    if str(wanted.get("orderBy") or "") == "timestamp desc":
        found.reverse()
    return {"entries": found[: min(int(wanted.get("pageSize") or 50), MOST)]}


def _alert(incident: Incident, policy: Mapping[str, Any], project: str) -> dict[str, Any]:
    closed = {} if incident.is_open else {"closeTime": _text(incident.closed or 0)}
    snapshot = {"displayName": policy.get("displayName", ""), "severity": policy.get("severity", "")}
    return {
        "name": f"projects/{project}/alerts/{incident.number}",
        "state": "OPEN" if incident.is_open else "CLOSED",
        "openTime": _text(incident.opened),
        **closed,
        "metric": {"labels": dict(incident.labels)},
        "policy": {"name": incident.policy, **snapshot},
    }


def _text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _time(said: Any, now: float) -> float:
    try:
        return float(said) if said not in (None, "") else now
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(str(said)).timestamp()
    except ValueError as error:
        raise BadQueryError(f"time is {said!r}; give seconds since the epoch or an RFC 3339 time") from error

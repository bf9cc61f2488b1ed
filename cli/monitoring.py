"""Asks Cloud Monitoring by REST: the local cloud's in a rehearsal, Google's with the caller's credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from cli.reachability import ports_of
from engine.home import Home
from handlers.outside import google_clients
from monitors.page.overview import Answer, Incident

GOOGLE = "https://monitoring.googleapis.com"
TIMEOUT = 10.0  # seconds


@dataclass(frozen=True)
class Monitoring:
    """One project's Monitoring. Methods raise httpx.HTTPError, or google.auth's errors without credentials."""

    client: httpx.Client
    base: str
    project: str
    headers: Callable[[], Mapping[str, str]]

    def value(self, promql: str) -> Answer:
        """Return what an expression gives now, by the value of its only label; under "" when it has none."""
        path = f"/v1/projects/{self.project}/location/global/prometheus/api/v1/query"
        result = self._get(path, {"query": promql})["data"]["result"]
        return {_label(each["metric"]): float(each["value"][1]) for each in result if each["value"][1] != "NaN"}

    def incidents(self, most: int = 50) -> list[Incident]:
        """Return the newest incidents."""
        found = self._get(f"/v3/projects/{self.project}/alerts", {"pageSize": str(most)})
        return [_incident(each) for each in found.get("alerts", ())]

    def _get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        answer = self.client.get(self.base + path, params=dict(params), headers=dict(self.headers()), timeout=TIMEOUT)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def of(home: Home, project: str, client: httpx.Client) -> Monitoring:
    """Return the Monitoring of a stack; raises LaunchError before the local cloud was started."""
    if home.is_local:
        base = f"http://{ports_of(home).address('google')}/monitoring.googleapis.com"
        return Monitoring(client, base, project, lambda: {"Authorization": "Bearer owner"})
    return Monitoring(client, GOOGLE, project, google_clients.authorization())


def _label(labels: Mapping[str, str]) -> str:
    return next((value for name, value in labels.items() if name != "__name__"), "")


def _incident(said: Mapping[str, Any]) -> Incident:
    policy = said.get("policy") or {}
    return Incident(
        str(policy.get("displayName", "")),
        str(policy.get("severity", "")).removeprefix("SEVERITY_"),
        datetime.fromisoformat(said["openTime"]),
        datetime.fromisoformat(said["closeTime"]) if said.get("closeTime") else None,
    )

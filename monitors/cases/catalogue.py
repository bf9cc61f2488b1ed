"""Every alert and every case: what `./launch monitors test` goes through."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.spec import Alerts
from monitors.alerts import Alert
from monitors.cases import events, outside, probes, requests
from monitors.cases.case import Case
from monitors.essential import api_health
from monitors.sets import alerts

DEFAULTS = Alerts(email="oncall@acme.test", watch="full")
"""The thresholds of a spec that names none; the cases are told for these."""
SCENARIOS = (*requests.SCENARIOS, *events.SCENARIOS, *outside.SCENARIOS, *probes.SCENARIOS)
CASES: tuple[Case, ...] = tuple(case for scenario in SCENARIOS for case in scenario.cases)


def watched(thresholds: Alerts = DEFAULTS) -> Mapping[str, Alert]:
    """Return the alerts that the cases are about, by id."""
    check = api_health(outside.HOST, "/health")
    return {alert.id: alert for alert in alerts(thresholds, requests.DOOR, check)}

"""Uptime and alerts: what is watched, from which threshold on somebody hears of it, by which way, and what to do."""

from __future__ import annotations

from urllib.parse import urlsplit

from checklists.handover import Handover
from checklists.pages.blocks import Page, Row, Table
from handlers.service_manifest import INTAKE
from monitors import sets
from monitors.alerts import Alert, Wakes
from monitors.essential import api_health


def page(handover: Handover) -> Page:
    """Return the page of uptime checks and alerts."""
    outputs = handover.outputs
    rows = tuple(_row(alert) for alert in watched(handover))
    check = api_health(outputs.api_host, urlsplit(outputs.health_url).path)
    uptime = (
        ("Uptime check", f"`{outputs.health_url}`, from six places, every {check.period} s"),
        ("Channel", f"e-mail to {outputs.on_call}" if outputs.on_call else "nobody hears of an alert yet"),
        ("By night", "warnings wait until morning; everything else wakes the person on call"),
        ("Where", f"https://console.cloud.google.com/monitoring/alerting?project={outputs.project}"),
    )
    return Page(
        "alerts",
        "Uptime and alerts",
        f"{len(rows)} alerts, all to {outputs.on_call or 'nobody'}. Each notification carries its runbook.",
        (
            Table("Uptime", ("what", "value"), uptime),
            Table(
                "Alerts",
                ("what, and from which threshold", "severity", "wakes someone", "runbook"),
                rows,
                "No alert is known.",
            ),
        ),
        ("uptime", "alerts", "on call"),
    )


def watched(handover: Handover) -> tuple[Alert, ...]:
    """Return the alerts of the launch."""
    if handover.spec is None:
        return ()
    outputs = handover.outputs
    check = api_health(outputs.api_host, urlsplit(outputs.health_url).path)
    return sets.alerts(handover.spec.alerts, INTAKE, check)


def _row(alert: Alert) -> Row:
    held = f", for {alert.sustained} minutes" if alert.sustained else ""
    wakes = "no" if alert.wakes is Wakes.NOBODY else "yes"
    return (f"{alert.title}{held}", alert.severity.lower(), wakes, f"`{alert.runbook_path}`")

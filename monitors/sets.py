"""The two sets of alerts that a launch chooses from."""

from __future__ import annotations

from blueprint.spec import Alerts
from monitors import counting, essential, full
from monitors.alerts import Alert
from monitors.counting import LogMetric
from monitors.uptime import UptimeCheck


def alerts(thresholds: Alerts, public_service: str, check: UptimeCheck) -> tuple[Alert, ...]:
    """Return every alert of the set that the spec chose: what wakes somebody on the first day, or all."""
    chosen = (
        essential.unreachable(check),
        essential.error_rate(public_service, thresholds),
        essential.failed_deliveries(),
        essential.final_failures(),
        essential.queue_stuck(),
        essential.sweep_missed(),
    )
    if thresholds.watch == "essential":
        return chosen
    objective = full.availability(public_service)
    return (
        *chosen,
        full.burning(objective),
        full.smouldering(objective),
        full.slow_answers(public_service),
        full.very_slow_answers(public_service),
        full.waiting_work(),
        full.probe_missed(),
        full.certificate_ends(check),
        full.scheduler_fails(),
        full.previous_secret(),
        full.wrong_plan(),
        full.lost_ticket(),
        full.foreign_events(),
        full.unanswered_ticket(),
    )


def log_metrics(thresholds: Alerts) -> tuple[LogMetric, ...]:
    """Return the log metrics that the alerts of the chosen set read."""
    return counting.ESSENTIAL if thresholds.watch == "essential" else counting.FULL

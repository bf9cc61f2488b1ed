"""The essential set: what wakes a founder from the first day on, and nothing else."""

from __future__ import annotations

from blueprint.spec import Alerts
from monitors.alerts import Alert, FailureRatio, Occurrences
from monitors.promql import Series
from monitors.uptime import Unreachable, UptimeCheck

REVISION = "cloud_run_revision"
REQUESTS = Series("run.googleapis.com/request_count", REVISION)


def error_rate(public_service: str, thresholds: Alerts) -> Alert:
    """Return the alert on requests that the public door fails to answer.

    Only answers of 5xx count: a stranger who is turned away gets 4xx. Private services do not count either, for one
    event that is tried ten times would be ten failures.
    """
    requests = REQUESTS.where(service_name=public_service)
    return Alert(
        id="error-rate",
        title=f"{public_service} fails more than {thresholds.error_percent:g} % of requests",
        severity="CRITICAL",
        condition=FailureRatio(
            failed=requests.where(response_code_class="5xx"),
            total=requests,
            percent=thresholds.error_percent,
            window_minutes=thresholds.window_minutes,
            hold_minutes=thresholds.hold_minutes,
            min_failures=thresholds.min_failures,
        ),
        runbook=(
            f"Webhooks and intents are answered with errors. Look at `./launch logs {public_service}` for the first "
            "ERROR; a 503 names the secret that is missing. Stripe sends again for three days, so nothing is lost yet. "
            "If it began with a deployment, go back to the commit before and run `./launch up`."
        ),
    )


def final_failures(metric: str, thresholds: Alerts) -> Alert:
    """Return the alert on events that were given up; the log metric `metric` counts each of them once."""
    return Alert(
        id="final-failures",
        title="An event was given up",
        severity="ERROR",
        condition=Occurrences(
            Series(f"logging.googleapis.com/user/{metric}", REVISION),
            count=1,
            window_minutes=thresholds.window_minutes,
            hold_minutes=thresholds.hold_minutes,
        ),
        runbook=(
            "A payment, signup or support request was tried in vain. `./launch logs` names it and why. It is not lost: "
            "Firestore keeps the event in `inbox` and what was to follow from it in `outbox`, with the reason. Mend "
            "the cause first; then see to that one customer by hand."
        ),
    )


def api_health(host: str, path: str) -> UptimeCheck:
    """Return the check that the whole way from the public internet to the service works."""
    return UptimeCheck("api-health", host, path)


def unreachable(check: UptimeCheck) -> Alert:
    """Return the alert on an API that the world does not reach: requests that never arrive count in no error rate."""
    return Alert(
        id="unreachable",
        title=f"{check.host} cannot be reached",
        severity="CRITICAL",
        condition=Unreachable(check),
        runbook=(
            f"{check.url} fails from several parts of the world, so webhooks and intents do not come in either. "
            "`./launch verify` names what is wrong on the way: DNS, certificate, edge or service. Right after a first "
            "launch it is the nameservers at the registrar, or a certificate that is still being issued. If only the "
            "service fails, look at `./launch logs`, and go back to the commit before if it began with a deployment. "
            "Stripe sends again for three days, so nothing is lost yet."
        ),
    )

"""The essential set: what wakes a founder from the first day on, and nothing else."""

from __future__ import annotations

from blueprint.spec import Alerts
from monitors import counting
from monitors.alerts import Alert, Owner
from monitors.conditions import AnyOf, FailureRatio, Line, Missed, Pace, Stuck, Timely
from monitors.promql import Series
from monitors.uptime import Unreachable, UptimeCheck

REQUESTS = Series("run.googleapis.com/request_count", counting.REVISION)
QUEUE = "cloud_tasks_queue"
DEPTH = Series("cloudtasks.googleapis.com/queue/depth", QUEUE)
ATTEMPTS = Series("cloudtasks.googleapis.com/queue/task_attempt_count", QUEUE)
DAY = 24 * 60
FASTER = 3  # a short outage has to be this many times worse than a long one
FAST_MINUTES = 5
SUSTAINED = 20  # minutes; a bare 2 % in 15 minutes starts 20 to 39 times in 30 simulated days of 1 %
OPEN = 30  # minutes; the least after which Cloud Monitoring closes an incident by itself


def error_rate(public_service: str, thresholds: Alerts) -> Alert:
    """Return the alert on requests that the public door fails to answer.

    Only answers of 5xx count: a stranger who is turned away gets 4xx. Private services do not count either, for one
    event that is tried ten times would be ten failures.
    """
    requests = REQUESTS.where(service_name=public_service)
    slow = Pace(thresholds.error_percent, thresholds.window_minutes, SUSTAINED)
    fast = Pace(min(FASTER * thresholds.error_percent, 100), FAST_MINUTES)
    return Alert(
        id="error-rate",
        title=f"{public_service} fails more than {thresholds.error_percent:g} % of requests",
        severity="CRITICAL",
        owner=Owner.ENGINEERING,
        condition=FailureRatio(
            failed=requests.where(response_code_class="5xx"),
            total=requests,
            paces=(slow, fast),
            min_failures=thresholds.min_failures,
            hold=thresholds.hold_minutes,
        ),
        message=(
            f"Webhooks and requests of the app are answered with errors: more than {slow.percent:g} % for "
            f"{SUSTAINED} minutes, or more than {fast.percent:g} % right now. Stripe keeps trying for three days, so "
            "no payment is lost yet."
        ),
    )


def final_failures() -> Alert:
    """Return the alert on events and effects that were given up (dead letters)."""
    metric = counting.FINAL_FAILURES
    return Alert(
        id="final-failures",
        title="An event was given up",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=Line(metric.log_filter, metric.series, OPEN),
        message=(
            "A payment, signup or support request could not be processed after every retry. It is not lost: Firestore "
            "keeps it with the reason, and it can be replayed as soon as the cause is fixed."
        ),
    )


def failed_deliveries() -> Alert:
    """Return the alert on webhooks that end badly: given up by us, or never let in.

    What counts is how an event ended, once for each; attempts in between do not, and forged ones never become events.
    """
    ended = counting.DELIVERIES.series
    return Alert(
        id="failed-deliveries",
        title="More than 1 % of a day's webhook deliveries failed",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=AnyOf(
            (
                FailureRatio(ended.where(outcome="final_failure"), ended, (Pace(1, DAY),), min_failures=3),
                FailureRatio(counting.MISSED_DELIVERIES.series, ended, (Pace(1, DAY),), min_failures=3),
            )
        ),
        message=(
            "More than one in a hundred of the last day's events was given up, or never reached the API because the "
            "edge or the service refused it. Events that Stripe could not deliver are fetched every hour."
        ),
    )


def queue_stuck() -> Alert:
    """Return the alert on a queue whose tasks wait and do not succeed."""
    condition = Stuck(DEPTH, ATTEMPTS)
    return Alert(
        id="queue-stuck",
        title="A queue is stuck",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=condition,
        message=(
            f"Work for one provider has waited {condition.minutes} minutes and none of it succeeded: the provider is "
            "down, its secret is no longer valid, or the queue is paused. Nothing is lost; it goes on by itself "
            "afterwards."
        ),
    )


def sweep_missed() -> Alert:
    """Return the alert on the clock's calls: a sweep did not come to its end in time."""
    sweeps = counting.SWEEPS.series
    return Alert(
        id="sweep-missed",
        title="A scheduled sweep did not run",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=Missed(
            Timely(sweeps.where(sweep="minute"), 10),
            (Timely(sweeps.where(sweep="hour"), 130), Timely(sweeps.where(sweep="night"), DAY + 30, late=20)),
        ),
        sustained=10,
        message=(
            "What repairs stuck work every minute, fetches missed payments every hour and compares plans every night "
            "has not finished in time. Until it runs again, such mistakes stay unnoticed."
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
        owner=Owner.ENGINEERING,
        condition=Unreachable(check),
        message=(
            f"{check.url} fails from several parts of the world, so payments and requests of the app do not come in "
            "either. Stripe keeps trying for three days, so no payment is lost yet."
        ),
    )

"""What the full set adds: objectives, slowness, what lingers, and what ends soon."""

from __future__ import annotations

from monitors import counting
from monitors.alerts import Alert, Owner
from monitors.conditions import Below, Line, Missed, Occurrences, Recurring, Slow, Timely
from monitors.essential import OPEN, REQUESTS
from monitors.promql import Series
from monitors.slo import BurnRate, Slo
from monitors.uptime import EXPIRY, UptimeCheck

LATENCIES = "run.googleapis.com/request_latencies"  # a distribution, in milliseconds
GOAL = 0.995
DAYS = 28  # whole weeks, so that each window holds as many weekends
FAST = 14.4  # Site Reliability Workbook, chapter 5: 2 % of a month's budget within an hour
SLOW = 6.0  # the same: 5 % within six hours
PROBED = 15  # minutes between two probes; the job's cron line says the same
RENEWED = 14  # days before its end; the edge and Google's load balancer renew theirs at 30


def availability(public_service: str) -> Slo:
    """Return the objective: so many requests to the public door are answered without an error of ours."""
    requests = REQUESTS.where(service_name=public_service)
    return Slo("api-availability", GOAL, DAYS, failed=requests.where(response_code_class="5xx"), total=requests)


def burning(objective: Slo) -> Alert:
    """Return the alert on an error budget that will be gone long before its time."""
    return Alert(
        id="budget-burn",
        title=f"The error budget of {objective.goal:.1%} burns {FAST:g} times too fast",
        severity="CRITICAL",
        owner=Owner.ENGINEERING,
        condition=BurnRate(objective, FAST),
        message=f"At this pace the errors allowed in {objective.days} days are used up in two. Treat it as an outage.",
    )


def smouldering(objective: Slo) -> Alert:
    """Return the warning of an error budget that goes too fast, but not so fast that anybody has to get up."""
    return Alert(
        id="budget-burn-slow",
        title=f"The error budget of {objective.goal:.1%} burns {SLOW:g} times too fast",
        severity="WARNING",
        owner=Owner.ENGINEERING,
        condition=BurnRate(objective, SLOW, long_minutes=360, short_minutes=30),
        message=f"At this pace the errors allowed in {objective.days} days are used up within the week.",
    )


def slow_answers(public_service: str) -> Alert:
    """Return the warning that answers are slower than half a second."""
    return Alert(
        id="slow-answers",
        title=f"One in twenty answers of {public_service} takes more than half a second",
        severity="WARNING",
        owner=Owner.ENGINEERING,
        condition=_slower(public_service, 500),
        message="Webhooks and requests of the app are answered slowly. Nothing fails, and somebody may soon notice.",
    )


def very_slow_answers(public_service: str) -> Alert:
    """Return the alert that answers are slower than a second."""
    return Alert(
        id="very-slow-answers",
        title=f"One in twenty answers of {public_service} takes more than a second",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=_slower(public_service, 1_000),
        message="Webhooks and requests of the app are answered so slowly that users notice and senders may give up.",
    )


def _slower(public_service: str, milliseconds: int) -> Slow:
    buckets, count = (
        Series(f"{LATENCIES}_{part}", counting.REVISION).where(service_name=public_service)
        for part in ("bucket", "count")
    )
    return Slow(buckets, count, milliseconds)


def waiting_work() -> Alert:
    """Return the alert on events that wait for long, whichever queue they are in: the age of the oldest."""
    return Alert(
        id="waiting-work",
        title="Something has waited for half an hour",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=Occurrences(counting.WAITING.series, count=25, minutes=30),
        message=(
            "Events or what follows from them (a contact, a ticket, a mail) have waited for half an hour although "
            "their time had come. Nothing is lost; retries go on."
        ),
    )


def probe_missed() -> Alert:
    """Return the dead man's switch: for two probes and five minutes none has come the whole way of a payment event.

    A probe counts for ten minutes, and its absence has to last for 25 more; so the first one has as long after a
    launch, and one that is late or lost raises nothing.
    """
    return Alert(
        id="probe-missed",
        title="No probe has come through for half an hour",
        severity="CRITICAL",
        owner=Owner.ENGINEERING,
        condition=Missed(Timely(counting.PROBES.series, 10, late=5)),
        sustained=2 * PROBED - 5,
        message=(
            "Every quarter of an hour a synthetic event travels the same way as a payment: edge, door, inbox, queue, "
            "worker. None has arrived for half an hour, so payments may not arrive either, even if nothing else has "
            "fired. Nothing is lost yet: Stripe keeps trying for three days."
        ),
    )


def certificate_ends(check: UptimeCheck) -> Alert:
    """Return the alert on a certificate that nobody has renewed."""
    return Alert(
        id="certificate-ends",
        title=f"The certificate of {check.host} ends within {RENEWED} days",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=Below(Series(EXPIRY, "uptime_url").where(host=check.host), RENEWED, minutes=30),
        message=(
            f"The certificate that {check.host} shows should have been renewed by itself weeks ago. On the day it "
            "ends, no browser, app or webhook reaches the API any more."
        ),
    )


def scheduler_fails() -> Alert:
    """Return the alert on a job of Cloud Scheduler whose calls fail again and again."""
    entries = Series("logging.googleapis.com/log_entry_count", "cloud_scheduler_job").where(severity="ERROR")
    return Alert(
        id="scheduler-fails",
        title="A scheduled job fails",
        severity="ERROR",
        owner=Owner.ENGINEERING,
        condition=Occurrences(entries, count=3, minutes=60, hold=OPEN, by=("job_id",)),
        message="Cloud Scheduler's calls of one job fail: the service refuses them, answers errors or takes too long.",
    )


def previous_secret() -> Alert:
    """Return the warning that a signing secret that was rotated away is still in use most of a day later."""
    return Alert(
        id="previous-secret",
        title="A previous signing secret is still in use",
        severity="WARNING",
        owner=Owner.ENGINEERING,
        condition=Recurring(counting.PREVIOUS_SECRET.series, minutes=360, ago=1_080),
        message=(
            "Deliveries are still signed with the secret from before its rotation, 18 hours later. They are accepted; "
            "but if it was rotated because it leaked, whoever has it can still forge them."
        ),
    )


def wrong_plan() -> Alert:
    """Return the warning that somebody's plan was not what they pay for."""
    metric = counting.WRONG_PLANS
    return Alert(
        id="wrong-plan",
        title="A user's plan was not what they pay for",
        severity="WARNING",
        owner=Owner.SUPPORT,
        condition=Line(metric.log_filter, metric.series, OPEN),
        message=(
            "The nightly comparison with Stripe found a user whose plan, payment or access did not agree, and set it "
            "right where it could. Look at whether that person noticed, and why the event itself was not enough."
        ),
    )


def lost_ticket() -> Alert:
    """Return the warning that a support request never came to the helpdesk."""
    metric = counting.LOST_TICKETS
    return Alert(
        id="lost-ticket",
        title="A support request is not at the helpdesk",
        severity="WARNING",
        owner=Owner.SUPPORT,
        condition=Line(metric.log_filter, metric.series, OPEN),
        message="Somebody asked for help more than an hour ago, and nobody at the helpdesk can see it. Answer them.",
    )


def foreign_events() -> Alert:
    """Return the warning that signed events of another mode or account come in, which are set aside."""
    metric = counting.FOREIGN
    return Alert(
        id="foreign-events",
        title="An event of another mode or account was set aside",
        severity="WARNING",
        owner=Owner.ENGINEERING,
        condition=Line(metric.log_filter, metric.series, OPEN),
        message=(
            "Stripe delivered an event that belongs to test mode, or to another account, with a signature that is "
            "ours. It changed nobody's plan. An endpoint at Stripe is set up for the wrong mode."
        ),
    )


def unanswered_ticket() -> Alert:
    """Return the warning that a support request waits for the team: the sweep of the hour found it twice in a row."""
    return Alert(
        id="unanswered-ticket",
        title="A support request has waited for an answer for a day",
        severity="WARNING",
        owner=Owner.SUPPORT,
        condition=Occurrences(counting.UNANSWERED.series, count=2, minutes=130),
        message=(
            "Somebody asked for help, or answered you, more than a day ago, and nobody on the team has touched the "
            "ticket since. The user sees it as open. Answer them today."
        ),
    )

"""What the full set adds to the essential one: an objective for the API, and a call when its budget burns too fast."""

from __future__ import annotations

from monitors.alerts import Alert
from monitors.essential import REQUESTS
from monitors.slo import BurnRate, Slo

GOAL = 0.995
DAYS = 28  # whole weeks, so that each window holds as many weekends
FAST = 14.4  # Site Reliability Workbook, chapter 5: 2 % of a month's budget within an hour


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
        condition=BurnRate(objective, FAST),
        runbook=(
            f"At this pace the budget of {objective.days} days is gone in two. Treat it as an outage: `./launch logs` "
            "of the public service names the first ERROR; undo the last deployment when it began with one."
        ),
    )

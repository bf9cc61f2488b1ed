from __future__ import annotations

import io
import json
from typing import Any

import pytest

from handlers.logs import FINAL_FAILURE, FOREIGN, Log
from monitors import counting
from monitors.counting import LogMetric


def line(level: str, message: str, **fields: Any) -> dict[str, Any]:
    stream = io.StringIO()
    getattr(Log({"service": "reconcile"}, stream), level)(message, **fields)
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


GAVE_UP = line("alarm", "gave up on the event; replay it when its cause is fixed", outcome=FINAL_FAILURE)
PROCESSED = line("info", "processed", outcome="processed", reason="")
MINUTE = line("info", "swept", sweep="minute", outcome="done", stuck=2, sent=1)
IDLE = line("info", "swept", sweep="minute", outcome="done", stuck=0, sent=0)
HOUR = line("info", "swept", sweep="hour", outcome="done", events=40, missed=3, unanswered=1)
OLD_SECRET = line("warning", "signed with the previous secret", outcome="previous_secret", secret="stripe")
BILLING = line("warning", "differs", kind="billing", subject="u1", kept="free", truth="pro")
TICKET = line("warning", "differs", kind="ticket", subject="t1", kept="a ticket", truth="no thread")
ASIDE = line("warning", "set aside", outcome=FOREIGN, event_id="evt_1", kind="charge.refunded", reason="test mode")
FORGED = line("info", "rejected", door="/webhooks/stripe", outcome="bad_signature", status=400)
PROBE = line("info", "probe settled", outcome="done", reason="a probe changes nothing")
LINES = (PROBE, GAVE_UP, PROCESSED, MINUTE, IDLE, HOUR, OLD_SECRET, BILLING, TICKET, ASIDE, FORGED)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (counting.FINAL_FAILURES, {(): 1}),
        (counting.DELIVERIES, {(("outcome", "processed"),): 1, (("outcome", "final_failure"),): 1}),
        (counting.MISSED_DELIVERIES, {(): 3}),
        (counting.SWEEPS, {(("sweep", "minute"),): 2, (("sweep", "hour"),): 1}),
        (counting.WAITING, {(): 1}),
        (counting.PREVIOUS_SECRET, {(): 1}),
        (counting.WRONG_PLANS, {(("kind", "billing"),): 1}),
        (counting.LOST_TICKETS, {(): 1}),
        (counting.FOREIGN, {(): 1}),
        (counting.UNANSWERED, {(): 1}),
        (counting.PROBES, {(): 1}),
    ],
    ids=lambda value: value.name if isinstance(value, LogMetric) else "",
)
def test_a_metric_counts_its_lines_and_no_others(metric: LogMetric, expected: dict[Any, float]) -> None:
    assert metric.total(LINES) == expected


def test_the_filter_says_the_same_in_loggings_language() -> None:
    assert counting.FINAL_FAILURES.log_filter == (
        'resource.type="cloud_run_revision" AND jsonPayload.outcome="final_failure"'
    )
    assert counting.WAITING.log_filter.endswith('jsonPayload.sweep="minute" AND jsonPayload.stuck>0')
    assert counting.DELIVERIES.log_filter.endswith('jsonPayload.message=~"^(processed|gave up on the event)"')


def test_a_metric_that_adds_up_is_read_by_its_sum() -> None:
    assert counting.MISSED_DELIVERIES.series.metric == "logging.googleapis.com/user/missed-deliveries_sum"

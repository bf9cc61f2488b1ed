from __future__ import annotations

import pytest

from localcloud.monitoring.log_filters import FilterError, compiled
from monitors import counting

ENTRY = {
    "severity": "WARNING",
    "resource": {"type": "cloud_run_revision", "labels": {"service_name": "reconcile"}},
    "jsonPayload": {"message": "swept", "sweep": "minute", "stuck": 3, "is_late": True, "note": 'say "hi" (now)'},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        'resource.type="cloud_run_revision"',
        "resource.type=cloud_run_revision",
        'jsonPayload.message=~"^(swept|gone)"',
        'jsonPayload.message!~"gone"',
        "jsonPayload.stuck>2 AND jsonPayload.stuck<=3",
        "jsonPayload.stuck=3",
        "severity>=WARNING",
        "severity<ERROR",
        'jsonPayload.note:"SAY"',
        r'jsonPayload.note="say \"hi\" (now)"',
        "jsonPayload.is_late=true",
        "jsonPayload.sweep:*",
        'jsonPayload.sweep="hour" OR jsonPayload.stuck>0',
        'jsonPayload.sweep="minute" jsonPayload.stuck>0',
        'NOT jsonPayload.absent="x"',
        'NOT (severity="ERROR" OR jsonPayload.sweep="night")',
        "-- a remark\njsonPayload.stuck>0",
    ],
)
def test_an_entry_fits(text: str) -> None:
    assert compiled(text)(ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        'resource.type="cloud_run_job"',
        'jsonPayload.absent!="x"',
        "jsonPayload.absent<5",
        "jsonPayload.message>5",
        "jsonPayload.is_late>0",
        "severity>WARNING",
        'jsonPayload.sweep="hour" AND jsonPayload.stuck>0 OR severity="ERROR"',
        "NOT jsonPayload.stuck>0",
        'resource.type.deeper="x"',
    ],
)
def test_an_entry_does_not_fit(text: str) -> None:
    assert not compiled(text)(ENTRY)


@pytest.mark.parametrize("text", ['"swept"', "severity>=", "(severity=ERROR", "severity=ERROR)", "a=b OR", "a >> b"])
def test_what_is_not_evaluated_is_refused(text: str) -> None:
    with pytest.raises(FilterError, match="in the filter"):
        compiled(text)


@pytest.mark.parametrize("metric", counting.FULL, ids=lambda metric: metric.name)
def test_every_filter_of_our_log_metrics_is_read_as_the_monitors_read_it(metric: counting.LogMetric) -> None:
    lines = [
        {"message": "swept", "sweep": sweep, "stuck": stuck, "missed": 1, "unanswered": stuck}
        for sweep in ("minute", "hour", "night")
        for stuck in (0, 2)
    ] + [
        {"message": "processed", "outcome": "processed"},
        {"message": "gave up on the event; replay it", "outcome": "final_failure"},
        {"message": "differs", "kind": "billing"},
        {"message": "differs", "kind": "ticket"},
        {"message": "signed", "outcome": "previous_secret"},
        {"message": "set aside", "outcome": "foreign_event"},
        {"message": "probe settled"},
    ]
    fits = compiled(metric.log_filter)
    entries = [{"resource": {"type": "cloud_run_revision"}, "jsonPayload": line} for line in lines]
    assert [fits(entry) for entry in entries] == [metric.counts(line) for line in lines]
    assert any(metric.counts(line) for line in lines)

from __future__ import annotations

import pytest

from localcloud.base.world import Entry, Resource
from localcloud.monitoring import counting
from localcloud.monitoring.counting import key
from localcloud.monitoring.entries import entry_of

RUN = "cloud_run_revision"


def entry(kind: str, subject: str, **data: object) -> Entry:
    return Entry(1, 60.0, kind, subject, data)


def test_requests_count_by_class_and_by_how_long_they_took() -> None:
    seen = [entry("run_request", "intake", status=503, seconds=0.3), entry("run_request", "stranger", status=200)]
    found = counting.requests(seen, frozenset({"intake"}))
    failed = {"service_name": "intake", "response_code": "503", "response_code_class": "5xx"}
    assert found[key("run.googleapis.com/request_count", RUN, **failed)] == 1
    buckets = "run.googleapis.com/request_latencies_bucket"
    assert found[key(buckets, RUN, service_name="intake", le="300")] == 1
    assert found[key(buckets, RUN, service_name="intake", le="+Inf")] == 1
    assert key(buckets, RUN, service_name="intake", le="200") not in found
    assert not any("stranger" in str(series) for series in found)


@pytest.mark.parametrize(
    ("status", "code"), [(200, "ok"), (204, "ok"), (503, "unavailable"), (409, "aborted"), (500, "unknown")]
)
def test_attempts_count_by_their_queue_and_how_they_ended(status: int, code: str) -> None:
    name = "projects/p/locations/l/queues/crm/tasks/t"
    seen = [entry("task", name, event="attempt", status=status), entry("task", name, event="done", status=status)]
    ((series, count),) = counting.attempts(seen).items()
    assert (dict(series[1])["queue_id"], dict(series[1])["response_code"], count) == ("crm", code, 1)


def test_an_attempt_without_an_answer_was_unavailable() -> None:
    assert counting.code(None) == "unavailable"


def test_log_metrics_count_by_their_labels_or_add_up_a_number() -> None:
    swept = entry("log", "reconcile", severity="INFO", message="swept", sweep="hour", missed=3)
    count = {
        "name": "sweeps",
        "filter": 'jsonPayload.message="swept"',
        "labelExtractors": {"sweep": "EXTRACT(jsonPayload.sweep)"},
    }
    total = {"name": "missed", "filter": "jsonPayload.missed>0", "valueExtractor": "EXTRACT(jsonPayload.missed)"}
    metrics = [Resource(counting.METRIC, each["name"], "urn", each) for each in (count, total)]
    found = counting.lines([entry_of(swept, "acme")], metrics)
    of = {"service_name": "reconcile"}
    assert found[key("logging.googleapis.com/user/sweeps", RUN, sweep="hour", **of)] == 1
    assert found[key("logging.googleapis.com/user/missed_sum", RUN, **of)] == 3
    assert found[key("logging.googleapis.com/log_entry_count", RUN, severity="INFO", **of)] == 1


def test_a_metric_whose_filter_the_rehearsal_cannot_read_counts_nothing() -> None:
    wrong = Resource(counting.METRIC, "odd", "urn", {"name": "odd", "filter": "jsonPayload.x=~~"})
    assert len(counting.lines([entry_of(entry("log", "intake", message="x"), "acme")], [wrong])) == 1


def test_an_entry_has_the_form_of_the_api() -> None:
    made = entry_of(entry("job_run", "reconcile-hour", severity="ERROR", status="HTTP status code 503"), "acme")
    assert made["resource"] == {
        "type": "cloud_scheduler_job",
        "labels": {"project_id": "acme", "job_id": "reconcile-hour"},
    }
    assert (made["severity"], made["timestamp"]) == ("ERROR", "1970-01-01T00:01:00Z")
    assert made["jsonPayload"] == {"status": "HTTP status code 503"}

from __future__ import annotations

import json

import pytest

from monitors import recorded
from monitors.cases.catalogue import watched
from monitors.fatigue import fatigue
from monitors.promql.samples import Samples

BEGIN = 1_790_000_000


def line(**changes: object) -> str:
    points = [[BEGIN + 60 * minute, 0.0 if 20 <= minute < 50 else 1.0] for minute in range(80)]
    said = {
        "metric": "monitoring.googleapis.com/uptime_check/check_passed",
        "resource": "uptime_url",
        "labels": {"host": "api.acme.test", "checker_location": "usa-iowa"},
        "kind": "GAUGE",
        "points": points,
    }
    return json.dumps({**said, **changes})


def test_an_outage_that_was_recorded_begins_its_alert_once() -> None:
    lines = [line(), line(labels={"host": "api.acme.test", "checker_location": "eur-belgium"})]
    measured = recorded.parse(lines)
    first, last = recorded.span(measured)
    assert (first, last) == (BEGIN, BEGIN + 79 * 60)
    seen = fatigue([watched()["unreachable"]], measured, 80, first)
    assert [(each.begun, each.lasted) for each in seen.starts] == [((23,), (27,))]


def test_what_is_recorded_as_differences_is_added_up() -> None:
    measured = recorded.parse([line(kind="DELTA", points=[[120, 2], [60, 1], [180, 0]])])
    ((samples,),) = [known.values() for known in measured.series.values()]
    assert isinstance(samples, Samples)
    assert (list(samples.times), list(samples.values)) == ([60, 120, 180], [1, 3, 3])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "there are no series"),
        ([line(), "{"], "line 2 is not a series"),
        ([line(kind="COUNT")], "choose one of GAUGE, DELTA, CUMULATIVE"),
        (['{"metric": "a/b"}'], "line 1 is not a series: KeyError"),
    ],
)
def test_what_is_no_series_is_named(lines: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        recorded.parse(lines)

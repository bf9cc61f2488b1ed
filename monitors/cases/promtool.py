"""The same cases for Prometheus' own engine: the files of `promtool test rules`.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from monitors.alerts import Alert
from monitors.cases.case import Case, Measure, Open
from monitors.cases.tracks import MINUTE

RULES = "rules.json"


def files(alert: Alert, cases: Iterable[Case]) -> Mapping[str, str]:
    """Return the files by name: the alert's rule, and one of tests for each step in which cases are looked at.

    They are JSON, which YAML includes. Which series an alert is open for is left out: `count` is of no series.
    """
    rule = {"alert": alert.id, "expr": f"count({alert.promql})", "for": f"{alert.sustained}m"}
    by_step: dict[int, list[dict[str, Any]]] = {}
    for case in cases:
        by_step.setdefault(case.step, []).append(_test(case, alert))
    tests = {
        f"test-{step}.json": {"rule_files": [RULES], "evaluation_interval": f"{step}m", "tests": found}
        for step, found in by_step.items()
    }
    rules = {"groups": [{"name": "rules", "rules": [rule]}]}
    return {name: json.dumps(content) for name, content in {RULES: rules, **tests}.items()}


def _test(case: Case, alert: Alert) -> dict[str, Any]:
    return {
        "name": case.title,
        "interval": "1m",
        "input_series": [{"series": _written(each), "values": each.track.notation} for each in case.measures],
        "alert_rule_test": [
            {
                "eval_time": f"{time // MINUTE}m",
                "alertname": alert.id,
                "exp_alerts": [{}] if _is_open(case.open, time // MINUTE) else [],
            }
            for time in case.grid
        ],
    }


def _written(measure: Measure) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in measure.labels.items())
    return f"{measure.name}{{{inside}}}"


def _is_open(spans: Open, minute: int) -> bool:
    return any(start <= minute <= end for start, end in spans)

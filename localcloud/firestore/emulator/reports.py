"""Coverage of loaded rules in the form of Google's emulator: a tree of expression reports.

Form: https://firebase.google.com/docs/reference/rules/rest/v1/projects/test#expressionreport.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules.coverage import Covered, Report

FILE = "firestore.rules"
_VALUES: Mapping[str, Any] = {
    "true": {"boolValue": True},
    "false": {"boolValue": False},
    "error": {"undefined": {"causeMessage": "The expression had no value."}},
}


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as JSON: the rules, and each outermost expression with those inside of it as `children`."""
    roots: list[dict[str, Any]] = []
    around: list[tuple[int, dict[str, Any]]] = []
    for one in report.expressions:
        node = _node(one)
        while around and around[-1][0] < one.end:
            around.pop()
        siblings = around[-1][1].setdefault("children", []) if around else roots
        siblings.append(node)
        around.append((one.end, node))
    return {"rules": {"files": [{"name": FILE, "content": report.text}]}, "report": roots}


def _node(one: Covered) -> dict[str, Any]:
    place = {
        "fileName": FILE,
        "line": one.line,
        "column": one.column,
        "currentOffset": one.start,
        "endOffset": one.end,
    }
    counts = [{"value": _VALUES.get(kind, {"type": kind}), "count": count} for kind, count in one.values.items()]
    return {"sourcePosition": place, "values": counts}

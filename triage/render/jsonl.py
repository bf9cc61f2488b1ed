"""A report as JSON lines: each finding with its check, then what was and was not checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from triage.model import STEP_TITLES, Found, Report, Step


def lines(report: Report) -> Iterator[str]:
    """Yield one JSON object a line; `kind` is finding, exempted, step or summary."""
    for found in report.found:
        yield _line({"kind": "finding", **as_dict(found)})
    for found, exemption in report.exempted:
        yield _line({"kind": "exempted", **as_dict(found), "until": exemption.until, "reason": exemption.reason})
    for step in Step:
        missing = [{"what": one.what, "why": one.why} for one in report.unchecked if one.step is step]
        yield _line(
            {
                "kind": "step",
                "step": int(step),
                "title": STEP_TITLES[step],
                "checked": list(report.checked.get(step, ())),
                "unchecked": missing,
            }
        )
    yield _line(
        {
            "kind": "summary",
            "root": report.root,
            "files": report.files,
            "bytes": report.bytes,
            "findings": len(report.found),
            "seconds": round(report.seconds, 2),
        }
    )


def as_dict(found: Found) -> dict[str, Any]:
    """Return a finding with what its check says, without empty fields."""
    check = found.check
    plain: dict[str, Any] = json.loads(found.finding.to_json())
    more = {
        "title": check.title,
        "why": check.why,
        "sure": str(found.sure),
        "part": check.part,
        "step": int(check.step),
        "cause": str(check.cause) if check.cause else "",
        "weight": check.weight,
        "config": check.config,
    }
    return plain | {key: value for key, value in more.items() if value}


def _line(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False)

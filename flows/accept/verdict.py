"""One way to say how a criterion came out."""

from __future__ import annotations

import json
from typing import Any

from blueprint.finding import Finding, Status


def found(id_: str, subject: str, is_well: bool, expected: str, observed: str, fix: str, **evidence: Any) -> Finding:
    """Return the finding of a criterion; `evidence` is what was seen, and holds no word that a user wrote."""
    return Finding(
        id=id_,
        subject=subject,
        status=Status.PASS if is_well else Status.FAIL,
        expected=expected,
        observed=observed,
        evidence=json.dumps(evidence, default=str, ensure_ascii=False),
        fix="" if is_well else fix,
    )

"""Findings as SARIF 2.1.0, the format of code scanning (OASIS, "Static Analysis Results Interchange Format")."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from blueprint.finding import Finding, Status

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Status.FAIL: "error", Status.WARN: "warning", Status.UNKNOWN: "note", Status.PASS: "none"}


def document(
    findings: Iterable[Finding],
    titles: Mapping[str, tuple[str, str]],
    suppressed: Iterable[tuple[Finding, str]] = (),
    place: str = "",
) -> dict[str, Any]:
    """Return a SARIF log; `titles` gives (title, why) by check id, `suppressed` are (finding, reason) pairs.

    A finding about no file is shown at the file `place`, because code scanning drops results without one. Where one
    result names suppressions, all do: an empty list for what is not accepted (SARIF 2.1.0 section 3.27.23).
    """
    accepted = list(suppressed)
    open_: dict[str, Any] = {"suppressions": []} if accepted else {}
    plain = [finding for finding in findings if finding.status is not Status.PASS]
    rules = sorted({finding.id for finding in [*plain, *(one for one, _ in accepted)]})
    results = [_result(finding, rules, place) | open_ for finding in plain]
    results += [
        _result(finding, rules, place) | {"suppressions": [{"kind": "inSource", "justification": reason}]}
        for finding, reason in accepted
    ]
    driver = {"name": "launch-ready", "rules": [_rule(name, *titles.get(name, (name, name))) for name in rules]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}],
    }


def plain_titles(findings: Iterable[Finding]) -> dict[str, tuple[str, str]]:
    """Return (title, why) by check id for findings that come without a catalogue: what each expects."""
    return {finding.id: (finding.id, finding.expected) for finding in findings}


def _rule(name: str, title: str, why: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": title}, "fullDescription": {"text": why}, "help": {"text": why}}


def _result(finding: Finding, rules: list[str], place: str) -> dict[str, Any]:
    text = f"{finding.observed} Expected: {finding.expected} Do: {finding.fix}"
    made: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": rules.index(finding.id),
        "level": LEVELS[finding.status],
        "message": {"text": text},
        "partialFingerprints": {"triage/v1": _print(finding)},
    }
    location: dict[str, Any] = {} if finding.path else {"logicalLocations": [{"fullyQualifiedName": finding.subject}]}
    if finding.path or place:
        file: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path or place), "uriBaseId": "%SRCROOT%"}}
        if finding.line or not finding.path:
            file["region"] = {"startLine": finding.line or 1}
        location["physicalLocation"] = file
    made["locations"] = [location]
    return made


def _print(finding: Finding) -> str:
    """Return what identifies a finding though lines move."""
    return hashlib.blake2b(
        f"{finding.id}|{finding.path}|{finding.subject}".encode("utf-8", "replace"), digest_size=16
    ).hexdigest()

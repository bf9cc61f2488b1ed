from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.engine_events import Diagnostic, Step, Summary, parse, title

URN = "urn:pulumi:local::launch-ready::launch:infra:Queue$gcp:cloudtasks/queue:Queue::events"


def line(**event: Any) -> str:
    return json.dumps({"sequence": 1, "timestamp": 1, **event})


def step(kind: str, op: str = "create") -> str:
    return line(**{kind: {"metadata": {"op": op, "urn": URN, "type": "gcp:cloudtasks/queue:Queue"}}})


@pytest.mark.parametrize(
    ("kind", "state"),
    [("resourcePreEvent", "started"), ("resOutputsEvent", "done"), ("resOpFailedEvent", "failed")],
)
def test_a_step_says_what_happens_to_which_resource(kind: str, state: str) -> None:
    event = parse(step(kind))
    assert event == Step("create", URN, state)
    assert isinstance(event, Step)
    assert event.resource == "queue events"


@pytest.mark.parametrize(
    ("op", "changes"), [("update", True), ("create-replacement", True), ("same", False), ("refresh", False)]
)
def test_to_look_at_a_resource_changes_nothing(op: str, changes: bool) -> None:
    event = parse(step("resOutputsEvent", op))
    assert isinstance(event, Step)
    assert event.changes is changes


def test_a_diagnostic_keeps_severity_words_and_resource() -> None:
    said = {"urn": URN, "prefix": "error: ", "message": "no\n", "severity": "error"}
    assert parse(line(diagnosticEvent=said)) == Diagnostic("error", "no", URN)


def test_a_mandatory_policy_is_an_error_and_an_advisory_one_a_warning() -> None:
    policy = {"resourceUrn": URN, "message": "too open", "policyName": "no-public", "enforcementLevel": "mandatory"}
    assert parse(line(policyEvent=policy)) == Diagnostic("error", "no-public: too open", URN)
    advisory = {**policy, "enforcementLevel": "advisory"}
    assert parse(line(policyEvent=advisory)) == Diagnostic("warning", "no-public: too open", URN)


def test_a_summary_counts_what_did_not_stay_the_same() -> None:
    event = parse(line(summaryEvent={"resourceChanges": {"create": 2, "same": 60, "delete": 1}}))
    assert isinstance(event, Summary)
    assert event.changed == 3


def test_words_outside_the_stream_are_kept() -> None:
    assert parse("error: no stack named 'local' found\n") == Diagnostic("error", "no stack named 'local' found")
    assert parse("a notice\n") == Diagnostic("info", "a notice")


@pytest.mark.parametrize("unused", ["", "\n", "[]", "3", line(preludeEvent={"config": {}}), line(cancelEvent={})])
def test_what_tells_nothing_is_passed_over(unused: str) -> None:
    assert parse(unused) is None


@given(st.text())
def test_no_line_of_text_breaks_the_reader(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("urn", "words"),
    [
        (URN, "queue events"),
        ("urn:pulumi:local::p::gcp:secretmanager/secretIamMember:SecretIamMember::a::b", "secret iam member a::b"),
        ("not a urn", "not a urn"),
    ],
)
def test_a_urn_in_few_words(urn: str, words: str) -> None:
    assert title(urn) == words

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


def same(type_: str, old: dict[str, Any], new: dict[str, Any], *, planning: bool = True) -> Step:
    metadata = {"op": "same", "urn": URN, "type": type_, "old": old, "new": new}
    event = parse(line(resOutputsEvent={"metadata": metadata, "planning": planning}))
    assert isinstance(event, Step)
    return event


@pytest.mark.parametrize("guard", ["protect", "retainOnDelete"])
def test_a_guard_that_is_lost_or_gained_is_seen_although_the_operation_is_same(guard: str) -> None:
    queue = "gcp:cloudtasks/queue:Queue"
    assert [str(each) for each in same(queue, {guard: True}, {}).unseen] == [f"{guard}: true → false"]
    assert [str(each) for each in same(queue, {}, {guard: True}).unseen] == [f"{guard}: false → true"]
    assert same(queue, {guard: True}, {guard: True}).unseen == ()
    assert same(queue, {guard: True}, {}, planning=False).unseen == ()


def test_an_output_of_the_stack_that_changes_is_seen() -> None:
    stack, unknown = "pulumi:pulumi:Stack", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    found = same(stack, {"outputs": {"api": "a", "gone": 1}}, {"outputs": {"api": "b", "later": unknown}})
    assert [each.path for each in found.unseen] == ["output api", "output gone"]
    assert same(stack, {"outputs": {"api": "a"}}, {"outputs": {"api": "a"}}).unseen == ()
    assert same("launch:infra:Zone", {"outputs": {"api": "a"}}, {"outputs": {"api": "b"}}).unseen == ()

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.changes import changes, tell_change, tell_unseen, unseen
from cli.terminal import Terminal
from engine.engine_events import Event, Step
from engine.value_changes import ValueChange

URN = "urn:pulumi:local::launch-ready::launch:infra:Queues$gcp:cloudtasks/queue:Queue::events"
REPLACED = Step("replace", URN, "done", True, ("location",), (ValueChange("location", "europe-west1", "us-east1"),))
SEEN: list[Event] = [
    Step("replace", URN, "started", True),
    Step("create-replacement", URN, "done", True),
    REPLACED,
    Step("same", URN, "done", True),
]


def test_a_replacement_is_one_change() -> None:
    assert changes(SEEN) == [REPLACED]


def test_a_change_is_told_with_the_values_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    tell_change(REPLACED, Terminal())
    first, second = capsys.readouterr().out.splitlines()
    assert first == "± replace  queue events (a new one takes its place: location cannot be changed in place)"
    assert second.strip() == "location: europe-west1 → us-east1"


def test_a_change_is_told_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    tell_change(REPLACED, Terminal(json=True))
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["values"] == {"location": ["europe-west1", "us-east1"]}
    assert told["op"] == "replace"


def test_a_lost_guard_is_no_change_to_the_engine_and_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Step("same", URN, "done", True, unseen=(ValueChange("protect", "true", "false"),))
    assert changes([lost]) == []
    assert unseen([Step("same", URN, "done", True), lost]) == [lost]
    assert unseen([lost, Step("same", URN, "done", True)]) == []  # what the engine says last counts
    tell_unseen(lost, Terminal())
    first, second = capsys.readouterr().out.splitlines()
    assert first == "~ unseen   queue events"
    assert second.strip() == "protect: true → false"

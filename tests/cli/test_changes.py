from __future__ import annotations

import json
from typing import Any

import pytest

from cli.changes import changes, tell_change
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

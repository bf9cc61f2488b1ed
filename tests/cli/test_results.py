"""A stack's outputs, in the clone that brought it up and in one that did not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli import stack_outputs
from cli.results import read_outputs
from engine.errors import LaunchError
from engine.home import Home


def unasked(_home: Home) -> Mapping[str, Any]:
    raise AssertionError


def test_a_clean_clone_asks_the_state_and_keeps_the_answer(
    tmp_path: Path, promised: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home("prod", tmp_path / "prod")
    monkeypatch.setattr(stack_outputs, "ask", lambda _home: promised)
    assert read_outputs(home).domain == "acme.test"
    monkeypatch.setattr(stack_outputs, "ask", unasked)
    assert read_outputs(home).domain == "acme.test"


def test_a_stack_that_was_never_up_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_outputs, "ask", lambda _home: {})
    with pytest.raises(LaunchError, match="has not been brought up yet") as caught:
        read_outputs(Home("prod", tmp_path / "prod"))
    assert "./launch up --stack prod" in caught.value.cure


def test_a_rehearsal_without_a_state_asks_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_outputs.locate, "ensure", unasked)
    with pytest.raises(LaunchError, match="has not been brought up yet"):
        read_outputs(Home("local", tmp_path / "local"))

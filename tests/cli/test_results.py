"""A stack's outputs, in the clone that brought it up and in one that did not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli import stack_outputs
from cli.results import accepted, name_app, read_outputs
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


def test_the_app_whose_folder_was_named_is_read_again_at_each_handover(tmp_path: Path) -> None:
    home, app = Home("local", tmp_path / "local"), tmp_path / "app"
    assert accepted(home, date(2026, 11, 29)) is None
    app.mkdir()
    comment = "// triage: ignore client.payment.direct until 2027-01-31 because we migrate in January\n"
    (app / "a.dart").write_text(comment)
    name_app(home, app)
    assert [one.id for one in accepted(home, date(2026, 11, 29)) or ()] == ["exemption.accepted"]
    assert [one.id for one in accepted(home, date(2027, 2, 1)) or ()] == ["exemption.ended"]
    (app / "a.dart").write_text("int a = 1;\n")
    assert accepted(home, date(2026, 11, 29)) == []


def test_an_app_that_is_not_there_is_not_remembered(tmp_path: Path) -> None:
    home = Home("local", tmp_path / "local")
    with pytest.raises(LaunchError, match="there is no such folder"):
        name_app(home, tmp_path / "none")
    assert accepted(home, date(2026, 11, 29)) is None

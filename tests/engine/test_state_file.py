from __future__ import annotations

import hashlib
import json
import pwd
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import state_file
from engine.home import Home

STACK = "pulumi:pulumi:Stack"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
ARCHIVE = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "abc"}


def keep(home: Home, kept: object, project: str = "launch-ready") -> None:
    path = home.state / ".pulumi" / "stacks" / project / "local.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(kept if isinstance(kept, str) else json.dumps(kept))


def checkpoint(outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    resources = [{"type": STACK, "urn": "urn", "outputs": outputs}, {"type": "gcp:a/b:B", "id": "b"}]
    return {"version": 3, "checkpoint": {"stack": "organization/x/local", "latest": {"resources": resources, **more}}}


def test_the_outputs_of_a_stack_are_told_with_its_secrets_blinded(home: Home) -> None:
    keep(home, checkpoint({"domain": "acme.test", "keys": [{"edge": SECRET}], "count": 2, "none": None}))
    told = {"domain": "acme.test", "keys": [{"edge": "[secret]"}], "count": 2, "none": None}
    assert state_file.outputs(home) == told


def test_a_state_that_the_engine_has_written_since_is_read_again(home: Home) -> None:
    keep(home, checkpoint({"domain": "acme.test"}))
    assert state_file.outputs(home) == {"domain": "acme.test"}
    keep(home, checkpoint({"domain": "another.test"}))
    assert state_file.outputs(home) == {"domain": "another.test"}
    keep(home, "{")
    assert state_file.outputs(home) is None


def test_resources_and_what_was_not_ended_are_in_the_deployment(home: Home) -> None:
    keep(home, checkpoint({}, pending_operations=[{"type": "creating"}]))
    kept = state_file.deployment(home)
    assert kept is not None
    assert [each["type"] for each in kept["resources"]] == [STACK, "gcp:a/b:B"]
    assert kept["pending_operations"] == [{"type": "creating"}]


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{",
        "[]",
        {},
        {"version": 4, "checkpoint": checkpoint({})["checkpoint"]},
        {"version": 3, "checkpoint": None},
        {"version": 3, "checkpoint": {"latest": None}},
        {"version": 3, "checkpoint": {"latest": {"resources": None}}},
    ],
    ids=["empty", "cut off", "a list", "nothing", "another version", "no checkpoint", "never up", "no resources"],
)
def test_a_file_of_another_form_is_for_the_engine_to_read(home: Home, kept: object) -> None:
    keep(home, kept)
    assert state_file.deployment(home) is None
    assert state_file.outputs(home) is None


def test_after_a_destroy_there_are_no_resources_which_the_engine_leaves_out(home: Home) -> None:
    latest = {"manifest": {"version": "v3.200.0"}, "metadata": {}}
    keep(home, {"version": 3, "checkpoint": {"stack": "organization/x/local", "latest": latest}})
    assert state_file.deployment(home) == {**latest, "resources": []}


def test_outputs_that_are_neither_values_nor_secrets_are_for_the_engine_to_tell(home: Home) -> None:
    keep(home, checkpoint({"site": [{"files": ARCHIVE}]}))
    assert state_file.outputs(home) is None


def test_of_two_projects_with_a_stack_of_that_name_the_engine_knows_which(home: Home) -> None:
    keep(home, checkpoint({}))
    keep(home, checkpoint({}), "example")
    assert state_file.deployment(home) is None
    assert state_file.exists(home)


def test_a_stack_that_was_never_made_has_no_state(home: Home) -> None:
    assert not state_file.exists(home)
    assert state_file.outputs(home) is None


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({"stack": "organization/launch-ready/local"}, True),
        ({"stack": "local"}, True),
        ({"stack": "organization/launch-ready/prod"}, False),
        ({"stack": ""}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_stack_is_selected_when_the_engine_remembers_it_for_the_project(
    home: Home, tmp_path: Path, selected: dict[str, str] | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".pulumi" / "workspaces"
    folder.mkdir(parents=True)
    mark = hashlib.sha1(str(home.project / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
    other = hashlib.sha1(b"/another/Pulumi.yaml", usedforsecurity=False).hexdigest()
    (folder / f"launch-ready-{other}-workspace.json").write_text(json.dumps({"stack": "local"}))
    if selected is not None:
        (folder / f"launch-ready-{mark}-workspace.json").write_text(json.dumps(selected))
    elsewhere = {"HOME": "/nowhere"}
    assert state_file.is_selected(home, {"PULUMI_HOME": str(tmp_path / ".pulumi"), **elsewhere}) is expected
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_dir=str(tmp_path)))
    assert state_file.is_selected(home, elsewhere) is expected  # the engine asks who we are, whatever HOME says
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert state_file.is_selected(home, {"HOME": str(tmp_path)}) is expected
    assert state_file.is_selected(home, elsewhere) is False

from __future__ import annotations

from pathlib import Path

import pytest

from blueprint.spec import Spec, load
from engine import quota_project
from engine.home import PROJECT, Home

SPEC = (PROJECT / "Pulumi.prod.yaml").read_text()


@pytest.fixture
def prod(tmp_path: Path) -> Home:
    (tmp_path / "Pulumi.prod.yaml").write_text(SPEC)
    return Home("prod", tmp_path / "launch" / "prod", tmp_path)


def test_calls_of_a_persons_log_in_count_for_the_stacks_project(prod: Home) -> None:
    named = quota_project.of(prod, {})
    assert list(named) == ["GOOGLE_CLOUD_QUOTA_PROJECT"]
    assert f"project: {named['GOOGLE_CLOUD_QUOTA_PROJECT']}" in SPEC


def test_the_environment_that_is_named_is_the_one_that_googles_library_asks() -> None:
    from google.auth import environment_vars

    assert environment_vars.GOOGLE_CLOUD_QUOTA_PROJECT == quota_project.VARIABLE


def test_who_has_named_a_project_keeps_it(prod: Home) -> None:
    assert quota_project.of(prod, {"GOOGLE_CLOUD_QUOTA_PROJECT": "shared-quota"}) == {}


def test_a_rehearsal_counts_for_nobody(tmp_path: Path) -> None:
    assert quota_project.of(Home("local", tmp_path / "local", tmp_path), {}) == {}
    assert quota_project.of(Home("prod", tmp_path / "prod", tmp_path, rehearsed=True), {}) == {}


def test_a_file_that_cannot_be_read_is_told_by_whoever_needs_it(prod: Home) -> None:
    (prod.project / "Pulumi.prod.yaml").write_text("{")
    assert quota_project.of(prod, {}) == {}


def kept_at(project: str | None, bucket: str = "acme-state") -> Spec:
    """Return the production's spec with its state in that project, None for the launch's own."""
    wanted = load(PROJECT / "Pulumi.prod.yaml")
    assert wanted.state
    state = wanted.state.model_copy(update={"project": project, "bucket": bucket})
    return wanted.model_copy(update={"state": state})


def test_the_call_that_makes_the_project_does_not_count_for_it() -> None:
    wanted = kept_at("older-project")
    given = {"PATH": "/bin", quota_project.VARIABLE: wanted.google.project}
    assert quota_project.of_engine(given, wanted) == {"PATH": "/bin"}
    assert quota_project.of_engine(given, wanted.model_copy(update={"state": None})) == {"PATH": "/bin"}


@pytest.mark.parametrize("own", [True, False], ids=["left out", "named"])
def test_a_project_that_keeps_its_own_state_is_older_than_what_the_engine_makes(own: bool) -> None:
    project = kept_at(None).google.project
    given = {quota_project.VARIABLE: project}
    assert quota_project.of_engine(given, kept_at(None if own else project)) == given


def test_another_project_that_the_user_has_named_is_told_the_engine_too() -> None:
    given = {quota_project.VARIABLE: "shared-quota"}
    assert quota_project.of_engine(given, kept_at("older-project")) == given

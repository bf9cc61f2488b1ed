from __future__ import annotations

from pathlib import Path

import pytest

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

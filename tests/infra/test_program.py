from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra import program
from infra.loading.exit_code import USER_WAS_TOLD

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, root: Path) -> Iterator[Callable[[Any], None]]:
    """Sets the stack's config and what is attached, as the engine does."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:1,cloudflare:2")
    monkeypatch.setenv("CLOUD_BUILD_EMULATOR_HOST", "127.0.0.1:3")

    def set_(spec: Any) -> None:
        pulumi.runtime.set_config("launch:spec", json.dumps(spec))

    yield set_
    pulumi.runtime.set_all_config({})


def shipped() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())
    spec: dict[str, Any] = loaded["config"]["launch:spec"]
    return spec


def test_the_shipped_rehearsal_is_provisioned(provision: Any, config: Any) -> None:
    config(shipped())
    assert provision(program.launch).one("zone:Zone").inputs["name"] == "acme.test"


@pytest.fixture
def told(provision: Any, caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Runs a program that has to end with an error, and returns what the user is told."""

    def run(stack: str = "local") -> str:
        with pytest.raises(SystemExit) as ended:
            provision(program.launch, stack=stack)
        assert ended.value.code == USER_WAS_TOLD
        (error,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        return error

    return run


def test_all_mistakes_of_a_spec_are_told_at_once_each_with_its_path(told: Any, config: Any) -> None:
    config({**shipped(), "domain": "not a domain", "colour": "blue"})
    title, *problems = told().splitlines()
    assert title == "Pulumi.local.yaml has mistakes:"
    assert [problem.split()[1].rstrip(":") for problem in problems] == ["spec.domain", "spec.colour"]


def test_a_rehearsal_without_the_local_cloud_is_told_so(told: Any) -> None:
    assert "needs the local cloud" in told()


def test_a_missing_spec_is_told_so(told: Any, config: Any) -> None:
    pulumi.runtime.set_all_config({})
    assert "launch:spec is missing" in told()


def test_what_a_component_refuses_is_told_in_its_words(told: Any, config: Any) -> None:
    config({**shipped(), "cloudflare": {**shipped()["cloudflare"], "hsts_preload": True}})
    assert told().startswith("cloudflare.hsts_preload needs hsts_subdomains and hsts_max_age 31536000")


def test_a_broken_file_is_told_by_its_name(told: Any, config: Any, root: Path) -> None:
    config(shipped())
    (root / "firestore" / "firestore.indexes.json").write_text("{")
    assert "firestore.indexes.json" in told()


def test_production_is_refused_while_the_local_cloud_is_attached(told: Any, config: Any) -> None:
    config(shipped())
    assert told(stack="prod").startswith("Stack prod is for the real clouds")

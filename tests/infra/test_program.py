from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra import program

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, root: Path) -> Any:
    """Sets the stack's config and what is attached, as the engine does."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:1,cloudflare:2")
    monkeypatch.setenv("CLOUD_BUILD_EMULATOR_HOST", "127.0.0.1:3")

    def set_(spec: Any) -> None:
        text = yaml.safe_dump(spec, default_flow_style=True, width=10**6)
        import json

        pulumi.runtime.set_config("launch:spec", json.dumps(yaml.safe_load(text)))

    yield set_
    pulumi.runtime.set_all_config({})


def shipped() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())
    spec: dict[str, Any] = loaded["config"]["launch:spec"]
    return spec


def test_the_shipped_rehearsal_is_provisioned(provision: Any, config: Any) -> None:
    config(shipped())
    assert provision(program.launch).one("zone:Zone").inputs["name"] == "acme.test"


def test_all_mistakes_of_a_spec_are_told_at_once_each_with_its_path(provision: Any, config: Any) -> None:
    config({**shipped(), "domain": "not a domain", "colour": "blue"})
    with pytest.raises(pulumi.RunError) as told:
        provision(program.launch)
    assert "Pulumi.local.yaml" in str(told.value)
    assert "spec.domain" in str(told.value)
    assert "spec.colour" in str(told.value)


def test_a_stack_without_a_spec_is_told_so(provision: Any) -> None:
    with pytest.raises(pulumi.RunError, match="local cloud"):
        provision(program.launch)


def test_a_missing_spec_is_told_so(provision: Any, config: Any) -> None:
    pulumi.runtime.set_all_config({})
    with pytest.raises(pulumi.RunError, match="launch:spec is missing"):
        provision(program.launch)


def test_what_a_component_refuses_is_told_without_a_traceback(provision: Any, config: Any) -> None:
    redirects = [{"source": f"r{n}.acme.test", "target": "https://acme.test"} for n in range(11)]
    config({**shipped(), "redirects": redirects})
    with pytest.raises(pulumi.RunError, match="free plan allows 10"):
        provision(program.launch)


def test_a_broken_file_is_told_by_its_name(provision: Any, config: Any, root: Path) -> None:
    config(shipped())
    (root / "firestore" / "firestore.indexes.json").write_text("{")
    with pytest.raises(pulumi.RunError, match=r"firestore\.indexes\.json"):
        provision(program.launch)


def test_production_is_refused_while_the_local_cloud_is_attached(provision: Any, config: Any) -> None:
    config(shipped())
    with pytest.raises(pulumi.RunError, match="Stack prod is for the real clouds"):
        provision(program.launch, stack="prod")

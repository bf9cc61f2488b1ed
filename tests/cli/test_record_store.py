"""Where the record of a handover is kept: beside the state, so that a second laptop and CI find it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from blueprint.spec import Spec, load
from blueprint.state_backend import StateBackend
from checklists import canonical
from cli import record_store
from cli.record_store import BucketStore, FolderStore
from engine.home import PROJECT, Home


@dataclass
class Bucket:
    """Cloud Storage as far as the store asks it: objects by name, over the paths of its JSON interface."""

    objects: dict[str, Any] = field(default_factory=dict)

    def get(self, api: str, path: str) -> Any:
        assert (api, path.endswith("?alt=media")) == ("storage", True)
        return self.objects.get(unquote(urlsplit(path).path.partition("/o/")[2]))

    def send(self, method: str, api: str, path: str, body: Any) -> dict[str, Any]:
        assert (method, api, urlsplit(path).path) == ("POST", "storage", "upload/storage/v1/b/acme-state/o")
        self.objects[parse_qs(urlsplit(path).query)["name"][0]] = json.loads(json.dumps(body))
        return {}


@pytest.fixture
def spec() -> Spec:
    return load(PROJECT / "Pulumi.local.yaml")


def test_a_folder_keeps_text_whose_digest_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    store = FolderStore(tmp_path)
    values = {"b": [1, {"ü": None}], "a": "x"}
    store.put("evidence/flows.json", values)
    assert store.get("evidence/flows.json") == values
    written = (tmp_path / "evidence" / "flows.json").read_bytes()
    assert hashlib.sha256(written).hexdigest() == canonical.digest(values)
    assert store.get("nothing.json") is None


def test_a_bucket_keeps_objects_below_the_stacks_own_folder() -> None:
    bucket = Bucket()
    store = BucketStore(bucket, "acme-state", ".launch/prod")  # type: ignore[arg-type]
    assert store.get("evidence/flows.json") is None
    store.put("evidence/flows.json", {"a": 1})
    assert list(bucket.objects) == [".launch/prod/evidence/flows.json"]
    assert store.get("evidence/flows.json") == {"a": 1}
    assert store.where == "gs://acme-state/.launch/prod"


def test_a_rehearsal_keeps_it_beside_its_state_and_a_stack_without_a_bucket_in_the_repository(
    spec: Spec, tmp_path: Path
) -> None:
    local = record_store.of(Home("local", tmp_path / "local"), spec)
    rehearsed = record_store.of(Home("prod", tmp_path / "prod", rehearsed=True), spec)
    real = record_store.of(Home("prod", tmp_path / "prod", tmp_path), spec)
    assert local.where == str(tmp_path / "local" / "state" / ".launch" / "local")
    assert rehearsed.where == str(tmp_path / "prod" / "state" / ".launch" / "prod")
    assert real.where == str(tmp_path / "handover" / "prod")


def test_a_stack_with_a_bucket_keeps_it_there(spec: Spec, tmp_path: Path) -> None:
    kept = spec.model_copy(update={"state": StateBackend(bucket="acme-state")})
    found = record_store.of(Home("prod", tmp_path), kept, lambda *_: Bucket())  # type: ignore[arg-type, return-value]
    assert found.where == "gs://acme-state/.launch/prod"

"""The image's bill of materials names its base and each package by hash; builder, base and actions never move."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from infra import cloudbuild, image_source, sbom
from infra.cloudbuild import BuildOrder

ROOT = Path(__file__).parents[2]
HASH = "a" * 64
LOCK = (
    f"anyio==4.16.0 \\\n    --hash=sha256:{HASH}\ncffi==2.1.1 ; python_version < '3.14' \\\n    --hash=sha256:{HASH}\n"
)
FROM = f"FROM python:3.12-slim@sha256:{HASH}\n"
DIGEST = r"@sha256:[0-9a-f]{64}"
ORDER = BuildOrder(
    "acme", "acme-source", "handlers-1.zip", "0123456789abcdef", "host/acme/launch/handlers", "b@acme.iam"
)


def test_the_base_and_each_package_are_named_with_their_hashes() -> None:
    base, anyio, cffi = json.loads(sbom.bill(LOCK, FROM))["components"]
    assert (base["type"], base["name"], base["version"]) == ("container", "python", "3.12-slim")
    assert anyio["purl"] == "pkg:pypi/anyio@4.16.0"
    assert anyio["externalReferences"][0]["hashes"] == [{"alg": "SHA-256", "content": HASH}]
    assert cffi["properties"] == [{"name": "environment", "value": "python_version < '3.14'"}]


def test_the_same_lock_gives_the_same_text() -> None:
    assert sbom.bill(LOCK, FROM) == sbom.bill(LOCK, FROM)


@pytest.mark.parametrize("base", ["FROM python:3.12-slim", "FROM python", "FROM python:3.12-slim@sha256:abc", ""])
def test_a_base_that_may_move_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="names no digest"):
        sbom.bill(LOCK, base)


def test_a_package_without_a_hash_is_refused() -> None:
    with pytest.raises(ValueError, match=r"anyio 4\.16\.0 has no hash"):
        sbom.bill("anyio==4.16.0\n", FROM)


def test_the_program_uploads_the_bill_of_every_locked_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    source = image_source.read(Path())
    named = {each["name"] for each in json.loads(source.bill)["components"]}
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==", (ROOT / "handlers/requirements.txt").read_text(), re.MULTILINE
    )
    assert named == {*locked, "python"}
    assert sbom.NAME in source.archive().assets
    assert f"COPY {sbom.NAME} " in (ROOT / "infra/Dockerfile").read_text()


def test_the_builder_is_named_by_digest_and_has_to_prove_what_it_built() -> None:
    asked = cloudbuild.request(ORDER)
    assert all(re.search(f"{DIGEST}$", step.name) for step in asked.steps)
    assert asked.options.requested_verify_option.name == "VERIFIED"


@pytest.mark.parametrize("file", sorted((ROOT / "delivery" / "github").glob("*.yml")), ids=lambda path: path.name)
def test_actions_are_named_by_commit(file: Path) -> None:
    used = re.findall(r"uses:\s*(\S+)", file.read_text())
    assert [each for each in used if not re.search(r"@[0-9a-f]{40}$", each)] == []


@pytest.mark.parametrize("file", sorted((ROOT / "delivery" / "github").glob("*.yml")), ids=lambda path: path.name)
def test_what_holds_the_handover_becomes_an_artifact_of_private_repositories_alone(file: Path) -> None:
    for step in re.split(r"\n      - ", file.read_text()):
        if "upload-artifact" in step and "HANDOVER" in step:
            assert "github.event.repository.private" in step

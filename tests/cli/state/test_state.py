"""`./launch init` makes the place of Pulumi's state, in a cloud that refuses what Google does."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from blueprint.spec import load
from cli.questions import neighbour
from engine import locate, state_backend
from engine.errors import UNREACHABLE, USAGE, LaunchError
from engine.google_api import Google
from engine.state_backend import APIS, Backend, BackendInventory, BootstrapStep, Bucket
from engine.state_bootstrap import StateBootstrap

ROOT = Path(__file__).parents[3]
Launch = Callable[..., subprocess.CompletedProcess[str]]

PLACE = Backend("prod", "acme-state", "europe-west1", "acme-prod-state")
SOON = (0.01,) * 6
KEY = "projects/acme-state/locations/europe-west1/keyRings/launch/cryptoKeys/pulumi-prod"
WHOLE = BackendInventory(frozenset(APIS), Bucket(is_versioned=True, is_closed=True), has_ring=True, has_key=True)


@pytest.fixture
def groundwork(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., StateBootstrap]:
    def make(place: Backend = PLACE) -> StateBootstrap:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", environ["GOOGLE_APPLICATION_CREDENTIALS"])
        google = Google(place.project, environ, "./launch init", SOON)
        return StateBootstrap(place, google, datetime.now(UTC))

    return make


def test_everything_is_made_in_its_order_and_found_again(cloud: Any, groundwork: Callable[..., StateBootstrap]) -> None:
    ground = groundwork()
    assert ground.look() == BackendInventory(frozenset({"storage.googleapis.com"}))
    steps = state_backend.left(ground.look())
    assert steps == (BootstrapStep.APIS, BootstrapStep.BUCKET, BootstrapStep.RING, BootstrapStep.KEY)
    for step in steps:
        ground.make(step)
    assert ground.look() == WHOLE
    assert state_backend.left(WHOLE) == ()
    assert cloud.buckets["acme-prod-state"]["location"] == "europe-west1"
    assert cloud.buckets["acme-prod-state"]["versioning"] == {"enabled": True}
    assert cloud.keys[KEY]["purpose"] == "ENCRYPT_DECRYPT"
    assert cloud.keys[KEY]["rotationPeriod"] == "7776000s"


def test_what_somebody_else_made_in_between_is_taken(cloud: Any, groundwork: Callable[..., StateBootstrap]) -> None:
    first, second = groundwork(), groundwork()
    for step in state_backend.left(first.look()):
        first.make(step)
        second.make(step)
    assert second.look() == WHOLE


@pytest.mark.parametrize(
    "open_one",
    [
        {},
        {"versioning": {"enabled": False}, "iamConfiguration": {"publicAccessPrevention": "enforced"}},
        {
            "versioning": {"enabled": True},
            "iamConfiguration": {
                "uniformBucketLevelAccess": {"enabled": True},
                "publicAccessPrevention": "inherited",
            },
        },
    ],
)
def test_a_bucket_that_is_there_is_closed_and_keeps_its_versions(
    cloud: Any, groundwork: Callable[..., StateBootstrap], open_one: dict[str, Any]
) -> None:
    cloud.buckets["acme-prod-state"] = {**open_one, "labels": {"team": "ours"}}
    ground = groundwork()
    assert BootstrapStep.SECURE in state_backend.left(ground.look())
    ground.make(BootstrapStep.SECURE)
    assert ground.look().bucket == Bucket(is_versioned=True, is_closed=True)
    assert cloud.buckets["acme-prod-state"]["labels"] == {"team": "ours"}


def test_a_project_without_billing_stops_at_the_step_of_a_person(
    cloud: Any, groundwork: Callable[..., StateBootstrap]
) -> None:
    cloud.has_billing = False
    for step in (BootstrapStep.APIS, BootstrapStep.BUCKET):
        with pytest.raises(LaunchError, match="Project acme-state has no billing account") as caught:
            groundwork().make(step)
        assert caught.value.code == UNREACHABLE
        assert "billing/linkedaccount?project=acme-state" in caught.value.cure


def test_a_name_that_the_world_has_taken_is_wrong_input(cloud: Any, groundwork: Callable[..., StateBootstrap]) -> None:
    cloud.foreign.add("acme-prod-state")
    with pytest.raises(LaunchError, match="acme-prod-state is not yours to use") as caught:
        groundwork().look()
    assert caught.value.code == USAGE
    assert "state.bucket" in caught.value.cure


@pytest.mark.parametrize("key", [{"purpose": "ASYMMETRIC_SIGN"}, {"purpose": "ENCRYPT_DECRYPT", "primary": {}}])
def test_a_key_that_cannot_encrypt_is_no_place_for_secrets(
    cloud: Any, groundwork: Callable[..., StateBootstrap], key: dict[str, Any]
) -> None:
    cloud.apis |= set(APIS)
    cloud.late = 0
    cloud.rings.add(PLACE.ring)
    cloud.keys[KEY] = key
    with pytest.raises(LaunchError, match="cannot encrypt the state's secrets"):
        groundwork().look()


def test_an_api_that_never_comes_up_is_told(cloud: Any, groundwork: Callable[..., StateBootstrap]) -> None:
    cloud.apis |= set(APIS)
    cloud.late = 100
    with pytest.raises(LaunchError) as caught:
        groundwork().make(BootstrapStep.RING)
    assert "has not been used in project acme-state" in caught.value.why


def test_nothing_is_made_before_somebody_agrees(cloud: Any, launch: Launch, answers: Callable[..., str]) -> None:
    done = launch("init", "--answers", answers())
    assert done.returncode == USAGE
    assert "+ make the bucket gs://acme-prod-state in europe-west1" in done.stderr
    assert "--yes" in done.stderr
    assert cloud.changes == []


def test_init_makes_the_place_of_the_state_once_and_then_has_nothing_to_do(
    cloud: Any, launch: Launch, answers: Callable[..., str], project: Path
) -> None:
    cloud.slow = cloud.late = 0
    done = launch("init", "--answers", answers(), "--yes")
    assert done.returncode == 0, done.stderr
    assert f"its secrets encrypted by {KEY}" in done.stderr
    assert load(project / "Pulumi.prod.yaml").state
    made = list(cloud.changes)
    assert len(made) == len((BootstrapStep.APIS, BootstrapStep.BUCKET, BootstrapStep.RING, BootstrapStep.KEY))
    again = launch("init")
    assert again.returncode == 0, again.stderr
    assert "Pulumi.prod.yaml is already there" in again.stderr
    assert cloud.changes == made


def test_answers_that_replace_a_stacks_file_leave_what_the_engine_wrote_into_it(
    cloud: Any, launch: Launch, answers: Callable[..., str], project: Path
) -> None:
    cloud.slow = cloud.late = 0
    assert launch("init", "--answers", answers(), "--yes").returncode == 0
    file = project / "Pulumi.prod.yaml"
    kept = {"secretsprovider": f"gcpkms://{KEY}", "encryptedkey": "CiQA"}
    whole = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**kept, **whole, "config": {**whole["config"], "gcp:region": "europe-west1"}}))
    done = launch("init", "--answers", str(file), "--force", "--yes")
    assert done.returncode == 0, done.stderr
    written = yaml.safe_load(file.read_text())
    assert {name: written.get(name) for name in kept} == kept
    assert written["config"] == {**whole["config"], "gcp:region": "europe-west1"}


def test_each_stack_has_a_key_of_its_own_and_staging_ships_with_a_bucket_of_its_own() -> None:
    places = [state_backend.of(load(ROOT / f"Pulumi.{stack}.yaml"), stack) for stack in ("staging", "prod")]
    assert [place.key.rpartition("/")[2] for place in places if place] == ["pulumi-staging", "pulumi-prod"]
    assert len({place.url for place in places if place}) == len(places)
    assert state_backend.of(load(ROOT / "Pulumi.local.yaml"), "local") is None


def test_who_is_not_logged_in_is_told_how_and_finds_the_file_written(
    cloud: Any, launch: Launch, answers: Callable[..., str], project: Path, tmp_path: Path
) -> None:
    nobody = {"GOOGLE_APPLICATION_CREDENTIALS": "", "HOME": str(tmp_path), "NO_GCE_CHECK": "true"}
    done = launch("init", "--answers", answers(), "--yes", **nobody)
    assert done.returncode == UNREACHABLE
    assert "Google Cloud does not know who you are." in done.stderr
    assert "gcloud auth application-default login" in done.stderr
    assert "Then run ./launch init --stack prod again." in done.stderr
    assert load(project / "Pulumi.prod.yaml").domain == "acme.test"


def test_a_project_that_is_not_there_is_told_with_the_command_that_makes_it(
    groundwork: Callable[..., StateBootstrap],
) -> None:
    with pytest.raises(LaunchError) as caught:
        groundwork(replace(PLACE, project="nobodys-state")).look()
    assert caught.value.code == UNREACHABLE
    assert "gcloud projects create nobodys-state" in caught.value.cure


def test_a_file_that_is_there_is_replaced_only_when_forced(
    launch: Launch, answers: Callable[..., str], project: Path
) -> None:
    shutil.copy(project / "Pulumi.local.yaml", project / "Pulumi.prod.yaml")
    done = launch("init", "--answers", answers())
    assert done.returncode == USAGE
    assert "--force" in done.stderr


def test_what_production_answered_is_proposed_to_staging_but_for_what_they_cannot_share(project: Path) -> None:
    staging = project / "Pulumi.staging.yaml"
    assert "name" not in neighbour(staging)["contact"]
    shutil.copy(project / "Pulumi.local.yaml", project / "Pulumi.prod.yaml")
    known = neighbour(staging)
    assert known["contact"] == {"name": "Ada Founder", "email": "ada@acme.test"}
    assert known["mail"]["senders"] == ("resend",)
    assert "domain" not in known
    assert "project" not in known["google"]
    assert "state" not in known


@pytest.mark.stack
@pytest.mark.long
def test_a_rehearsed_init_makes_no_bucket_and_the_real_engine_misses_it_with_the_command_that_makes_it(
    cloud: Any, launch: Launch, answers: Callable[..., str]
) -> None:
    assert locate.find(os.environ), "the engine is set up by ./launch up"
    rehearsed = launch("init", "--answers", answers(), LAUNCH_REHEARSE_PROD="1")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "State: kept on this machine" in rehearsed.stderr
    assert cloud.changes == []
    done = launch("preview", "--stack", "prod", GOOGLE_OAUTH_ACCESS_TOKEN="x")
    assert done.returncode == UNREACHABLE, done.stderr
    assert "What keeps the state of stack prod is not there." in done.stderr, done.stderr
    assert "Run ./launch init --stack prod" in done.stderr

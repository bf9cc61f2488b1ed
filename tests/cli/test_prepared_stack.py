"""A stack that is ready to be worked on, and as whom its local cloud judges the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from blueprint import spec
from cli.prepared_stack import PreparedStack, existing, prepare
from cli.terminal import Terminal
from engine.errors import LaunchError
from engine.home import PROJECT, Home
from localcloud.base import deployer, lived_in, lived_in_zone
from localcloud.base.ports import Ports
from localcloud.base.world import Resource, World

LOOKS = "serviceAccount:ci-preview@acme-rehearsal.iam.gserviceaccount.com"
ZONE = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
UNUSED: Any = None  # the spec and the engine, which nobody asks here


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path / "world.db")) as opened:
        yield opened


def test_a_run_without_an_account_acts_as_the_owner_even_after_one_that_was_killed(
    tmp_path: Path, world: World
) -> None:
    world.put(Resource(deployer.ACTING, LOOKS, ""))  # what a killed `./launch preview --as ci-preview` leaves
    with PreparedStack(Home("local", tmp_path), UNUSED, UNUSED, Ports()).acting():
        assert deployer.of(world) is None
    assert deployer.of(world) is None


def test_a_run_with_an_account_acts_as_it_and_then_as_the_owner_again(tmp_path: Path, world: World) -> None:
    with PreparedStack(Home("local", tmp_path), UNUSED, UNUSED, Ports(), LOOKS).acting():
        assert deployer.of(world) == LOOKS
    assert deployer.of(world) is None


def shipped(**choices: Any) -> spec.Spec:
    return spec.load(PROJECT / "Pulumi.local.yaml").model_copy(update=choices)


def test_production_needs_more_keys_than_those_of_the_example(tmp_path: Path) -> None:
    text = (PROJECT / "Pulumi.prod.yaml").read_text("utf-8").replace("example.com", "acme.test")
    (tmp_path / "Pulumi.prod.yaml").write_text(text, "utf-8")
    with pytest.raises(LaunchError, match="still has the example's DKIM keys: google, resend"):
        prepare(Home("prod", tmp_path / "prod", tmp_path), Terminal())


def test_the_zone_of_a_new_project_is_there_when_the_spec_adopts_it(world: World) -> None:
    adopted = {"Zone/acme.test": ZONE, "DnsRecord/mx-acme.test-1": f"{ZONE}/{'3' * 32}"}
    lived_in.furnish(world, existing(shipped(adopt=adopted), PROJECT))
    assert world.resource(lived_in_zone.ZONE, ZONE)
    mx = world.resource(lived_in_zone.RECORD, "3" * 32)
    assert mx is not None
    assert (mx.inputs["type"], mx.inputs["content"]) == ("MX", "smtp.google.com")
    assert world.resources(lived_in.PROJECT) == []


def test_the_rules_of_a_live_app_are_the_projects_own_when_their_release_is_adopted() -> None:
    text = (PROJECT / "firestore" / "firestore.rules").read_text()
    release = {lived_in.RELEASED: "projects/acme-rehearsal/releases/cloud.firestore"}
    assert existing(shipped(adopt=release), PROJECT).rules == text
    assert existing(shipped(), PROJECT).rules == ""

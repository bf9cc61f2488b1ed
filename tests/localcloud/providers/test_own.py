"""What the program itself makes, in three variants of its spec, is created in a world, and changes nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.base import deployer
from localcloud.base.world import Resource, World
from localcloud.providers import permitted
from localcloud.providers.assessment import assess
from localcloud.providers.codec import to_json
from localcloud.providers.packages import PACKAGES
from localcloud.rpc import Refused

TRAITS = PACKAGES[0].traits
PROJECT = "gcp:organizations/project:Project"  # which no CI makes or deletes
BILLING = "gcp:billing/accountIamMember:AccountIamMember"  # who pays decides who sees the bills
ALONE = {
    PROJECT: (permitted.CREATE, permitted.DELETE),
    BILLING: (permitted.CREATE, permitted.UPDATE, permitted.DELETE),
}
"""What the person who launches first does, and no CI after."""


def test_all_of_it_passes_the_preview(own: Any, own_clouds: Any) -> None:
    wrong = {}
    for made in own:
        cloud = own_clouds[made.token.partition(":")[0]]
        urn = f"urn:pulumi:test::acme::{made.token}::{made.name}"
        failures = assess(cloud, made.token, urn, made.inputs, {}, b"seed")[1]
        if failures:
            wrong[made.token, made.name] = failures
    assert wrong == {}
    assert len(own) > 60


def test_none_of_it_changes_when_the_program_did_not(own: Any, own_clouds: Any) -> None:
    changes = {
        (made.token, made.name): own_clouds[made.token.partition(":")[0]].difference(
            made.token, made.outputs, made.inputs
        )
        for made in own
    }
    assert {name: found for name, found in changes.items() if found} == {}


@pytest.fixture
def granted(own: Any, tmp_path: Path) -> Iterator[World]:
    """A world that holds what the program makes, its roles and grants above all."""
    world = World(tmp_path / "world.db")
    for made in own:
        world.put(Resource(made.token, made.id, "", to_json(made.inputs), to_json(made.outputs)))
    yield world
    world.close()


def refused(world: World, own: Any, who: str, *verbs: str) -> set[str]:
    """What an account may not do of all that a deployment does, without what is a person's alone."""
    found = set()
    with deployer.acting(world, f"serviceAccount:{who}@acme-rehearsal.iam.gserviceaccount.com"):
        for made in (each for each in own if each.token.startswith("gcp:")):
            for verb in (each for each in verbs if each not in ALONE.get(made.token, ())):
                try:
                    permitted.require(world, TRAITS[made.token], made.name, verb, {**made.inputs, **made.outputs})
                except Refused as refusal:
                    found.add(refusal.message)
    return found


def test_the_account_that_looks_may_read_all_of_it_and_make_nothing(own: Any, granted: World) -> None:
    assert refused(granted, own, "ci-preview", permitted.READ) == set()
    made = [each for each in own if each.token.startswith("gcp:") and permitted.CREATE not in ALONE.get(each.token, ())]
    assert len(refused(granted, own, "ci-preview", permitted.CREATE)) == len(made)


def test_the_account_that_deploys_may_read_make_change_and_delete_all_of_it(own: Any, granted: World) -> None:
    verbs = (permitted.READ, permitted.CREATE, permitted.UPDATE, permitted.DELETE)
    assert refused(granted, own, "ci-deploy", *verbs) == set()


def test_another_account_may_nothing(own: Any, granted: World) -> None:
    assert len(refused(granted, own, "ci-other", permitted.READ)) > 50

"""A stack that is ready to be worked on, and as whom its local cloud judges the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.prepared_stack import PreparedStack
from engine.home import Home
from localcloud.base import deployer
from localcloud.base.ports import Ports
from localcloud.base.world import Resource, World

LOOKS = "serviceAccount:ci-preview@acme-rehearsal.iam.gserviceaccount.com"
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

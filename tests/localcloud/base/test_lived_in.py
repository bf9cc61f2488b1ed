"""What the spec calls existing is there in a rehearsal, once, and with what consoles add to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.base.lived_in import PROJECT, Existing, furnish
from localcloud.base.world import World

APP = "projects/acme-live/androidApps/1:1:android:0123456789abcdef012345"
ADOPTED = {"AndroidApp/android": APP, "Database/firestore": "projects/acme-live/databases/(default)"}
THEIRS = Existing("acme-live", "012345-6789AB-CDEF01", "nam5", "com.acme.app", None, ADOPTED)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path / "world.db")
    yield found
    found.close()


def test_the_project_its_app_and_its_database_are_there(world: World) -> None:
    assert furnish(world, THEIRS) == ["projects/acme-live", APP, "projects/acme-live/databases/(default)"]
    (project,) = world.resources(PROJECT)
    assert (project.outputs["number"], project.outputs["billingAccount"]) == ("100000000001", "012345-6789AB-CDEF01")
    app = world.resource("gcp:firebase/androidApp:AndroidApp", APP)
    assert app is not None
    assert app.outputs["sha1Hashes"] == app.inputs["sha1Hashes"]
    assert app.outputs["appId"] == "1:1:android:0123456789abcdef012345"


def test_what_is_there_already_stays_as_it_is(world: World) -> None:
    furnish(world, THEIRS)
    before = world.resources()
    assert furnish(world, THEIRS) == []
    assert world.resources() == before


def test_what_the_spec_does_not_adopt_is_not_there(world: World) -> None:
    assert furnish(world, Existing("acme-live", "x", "nam5", "com.acme.app", "com.acme.app", {})) == [
        "projects/acme-live"
    ]

"""What the spec calls existing is there in a rehearsal, once, and with what consoles add to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.base.lived_in import PROJECT, RELEASE, RULESET, SITE, Existing, furnish
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


def test_a_zone_may_be_there_before_the_project(world: World) -> None:
    adopted = {"Zone/acme.test": "1" * 32, "AndroidApp/android": APP}
    new = Existing("acme-new", "x", "nam5", "com.acme.app", None, adopted, ("acme.test",), "a" * 32, is_there=False)
    assert furnish(world, new)[0] == "1" * 32
    assert world.resources(PROJECT) == []
    assert world.resource("gcp:firebase/androidApp:AndroidApp", APP) is None


def test_an_adopted_site_and_the_rules_in_force_are_there(world: World) -> None:
    adopted = {
        "HostingSite/acme-site": "projects/acme-live/sites/acme-site",
        "Release/release": "projects/acme-live/releases/cloud.firestore",
    }
    furnish(world, Existing("acme-live", "x", "nam5", None, None, adopted, rules="service cloud.firestore {}"))
    (site,), (release,), (ruleset,) = (world.resources(type_) for type_ in (SITE, RELEASE, RULESET))
    assert site.outputs["defaultUrl"] == "https://acme-site.web.app"
    assert (release.inputs["name"], release.inputs["rulesetName"]) == ("cloud.firestore", ruleset.id)
    assert ruleset.inputs["source"]["files"][0]["content"] == "service cloud.firestore {}"

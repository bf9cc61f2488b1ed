from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from localcloud.base.world import Resource, World
from localcloud.edge import zones


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world.db")
    world.put(Resource(zones.ZONE, "z1", "urn:z1", {"name": "acme.test"}))
    yield world
    world.close()


def test_a_pack_that_was_ordered_for_a_host_goes_before_universal_ssl(world: World) -> None:
    inputs = {"zoneId": "z1", "hosts": ["API.acme.test"], "validityDays": 14}
    world.put(Resource(zones.PACK, "p1", "urn:p1", inputs))
    (zone,) = zones.read(world)
    assert zone.certificate_life("api.acme.test") == timedelta(days=14)
    assert zone.certificate_life("www.acme.test") == timedelta(days=90)


def test_a_pack_of_another_zone_changes_nothing(world: World) -> None:
    world.put(Resource(zones.PACK, "p1", "urn:p1", {"zoneId": "z2", "hosts": ["api.acme.test"], "validityDays": 14}))
    (zone,) = zones.read(world)
    assert zone.certificate_life("api.acme.test") == timedelta(days=90)

from __future__ import annotations

from pathlib import Path

import pytest

from cli import rules_suite
from engine.errors import LaunchError
from localcloud.base.world import World
from localcloud.firestore.indexes import INDEX

AS_WRITTEN = """\ufeff{
  // Example (Standard Edition):
  /* none */ "indexes": [{"collectionGroup": "c", "queryScope": "COLLECTION",
    "fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "DESCENDING"}]}]
}"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "firestore.indexes.json"


def test_indexes_are_read_as_the_firebase_tools_write_them(tmp_path: Path, path: Path) -> None:
    path.write_text(AS_WRITTEN)
    world = World(tmp_path / "world.db")
    rules_suite.deploy_indexes(world, path)
    assert [one.inputs["collection"] for one in world.resources(INDEX)] == ["c"]
    world.close()


def test_a_file_of_another_kind_is_told_with_its_name(tmp_path: Path, path: Path) -> None:
    path.write_text('{"indexes": [{}]}')
    world = World(tmp_path / "world.db")
    with pytest.raises(LaunchError, match=r"firestore\.indexes\.json cannot be used"):
        rules_suite.deploy_indexes(world, path)
    world.close()

"""How many index entries a document may make, and how large they may be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.api_core import exceptions

from localcloud.base.world import Resource, World
from localcloud.firestore import index_entries, index_file, paths
from localcloud.firestore.index_entries import Indexing
from localcloud.firestore.messages import Document
from localcloud.rpc import Refused

ROOT = "projects/p/databases/(default)/documents"
TASK = paths.document(f"{ROOT}/users/jeff/tasks/my_task_id")


def fill(value: Any, content: Any) -> None:
    if isinstance(content, dict):
        for name, inner in content.items():
            fill(value.map_value.fields[name], inner)
    elif isinstance(content, list | range):
        for item in content:
            fill(value.array_value.values.add(), item)
    elif isinstance(content, str):
        value.string_value = content
    elif isinstance(content, bool):
        value.boolean_value = content
    else:
        value.integer_value = content


def fields(**content: Any) -> Any:
    document = Document()
    for name, value in content.items():
        fill(document.fields[name], value)
    return document.fields


def refusal(content: Any, indexing: Indexing, place: paths.Location = TASK) -> str:
    """What the check says of a document, empty when it may be stored."""
    try:
        index_entries.check(place, fields(**content), indexing)
    except Refused as refused:
        return refused.message
    return ""


def indexing(tmp_path: Any, content: Any) -> Indexing:
    world = World(tmp_path / "world.db")
    index_file.deploy(world, json.dumps(content))
    return index_entries.read(world)


COLUMNS = [{"fieldPath": "a", "arrayConfig": "CONTAINS"}, {"fieldPath": "b", "order": "ASCENDING"}]
TOO_MANY = "too many index entries for entity /users/jeff/tasks/my_task_id"


def test_a_field_makes_two_entries_and_each_element_of_an_array_two_more():
    most = 19_999
    assert refusal({"a": range(most)}, Indexing()) == ""
    assert refusal({"a": range(most + 1)}, Indexing()) == TOO_MANY
    assert refusal({"a": range(most), "b": 1}, Indexing()) == TOO_MANY
    assert refusal({"a": [1] * 30_000}, Indexing()) == ""


def test_fields_of_maps_count_at_every_depth():
    inner = {f"f{n}": n for n in range(10_001)}
    assert refusal({"m": inner}, Indexing()) == ""
    assert refusal({"m": inner, "n": {"o": inner}}, Indexing()) == TOO_MANY


@pytest.mark.parametrize("exempt", ["a", "*"])
def test_an_exempted_field_makes_no_entries_and_nothing_below_it_does(tmp_path, exempt):
    known = indexing(tmp_path, {"fieldOverrides": [{"collectionGroup": "tasks", "fieldPath": exempt, "indexes": []}]})
    large = {"a": {"b": range(30_000)}}
    assert refusal(large, known) == ""
    assert refusal(large, known, paths.document(f"{ROOT}/others/o")) == "too many index entries for entity /others/o"


def test_a_policy_of_time_to_live_alone_exempts_nothing(tmp_path):
    known = indexing(tmp_path, {"fieldOverrides": [{"collectionGroup": "tasks", "fieldPath": "a", "ttl": True}]})
    assert refusal({"a": range(30_000)}, known) == TOO_MANY


def test_composite_indexes_count_with_one_entry_for_each_element(tmp_path):
    known = indexing(tmp_path, {"indexes": [{"collectionGroup": "tasks", "fields": COLUMNS}]})
    assert refusal({"a": range(15_000)}, known) == ""
    assert refusal({"a": range(13_000), "b": 1}, known) == ""
    assert refusal({"a": range(15_000), "b": 1}, known) == TOO_MANY


def test_an_index_of_another_database_does_not_count(tmp_path):
    world = World(tmp_path / "world.db")
    index = {"project": "p", "database": "other", "collection": "tasks", "fields": COLUMNS}
    world.put(Resource("gcp:firestore/index:Index", "i", "", index))
    assert refusal({"a": range(15_000), "b": 1}, index_entries.read(world)) == ""


def test_an_entry_is_too_large_by_its_names_and_not_by_its_value():
    deep = paths.document(f"{ROOT}/" + "/".join(["c", "d" * 1_400] * 3))
    assert refusal({"a": "x" * 100_000}, Indexing()) == ""
    assert refusal({"a": "x"}, Indexing(), deep) == ""
    assert refusal({"a": "x" * 1_500}, Indexing(), deep) == "Index entry is too large."
    assert refusal({"a" * 1_500: 1}, Indexing(), deep) == "Index entry is too large."


def test_all_entries_together_are_limited_too():
    texts = [f"{n:04}" + "x" * 1_000 for n in range(1_000)]
    assert refusal({"a": texts}, Indexing()) == ""
    long = paths.document(f"{ROOT}/c/" + "d" * 1_400)
    assert refusal({"a": range(2_800)}, Indexing(), long) == ""
    assert refusal({"a": range(2_900)}, Indexing(), long).startswith("Transaction too big")


def test_sizes_are_those_of_the_documented_example():
    # https://firebase.google.com/docs/firestore/storage-size: `done` is 109 bytes, ascending and descending.
    entries = list(index_entries._entries(TASK, fields(done=False), (), {}))
    assert entries == [(1, 109), (1, 109)]


def test_a_commit_that_makes_too_many_entries_is_refused_whole(col):
    with pytest.raises(exceptions.InvalidArgument, match=f"too many index entries for entity /{col.id}/d"):
        col.document("d").set({"a": list(range(20_000))})
    assert not col.document("d").get().exists

"""Queries of the official client's making, evaluated here and by a plain Python model."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.base.world import World
from localcloud.firestore import paths, query
from localcloud.firestore.messages import Document
from localcloud.firestore.store import Store
from localcloud.rpc import Refused

CLIENT = firestore.Client(project="p", credentials=AnonymousCredentials())
ROOT = "projects/p/databases/(default)/documents"
FIELDS = ("a", "b", "m.x")

scalars = st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "x", None, True])
contents = st.fixed_dictionaries(
    {},
    optional={
        "a": scalars,
        "b": scalars | st.lists(st.integers(0, 2), max_size=2),
        "m": st.builds(lambda v: {"x": v}, scalars),
    },
)
collections = st.dictionaries(st.text("ab", min_size=1, max_size=3), contents, max_size=8)
comparisons = st.builds(
    FieldFilter,
    st.sampled_from(FIELDS),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    scalars.filter(lambda v: v is not None),
)
lists = st.builds(
    FieldFilter, st.sampled_from(FIELDS), st.sampled_from(["in", "not-in"]), st.lists(scalars, min_size=1, max_size=3)
)
contains = st.builds(FieldFilter, st.just("b"), st.just("array_contains"), st.integers(0, 2))
conditions = comparisons | lists | contains
wheres = st.recursive(
    conditions,
    lambda inner: st.builds(
        lambda kind, parts: kind(filters=parts), st.sampled_from([And, Or]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=4,
)
sorting = st.tuples(st.sampled_from(FIELDS), st.sampled_from(["ASCENDING", "DESCENDING"]))
orders = st.lists(sorting, max_size=2, unique_by=lambda order: order[0])
some_orders = st.lists(sorting, min_size=1, max_size=2, unique_by=lambda order: order[0])


def lookup(content: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(content, dict) or name not in content:
            return None
        content = content[name]
    return Held(content)


class Held:
    """A value that is there, comparable with others."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = key(value)


def key(value: Any) -> Any:
    kinds = [(type(None), 0), (bool, 1), (int, 2), (float, 2), (str, 4), (list, 8)]
    order = next(order for kind, order in kinds if isinstance(value, kind))
    return (order, [key(item) for item in value]) if order == 8 else (order, 0 if value is None else value)


def holds(where: Any, content: Any) -> bool:
    if isinstance(where, And | Or):
        found = [holds(part, content) for part in where.filters]
        return all(found) if isinstance(where, And) else any(found)
    held = lookup(content, where.field_path)
    if held is None:
        return False
    return compare(held, where.op_string, where.value)


def compare(held: Held, op: str, operand: Any) -> bool:
    if op in ("==", "!="):
        return (held.key == key(operand)) if op == "==" else held.value is not None and held.key != key(operand)
    if op == "in":
        return held.key in [key(item) for item in operand]
    if op == "not-in":
        return held.value is not None and None not in operand and held.key not in [key(item) for item in operand]
    if op == "array_contains":
        return isinstance(held.value, list) and key(operand) in [key(item) for item in held.value]
    same = held.key[0] == key(operand)[0]
    return (
        same
        and {
            "<": held.key < key(operand),
            "<=": held.key <= key(operand),
            ">": held.key > key(operand),
            ">=": held.key >= key(operand),
        }[op]
    )


def unequal(where: Any) -> set[str]:
    if isinstance(where, And | Or):
        return set().union(*(unequal(part) for part in where.filters))
    return {where.field_path} if where.op_string in ("<", "<=", ">", ">=", "!=", "not-in") else set()


def expected(content: dict[str, Any], where: Any, order: list[tuple[str, str]], offset: int, limit: int) -> list[str]:
    last = order[-1][1] if order else "ASCENDING"
    known = [path for path, _ in order]
    full = [*order, *((path, last) for path in sorted(unequal(where) - set(known)))]
    ids = [id_ for id_, fields in content.items() if holds(where, fields) and all(lookup(fields, p) for p, _ in full)]
    ids.sort(reverse=last == "DESCENDING")
    for path, direction in reversed(full):
        ids.sort(key=lambda id_: lookup(content[id_], path).key, reverse=direction == "DESCENDING")
    return ids[offset : offset + limit]


MOMENTS = count(1)  # microseconds: no two commits have the same


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path: Path = tmp_path_factory.mktemp("world") / "world.db"
    return Store(World(path))


def fill(store: Store, content: dict[str, Any]) -> None:
    scope = query.Scope(paths.parent(ROOT), "c", all_descendants=False)
    gone = {paths.document(document.name): None for document in list(store.scan(scope))}
    new = {}
    for id_, fields in content.items():
        document = Document(name=f"{ROOT}/c/{id_}")
        for name, value in fields.items():
            document.fields[name].CopyFrom(_helpers.encode_value(value)._pb)
        new[paths.document(document.name)] = document
    store.save({**gone, **new}, next(MOMENTS))


@settings(max_examples=300)
@given(collections, wheres, orders, st.integers(0, 2), st.integers(1, 4))
def test_a_query_finds_what_the_model_finds(store, content, where, order, offset, limit):
    asked = CLIENT.collection("c").where(filter=where).offset(offset).limit(limit)
    for path, direction in order:
        asked = asked.order_by(path, direction=direction)
    try:
        parsed = query.parse(ROOT, asked._to_protobuf()._pb)
    except Refused:
        return  # the limits on filters have tests of their own
    fill(store, content)
    found = parsed.run(store)
    assert [document.name.rpartition("/")[2] for document in found] == expected(content, where, order, offset, limit)
    if offset == 0 and limit >= len(content):
        assert all(parsed.matches(document) for document in found)


@given(collections, some_orders, st.data())
def test_pages_by_cursor_put_together_are_the_whole(store, content, order, data):
    fill(store, content)
    asked = CLIENT.collection("c")
    for path, direction in order:
        asked = asked.order_by(path, direction=direction)
    whole = query.parse(ROOT, asked._to_protobuf()._pb).run(store)
    if not whole:
        return
    pivot = data.draw(st.sampled_from(whole))
    cursor = {path: decoded(pivot, path) for path, _ in order}
    parts = {
        name: query.parse(ROOT, getattr(asked, name)(cursor)._to_protobuf()._pb).run(store)
        for name in ("start_at", "start_after", "end_at", "end_before")
    }
    assert parts["end_before"] + parts["start_at"] == whole
    assert parts["end_at"] + parts["start_after"] == whole
    assert pivot in parts["start_at"]
    assert pivot in parts["end_at"]


def decoded(document: Any, path: str) -> Any:
    return lookup(_helpers.decode_dict(document.fields, CLIENT), path).value

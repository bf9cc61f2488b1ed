"""Queries that need a composite index, with it and without."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from google.api_core import exceptions
from google.cloud import firestore, firestore_admin_v1
from google.cloud.firestore_v1.base_query import FieldFilter, Or

from localcloud.base.world import Resource

Define = Callable[..., None]


@pytest.fixture
def define(served, col) -> Define:
    """Create an index of the test's collection in the world: `"a ASC"`, `"b DESC"`, `"tags CONTAINS"`."""

    def put(*columns: str, scope: str = "COLLECTION") -> None:
        modes = {
            "ASC": {"order": "ASCENDING"},
            "DESC": {"order": "DESCENDING"},
            "CONTAINS": {"arrayConfig": "CONTAINS"},
        }
        fields = [{"fieldPath": c.split()[0], **modes[c.split()[1]]} for c in columns]
        inputs = {"project": "acme-rehearsal", "collection": col.id, "queryScope": scope, "fields": fields}
        id_ = f"{col.id}-{scope}-{'-'.join(columns)}"
        served.world.put(Resource("gcp:firestore/index:Index", id_, "urn", inputs))

    return put


def where(path: str, op: str, value: object) -> FieldFilter:
    return FieldFilter(path, op, value)


FREE = [
    lambda c: c,
    lambda c: c.order_by("a"),
    lambda c: c.order_by("a", direction="DESCENDING"),
    lambda c: c.where(filter=where("a", "==", 1)),
    lambda c: c.where(filter=where("a", ">", 1)).where(filter=where("a", "<", 5)),
    lambda c: c.where(filter=where("a", "!=", 1)).order_by("a"),
    lambda c: c.where(filter=where("a", "==", 1)).where(filter=where("b", "==", 2)),
    lambda c: c.where(filter=where("a", "in", [1, 2])).where(filter=where("t", "array_contains", 2)),
    lambda c: c.where(filter=where("a", "==", 1)).order_by("a").order_by("__name__"),
    lambda c: c.where(filter=Or([where("a", "==", 1), where("b", "==", 1)])),
]
NEEDY: list[tuple[Callable[[firestore.CollectionReference], firestore.Query], list[str]]] = [
    (lambda c: c.where(filter=where("a", "==", 1)).order_by("b"), ["a ASC", "b ASC"]),
    (lambda c: c.where(filter=where("a", "==", 1)).where(filter=where("b", ">", 1)), ["a DESC", "b ASC"]),
    (lambda c: c.where(filter=where("a", "==", 1)).order_by("b", direction="DESCENDING"), ["a ASC", "b DESC"]),
    (lambda c: c.order_by("a").order_by("b"), ["a ASC", "b ASC"]),
    (lambda c: c.order_by("a").order_by("b", direction="DESCENDING"), ["a ASC", "b DESC", "__name__ DESC"]),
    (lambda c: c.where(filter=where("a", ">", 1)).where(filter=where("b", ">", 1)), ["a ASC", "b ASC"]),
    (lambda c: c.where(filter=where("t", "array_contains", 1)).order_by("b"), ["t CONTAINS", "b ASC"]),
    (lambda c: c.order_by("__name__", direction="DESCENDING"), ["__name__ DESC"]),
    (lambda c: c.where(filter=where("a", "==", 1)).sum("b"), ["a ASC", "b ASC"]),
    (lambda c: c.sum("a", alias="x").avg("b", alias="y"), ["a ASC", "b ASC"]),
]


@pytest.mark.parametrize("query", FREE)
def test_single_field_indexes_serve_by_themselves(col, query):
    query(col).get()


@pytest.mark.parametrize(("query", "columns"), NEEDY)
def test_other_queries_wait_for_their_composite_index(col, define, query, columns):
    with pytest.raises(exceptions.FailedPrecondition, match=r"The query requires an index\. You can create it here"):
        query(col).get()
    define(*columns)
    query(col).get()


@pytest.mark.parametrize(
    "columns", [["a ASC", "b DESC"], ["b ASC", "a ASC"], ["a ASC", "b ASC", "c ASC"], ["x ASC", "b ASC"]]
)
def test_an_index_of_another_shape_does_not_serve(col, define, columns):
    define(*columns)
    with pytest.raises(exceptions.FailedPrecondition):
        col.where(filter=where("a", "==", 1)).order_by("b").get()


def test_indexes_that_end_in_the_same_order_serve_together(col, define):
    define("a ASC", "s ASC")
    query = col.where(filter=where("a", "==", 1)).where(filter=where("b", "==", 1)).order_by("s")
    with pytest.raises(exceptions.FailedPrecondition):
        query.get()
    define("b ASC", "s ASC")
    query.get()


def test_each_alternative_of_an_or_needs_its_index(col, define):
    query = col.where(filter=Or([where("a", "==", 1), where("b", "==", 1)])).order_by("s")
    define("a ASC", "s ASC")
    with pytest.raises(exceptions.FailedPrecondition, match="b ASCENDING, s ASCENDING"):
        query.get()
    define("b ASC", "s ASC")
    query.get()


def test_collection_groups_need_indexes_of_their_own(db, served, col, define):
    group = db.collection_group(col.id)
    group.get()
    single = group.where(filter=where("a", "==", 1))
    with pytest.raises(exceptions.FailedPrecondition, match="query scope COLLECTION_GROUP"):
        single.get()
    define("a ASC", "b ASC")
    with pytest.raises(exceptions.FailedPrecondition):
        single.order_by("b").get()
    define("a ASC", "b ASC", scope="COLLECTION_GROUP")
    single.order_by("b").get()
    config = {"indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"}]}
    inputs = {"project": "acme-rehearsal", "collection": col.id, "field": "a", "indexConfig": config}
    served.world.put(Resource("gcp:firestore/field:Field", col.id, "urn", inputs))
    single.get()


def test_the_link_holds_the_index_to_create(db, col):
    with pytest.raises(exceptions.FailedPrecondition) as refused:
        col.where(filter=where("a", "==", 1)).order_by("b", direction="DESCENDING").get()
    found = re.search(r"/project/acme-rehearsal/firestore/indexes\?create_composite=(\S+) ", refused.value.message)
    assert found
    index = firestore_admin_v1.Index.deserialize(base64.urlsafe_b64decode(found[1] + "=="))
    assert index.name == f"{db._database_string}/collectionGroups/{col.id}/indexes/_"
    assert [(field.field_path, field.order.name) for field in index.fields] == [("a", "ASCENDING"), ("b", "DESCENDING")]


def test_a_listener_without_its_index_is_told(served, col):
    query = col.where(filter=where("a", "==", 1)).order_by("b")
    parent, _ = col._parent_info()
    target = {"target_id": 7, "query": {"parent": parent, "structured_query": query._to_protobuf()}}
    client = served.client()
    request = {"database": client._database_string, "add_target": target}
    (response,) = client._firestore_api.listen(iter([request]), metadata=client._rpc_metadata)
    assert response.target_change.target_change_type.name == "REMOVE"
    assert response.target_change.cause.code == 9
    client.close()

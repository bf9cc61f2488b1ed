"""`firestore.indexes.json` as what queries are checked against, and the entry that a missing index wants."""

from __future__ import annotations

import json
import re

import pytest
from grpc import StatusCode

from localcloud.base.world import World
from localcloud.firestore import index_file, indexes, query
from localcloud.firestore.messages import StructuredQuery, Value
from localcloud.rpc import Refused

ROOT = "projects/any/databases/(default)/documents"
Filter = StructuredQuery.Filter
Order = StructuredQuery.Order


def asked(*equal: str, order: str, group: bool = False, contains: str = ""):
    ops = [(name, StructuredQuery.FieldFilter.EQUAL) for name in equal]
    ops += [(contains, StructuredQuery.FieldFilter.ARRAY_CONTAINS)] if contains else []
    filters = [
        Filter(
            field_filter=StructuredQuery.FieldFilter(
                field=StructuredQuery.FieldReference(field_path=name), op=op, value=Value(integer_value=1)
            )
        )
        for name, op in ops
    ]
    wire = StructuredQuery(
        from_=[StructuredQuery.CollectionSelector(collection_id="notes", all_descendants=group)],
        where=Filter(composite_filter=StructuredQuery.CompositeFilter(op="AND", filters=filters)) if filters else None,
        order_by=[Order(field=StructuredQuery.FieldReference(field_path=order), direction="DESCENDING")],
    )
    return query.parse(ROOT, wire)


@pytest.mark.parametrize(
    "wanted",
    [
        asked("a", order="at"),
        asked("a", "b.c", order="at"),
        asked("a", order="at", group=True),
        asked("a", order="at", contains="tags"),
    ],
)
def test_the_entry_that_a_refusal_names_serves_the_query(tmp_path, wanted):
    world = World(tmp_path / "world.db")
    with pytest.raises(Refused) as refused:
        indexes.check(wanted, indexes.defined(world))
    assert refused.value.code is StatusCode.FAILED_PRECONDITION
    entry = json.loads(re.search(r"firestore\.indexes\.json: (.+)$", refused.value.message)[1])
    index_file.deploy(world, json.dumps({"indexes": [entry], "fieldOverrides": []}))
    indexes.check(wanted, indexes.defined(world))


def test_single_fields_of_collection_groups_come_from_the_overrides(tmp_path):
    world = World(tmp_path / "world.db")
    single = [{"order": "DESCENDING", "queryScope": "COLLECTION_GROUP"}]
    override = {"collectionGroup": "notes", "fieldPath": "at", "indexes": single, "ttl": True}
    index_file.deploy(world, json.dumps({"indexes": [], "fieldOverrides": [override]}))
    indexes.check(asked(order="at", group=True), indexes.defined(world))


@pytest.mark.parametrize("text", ["{", "[]", '{"indexes": [{"fields": []}]}', '{"indexes": [3]}'])
def test_a_file_in_another_form_is_refused(tmp_path, text):
    with pytest.raises(index_file.IndexFileError):
        index_file.deploy(World(tmp_path / "world.db"), text)

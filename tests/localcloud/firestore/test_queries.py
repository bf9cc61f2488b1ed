"""Queries and aggregations by the official client."""

from __future__ import annotations

import math
import uuid

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or
from google.cloud.firestore_v1.query_profile import ExplainOptions

from localcloud.base.world import Resource

CITIES = {
    "aix": {"country": "F", "people": 140, "tags": ["old"], "mayor": {"name": "A"}},
    "bonn": {"country": "D", "people": 330, "tags": ["old", "river"], "mayor": {"name": "B"}},
    "cork": {"country": "I", "people": 220, "tags": ["river", "sea"], "mayor": None},
    "delft": {"country": "N", "people": 100, "tags": [], "mayor": {"name": "A"}},
    "ems": {"country": "D", "people": 9.5, "area": math.nan},
    "fes": {"country": None, "people": "many"},
}
COMPOSITE = [
    [("country", "ASCENDING"), ("people", "ASCENDING")],
    [("country", "ASCENDING"), ("people", "DESCENDING")],
    [("people", "ASCENDING"), ("country", "ASCENDING")],
]


@pytest.fixture(scope="module")
def cities(served, db):
    collection = db.collection(f"cities-{uuid.uuid4().hex}")
    for number, columns in enumerate(COMPOSITE):
        fields = [{"fieldPath": path, "order": order} for path, order in columns]
        inputs = {"project": db.project, "collection": collection.id, "fields": fields}
        served.world.put(Resource("gcp:firestore/index:Index", f"{collection.id}-{number}", "urn", inputs))
    for id_, content in CITIES.items():
        collection.document(id_).set(content)
    return collection


def ids(query):
    return [snapshot.id for snapshot in query.stream()]


@pytest.mark.parametrize(
    ("path", "op", "value", "found"),
    [
        ("country", "==", "D", "bonn ems"),
        ("country", "!=", "D", "aix cork delft"),
        ("country", "==", None, "fes"),
        ("country", "!=", None, "bonn ems aix cork delft"),
        ("people", "<", 140, "ems delft"),
        ("people", "<=", 140, "ems delft aix"),
        ("people", ">", 220, "bonn"),
        ("people", ">=", 220.0, "cork bonn"),
        ("people", ">", "a", "fes"),
        ("country", "in", ["D", "N"], "bonn delft ems"),
        ("country", "not-in", ["D", "N"], "aix cork"),
        ("country", "not-in", ["D", None], ""),
        ("tags", "array_contains", "river", "bonn cork"),
        ("tags", "array_contains_any", ["sea", "old"], "aix bonn cork"),
        ("mayor.name", "==", "A", "aix delft"),
        ("mayor", "==", {"name": "A"}, "aix delft"),
        ("area", "==", math.nan, "ems"),
        ("area", "!=", math.nan, ""),
        ("people", "!=", math.nan, "ems delft aix cork bonn fes"),
    ],
)
def test_each_operator_finds_its_documents(cities, path, op, value, found):
    assert ids(cities.where(filter=FieldFilter(path, op, value))) == found.split()


def test_filters_join_by_and_and_or(cities):
    german, big, a = (
        FieldFilter("country", "==", "D"),
        FieldFilter("people", ">", 200),
        FieldFilter("mayor.name", "==", "A"),
    )
    assert ids(cities.where(filter=And([german, big]))) == ["bonn"]
    assert ids(cities.where(filter=german).where(filter=big)) == ["bonn"]
    assert ids(cities.where(filter=Or([german, a]))) == ["aix", "bonn", "delft", "ems"]
    # An inequality anywhere sorts by its field.
    assert ids(cities.where(filter=Or([german, big]))) == ["ems", "cork", "bonn"]


def test_documents_come_sorted_and_without_those_that_lack_the_field(cities):
    assert ids(cities.order_by("people", direction="DESCENDING")) == ["fes", "bonn", "cork", "aix", "delft", "ems"]
    assert ids(cities.order_by("area")) == ["ems"]
    assert ids(cities.order_by("country").order_by("people", direction="DESCENDING")) == [
        "fes",
        "bonn",
        "ems",
        "aix",
        "cork",
        "delft",
    ]
    # Those that are equal come by name, in the same direction.
    assert ids(cities.order_by("country", direction="DESCENDING")) == ["delft", "cork", "aix", "ems", "bonn", "fes"]
    assert ids(cities) == sorted(CITIES)


def test_names_can_be_filtered_and_sorted(cities):
    name = "__name__"
    assert ids(cities.where(filter=FieldFilter(name, ">", cities.document("cork")))) == ["delft", "ems", "fes"]
    assert ids(cities.where(filter=FieldFilter(name, "in", [cities.document("ems"), cities.document("aix")]))) == [
        "aix",
        "ems",
    ]
    assert ids(cities.order_by("__name__").start_after({"__name__": "delft"})) == ["ems", "fes"]


def test_cursors_cut_the_result(cities):
    sized = cities.order_by("people")
    assert ids(sized.start_at({"people": 140})) == ["aix", "cork", "bonn", "fes"]
    assert ids(sized.start_after({"people": 140}).end_before({"people": "many"})) == ["cork", "bonn"]
    assert ids(sized.end_at(cities.document("delft").get())) == ["ems", "delft"]
    assert ids(sized.start_at(cities.document("cork").get()).limit(2)) == ["cork", "bonn"]


def test_limits_and_offsets_cut_the_result(cities):
    assert ids(cities.limit(2)) == ["aix", "bonn"]
    assert ids(cities.offset(2).limit(2)) == ["cork", "delft"]
    assert ids(cities.offset(9)) == []
    assert [d.id for d in cities.order_by("people").limit_to_last(2).get()] == ["bonn", "fes"]


def test_a_projection_returns_only_what_it_names(cities):
    chosen = cities.where(filter=FieldFilter("country", "==", "F")).select(["people", "mayor.name", "nothing"])
    assert [d.to_dict() for d in chosen.stream()] == [{"people": 140, "mayor": {"name": "A"}}]
    assert [d.to_dict() for d in cities.select(["__name__"]).limit(1).stream()] == [{}]


def test_a_collection_group_spans_all_parents(db, col):
    group = f"g-{uuid.uuid4().hex}"
    for parent in ("a", "b"):
        col.document(parent).collection(group).document("x").set({"n": 1})
    db.collection(group).document("top").set({"n": 1})
    db.collection(f"{group}x").document("other").set({"n": 1})
    found = [snapshot.reference.parent.parent for snapshot in db.collection_group(group).stream()]
    assert {parent.id if parent else None for parent in found} == {"a", "b", None}
    assert [d.reference.parent.parent.id for d in col.document("a").collection(group).stream()] == ["a"]


def test_count_sum_and_average(cities):
    ((count,),) = cities.count(alias="n").get()
    assert (count.alias, count.value) == ("n", 6)
    both = (
        cities.where(filter=FieldFilter("country", "==", "D"))
        .count(alias="n")
        .sum("people", alias="s")
        .avg("people", alias="a")
    )
    assert {found.alias: found.value for found in both.get()[0]} == {"n": 2, "s": 339.5, "a": 169.75}
    few = cities.where(filter=FieldFilter("people", ">", 100)).where(filter=FieldFilter("people", "<", 300))
    assert few.sum("people").get()[0][0].value == 360
    assert isinstance(few.sum("people").get()[0][0].value, int)
    assert cities.limit(3).count().get()[0][0].value == 3


def test_sums_over_nothing_are_zero_and_averages_null(db, col):
    assert col.sum("n").get()[0][0].value == 0
    query = col.avg("n", alias="a")._to_protobuf()
    request = {"parent": f"{db._database_string}/documents", "structured_aggregation_query": query}
    (response,) = db._firestore_api.run_aggregation_query(request)
    # The client shows null as 0.0.
    assert response._pb.result.aggregate_fields["a"].WhichOneof("value_type") == "null_value"


def test_a_sum_that_does_not_fit_becomes_a_double(col):
    for n in range(2):
        col.document(str(n)).set({"n": 2**63 - 1})
    assert col.sum("n").get()[0][0].value == float(2 * (2**63 - 1))


def test_only_documents_with_every_aggregated_field_count(served, db):
    collection = db.collection(f"books-{uuid.uuid4().hex}")
    fields = [{"fieldPath": "pages", "order": "ASCENDING"}, {"fieldPath": "year", "order": "ASCENDING"}]
    inputs = {"project": db.project, "collection": collection.id, "fields": fields}
    served.world.put(Resource("gcp:firestore/index:Index", collection.id, "urn", inputs))
    collection.document("a").set({"pages": 100, "year": 2000})
    collection.document("b").set({"pages": 50})
    found = collection.count(alias="n").sum("pages", alias="p").avg("year", alias="y").get()[0]
    assert {one.alias: one.value for one in found} == {"n": 1, "p": 100, "y": 2000.0}


def test_aggregations_need_names_of_their_own(col):
    with pytest.raises(exceptions.InvalidArgument, match="Aggregation aliases contain duplicate alias"):
        col.count(alias="n").sum("x", alias="n").get()


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (FieldFilter("a", "in", []), "'IN' requires an non-empty ArrayValue"),
        (FieldFilter("a", "in", list(range(31))), "'IN' supports up to 30 comparison values"),
        (FieldFilter("a", "not-in", list(range(11))), "'NOT_IN' supports up to 10 comparison values"),
        (
            And([FieldFilter("a", "in", list(range(6))), FieldFilter("b", "in", list(range(6)))]),
            "up to 30 disjunctions",
        ),
        (
            And([FieldFilter("a", "array_contains", 1), FieldFilter("b", "array_contains", 1)]),
            "A maximum of 1 'ARRAY_CONTAINS'",
        ),
        (And([FieldFilter("a", "not-in", [1]), FieldFilter("b", "!=", 1)]), "'NOT_EQUAL'"),
        (Or([FieldFilter("a", "not-in", [1]), FieldFilter("b", "==", 1)]), "'NOT_IN' cannot be used in the same query"),
        (And([FieldFilter(f"f{n}", ">", 1) for n in range(11)]), "at most 10 fields"),
        (FieldFilter("__name__", "==", "text"), "__key__ filter value must be a Key"),
    ],
)
def test_filters_that_firestore_refuses(col, where, words):
    with pytest.raises(exceptions.InvalidArgument, match=words):
        ids(col.where(filter=where))


def test_sorting_twice_by_a_field_is_refused(col):
    with pytest.raises(exceptions.InvalidArgument, match="order by clause cannot contain duplicate fields a"):
        ids(col.order_by("a").order_by("a"))


def test_what_the_rehearsal_does_not_do_is_refused_in_a_sentence(col):
    with pytest.raises(exceptions.MethodNotImplemented, match="The rehearsal's Firestore does not do this"):
        list(col.stream(explain_options=ExplainOptions(analyze=False)))

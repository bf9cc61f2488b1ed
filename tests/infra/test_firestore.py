from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra import firestore_indexes
from infra.firestore import APIS, Firestore, FirestoreConfig, Retention
from infra.firestore_indexes import CompositeIndex, FieldOverride, IndexesError, IndexField, parse

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "firestore" / "firestore.rules").read_text()
INDEXES = firestore_indexes.load(ROOT / "firestore" / "firestore.indexes.json")
CONFIG = FirestoreConfig("europe-west1", RULES, INDEXES)


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: Firestore("data", CONFIG, project(*APIS)))


def test_the_database_is_protected_and_can_go_back_in_time(made: Any) -> None:
    database = made.one("database:Database").inputs
    assert database["name"] == "(default)"
    assert database["type"] == "FIRESTORE_NATIVE"
    assert database["deleteProtectionState"] == "DELETE_PROTECTION_ENABLED"
    assert database["pointInTimeRecoveryEnablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert database["deletionPolicy"] == "DELETE"


def test_the_database_is_backed_up_daily_for_a_week(made: Any) -> None:
    backup = made.one("BackupSchedule").inputs
    assert (backup["dailyRecurrence"], backup["retention"]) == ({}, "604800s")


def test_the_rehearsals_database_may_be_deleted(provision: Any, project: Any) -> None:
    made = provision(lambda: Firestore("data", replace(CONFIG, protect=False), project(*APIS)))
    assert made.one("database:Database").inputs["deleteProtectionState"] == "DELETE_PROTECTION_DISABLED"


def test_the_rules_of_the_file_are_released(made: Any) -> None:
    ruleset = made.one("ruleset:Ruleset").inputs
    release = made.one("release:Release").inputs
    assert ruleset["source"]["files"] == [{"name": "firestore.rules", "content": RULES}]
    assert release["name"] == "cloud.firestore"
    assert release["rulesetName"] == "projects/acme-rehearsal/rulesets/11111111-2222-4333-8444-555555555555"


def test_every_index_and_override_of_the_file_is_made(made: Any) -> None:
    assert len(made.of("index:Index")) == len(INDEXES.composites)
    inbox = made.one("index:Index", "inbox-state-receivedAt").inputs
    assert inbox["fields"] == [
        {"fieldPath": "state", "order": "ASCENDING"},
        {"fieldPath": "receivedAt", "order": "ASCENDING"},
    ]
    fields = {f"{override.collection}-{override.path}" for override in INDEXES.overrides}
    assert fields < {one.name for one in made.of("field:Field")}


def test_indexes_and_fields_are_made_one_after_another(provision: Any, project: Any) -> None:
    """At once, Firestore refuses some: "Please retry, underlying data changed" (terraform-provider-google#16664)."""
    waiting: dict[str, list[str]] = {}

    def listen(args: pulumi.ResourceTransformationArgs) -> None:
        if args.type_.startswith(("gcp:firestore/index:", "gcp:firestore/field:")):
            waiting[args.name] = [each.pulumi_resource_name for each in args.opts.depends_on or ()]

    def program() -> Firestore:
        pulumi.runtime.register_stack_transformation(listen)
        return Firestore("data", CONFIG, project(*APIS))

    provision(program)
    first, *rest = waiting
    assert waiting[first] == []
    assert [waiting[name] for name in rest] == [[before] for before in list(waiting)[:-1]]


def test_an_override_only_drops_its_index(made: Any) -> None:
    body = made.one("field:Field", "inbox-body").inputs
    assert body["indexConfig"] == {}
    assert "ttlConfig" not in body


def test_settled_events_and_effects_go_after_ninety_days(made: Any) -> None:
    for collection in ("inbox", "outbox"):
        field = made.one("field:Field", f"{collection}-finishedAt").inputs
        assert field["ttlConfig"] == {"expirationOffset": f"{90 * 86_400}s"}


def test_no_retention_deletes_at_once() -> None:
    with pytest.raises(ValueError, match="would go at once"):
        Retention("inbox", "finishedAt", 0)


def test_an_index_may_look_into_arrays(provision: Any, project: Any) -> None:
    tags = CompositeIndex("posts", "COLLECTION_GROUP", (IndexField("tags", None), IndexField("at", "DESCENDING")))
    config = replace(CONFIG, indexes=firestore_indexes.Indexes((tags,), ()))
    made = provision(lambda: Firestore("data", config, project(*APIS)))
    assert made.one("index:Index").inputs["fields"][0] == {"fieldPath": "tags", "arrayConfig": "CONTAINS"}


@pytest.mark.parametrize(
    ("rules", "words"), [("", "stay closed"), ("service cloud.firestore {}" + " " * 262_144, "larger than")]
)
def test_rules_that_firestore_would_refuse_are_refused(rules: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CONFIG, rules=rules)


def index(**change: Any) -> dict[str, Any]:
    fields = [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "arrayConfig": "CONTAINS"}]
    entry = {"collectionGroup": "c", "queryScope": "COLLECTION", "fields": fields}
    return {"indexes": [{**entry, **change}], "fieldOverrides": []}


def test_the_firebase_tools_file_is_read_into_values() -> None:
    content = index()
    content["fieldOverrides"] = [{"collectionGroup": "c", "fieldPath": "body", "indexes": []}]
    assert firestore_indexes.parse(content) == firestore_indexes.Indexes(
        composites=(CompositeIndex("c", "COLLECTION", (IndexField("a", "ASCENDING"), IndexField("b", None))),),
        overrides=(FieldOverride("c", "body"),),
    )


ASC = {"fieldPath": "a", "order": "ASCENDING"}
DESC = {"fieldPath": "b", "order": "DESCENDING"}
OVERRIDE = {"collectionGroup": "c", "fieldPath": "f", "indexes": []}


def overridden(**change: Any) -> dict[str, Any]:
    return {"indexes": [], "fieldOverrides": [{**OVERRIDE, **change}]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "a list is here"),
        ({"indexes": {}}, "indexes has to be a list"),
        ({"indexes": ["a"]}, r"indexes\[0\]: a text is here"),
        ({"indexs": []}, r"indexs is not known here. Did you mean indexes\?"),
        (
            index(queryScope="EVERYWHERE"),
            r"indexes\[0\]: queryScope is 'EVERYWHERE'; write COLLECTION or COLLECTION_GRO",
        ),
        (index(queryscope="COLLECTION"), r"indexes\[0\]: queryscope is not known here. Did you mean queryScope"),
        (index(fields=[ASC]), r"indexes\[0\]: index on c has one field"),
        (index(fields=[ASC, {"fieldPath": "__name__", "order": "ASCENDING"}]), "has one field"),
        (index(fields=[ASC, {"fieldPath": "b", "order": "UP"}]), r"indexes\[0\]\.fields\[1\]: order is 'UP'"),
        (index(fields=[ASC, {"fieldPath": "b"}]), "needs one of order"),
        (index(fields=[ASC, {"order": "ASCENDING"}]), r"fields\[1\]: fieldPath is missing"),
        (index(fields=[ASC, {**DESC, "arrayConfig": "CONTAINS"}]), "needs one of order, arrayConfig and vectorConfig"),
        (index(fields=[{"fieldPath": "v", "vectorConfig": {"dimension": 9_999}}]), "a whole number from 1 to 2048"),
        (index(fields=None), "fields is missing"),
        (index(fields=[]), r"indexes\[0\]: index on c has no field"),
        (index(fields=["a"]), r"indexes\[0\]\.fields\[0\]: a text is here"),
        (index(collectionGroup=""), "an empty text is here"),
        (index(collectionGroup=7), r"indexes\[0\]\.collectionGroup: a number is here"),
        (index(density="DENSE"), "density has to be SPARSE_ALL"),
        (index(apiScope="DATASTORE_MODE_API"), "apiScope has to be ANY_API"),
        (overridden(indexes=[{}]), r"fieldOverrides\[0\]\.indexes\[0\]: order is missing"),
        (overridden(index=[]), r"fieldOverrides\[0\]: index is not known here. Did you mean indexes\?"),
        ({"fieldOverrides": [{"collectionGroup": "c", "fieldPath": "f"}]}, r"fieldOverrides\[0\]: indexes is missing"),
        (overridden(indexes=[{"order": "ASCENDING", "scope": "COLLECTION_GROUP"}]), r"indexes\[0\]: scope is not kno"),
        (overridden(indexes=[{"order": "ASCENDING", "arrayConfig": "CONTAINS"}]), "one of order and arrayConfig"),
        (overridden(indexes=[{"order": "ASCENDING", "density": "DENSE"}]), "density has to be SPARSE_ALL"),
        (index(fields=[ASC, {**DESC, "Order": "ASCENDING"}]), r"fields\[1\]: Order is not known here"),
        (index(fields=[ASC, {**ASC, "order": "DESCENDING"}]), r"indexes\[0\]: index on c names the field a twice"),
        (index(fields=[{"fieldPath": path, "arrayConfig": "CONTAINS"} for path in "xy"]), "has two array fields"),
        (index(fields=[{**ASC, "fieldPath": f"f{at}"} for at in range(101)]), "has more than 100 fields"),
        (overridden(ttl=True), "would delete documents at once"),
        ({"fieldOverrides": [OVERRIDE, OVERRIDE]}, r"has c\.f twice"),
    ],
)
def test_a_file_that_could_not_be_applied_is_refused_with_the_place(content: Any, words: str) -> None:
    with pytest.raises(IndexesError, match=words):
        firestore_indexes.parse(content)


def test_every_bad_entry_is_told_at_once() -> None:
    bad = [*index(fields=[ASC])["indexes"], "a", *index(density="DENSE")["indexes"], *index()["indexes"]]
    with pytest.raises(IndexesError) as caught:
        firestore_indexes.parse({"indexes": bad, "fieldOverrides": [{**OVERRIDE, "ttl": True}, OVERRIDE, OVERRIDE]})
    said = str(caught.value)
    places = ("indexes[0]: ", "indexes[1]: ", "indexes[2]: ", "would delete documents", "has c.f twice")
    assert [place in said for place in places] == [True] * len(places), said
    assert "indexes[3]" not in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_the_file_is_read_as_windows_writes_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "firestore.indexes.json"
    path.write_text(json.dumps(index()), encoding=encoding)
    assert len(firestore_indexes.load(path).composites) == 1


def test_the_file_is_read_as_the_tools_write_it(tmp_path: Path) -> None:
    path = tmp_path / "firestore.indexes.json"
    path.write_text(
        """\ufeff{
          // Example (Standard Edition):
          // "indexes": [ { "collectionGroup": "widgets" } ],
          "indexes": [ /* none of
          these */ {"collectionGroup": "c//d", "queryScope": "COLLECTION", "density": "SPARSE_ALL",
            "fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "DESCENDING"},
                       {"fieldPath": "__name__", "order": "DESCENDING"}]}
          ]
        }"""
    )
    (read,) = firestore_indexes.load(path).composites
    assert (read.collection, [field.path for field in read.fields]) == ("c//d", ["a", "b"])


def test_a_name_in_the_other_direction_stays(provision: Any, project: Any) -> None:
    content = index(fields=[ASC, {"fieldPath": "__name__", "order": "DESCENDING"}])
    made = provision(lambda: Firestore("data", replace(CONFIG, indexes=parse(content)), project(*APIS)))
    assert [field["fieldPath"] for field in made.one("index:Index").inputs["fields"]] == ["a", "__name__"]


def test_a_vector_may_stand_alone(provision: Any, project: Any) -> None:
    content = index(fields=[{"fieldPath": "embedding", "vectorConfig": {"dimension": 768, "flat": {}}}])
    made = provision(lambda: Firestore("data", replace(CONFIG, indexes=parse(content)), project(*APIS)))
    assert made.one("index:Index").inputs["fields"] == [
        {"fieldPath": "embedding", "vectorConfig": {"dimension": 768, "flat": {}}}
    ]


def test_an_override_may_keep_indexes(provision: Any, project: Any) -> None:
    kept = [{"queryScope": "COLLECTION_GROUP", "order": "ASCENDING"}, {"arrayConfig": "CONTAINS"}]
    config = replace(CONFIG, indexes=parse(overridden(indexes=kept)), retention=())
    made = provision(lambda: Firestore("data", config, project(*APIS)))
    assert made.one("field:Field").inputs["indexConfig"]["indexes"] == [
        {"queryScope": "COLLECTION_GROUP", "order": "ASCENDING"},
        {"queryScope": "COLLECTION", "arrayConfig": "CONTAINS"},
    ]


def test_an_override_of_a_field_that_is_not_kept_for_ever_is_one_resource(provision: Any, project: Any) -> None:
    content = overridden(collectionGroup="inbox", fieldPath="finishedAt")
    made = provision(lambda: Firestore("data", replace(CONFIG, indexes=parse(content)), project(*APIS)))
    assert made.one("field:Field", "inbox-finishedAt").inputs["ttlConfig"] == {"expirationOffset": f"{90 * 86_400}s"}


def test_indexes_over_the_same_fields_have_names_of_their_own(provision: Any, project: Any) -> None:
    turned = [{"fieldPath": "a", "order": "DESCENDING"}, {"fieldPath": "b", "order": "ASCENDING"}]
    straight = [ASC, {"fieldPath": "b", "order": "ASCENDING"}]
    array = [ASC, {"fieldPath": "b", "arrayConfig": "CONTAINS"}]
    entries = [
        entry
        for fields in (straight, [ASC, DESC], turned, array)
        for scope in ("COLLECTION", "COLLECTION_GROUP")
        for entry in index(fields=fields, queryScope=scope)["indexes"]
    ]
    alike = [{"fieldPath": "b", "order": "ASCENDING"}, {"fieldPath": "d", "order": "DESCENDING"}]
    odd = index(collectionGroup="c-a", fields=alike)["indexes"]
    content = {"indexes": [*entries, *entries, *odd]}
    made = provision(lambda: Firestore("data", replace(CONFIG, indexes=parse(content)), project(*APIS)))
    names = [one.name for one in made.of("index:Index")]
    assert len(names) == len(set(names)) == 9
    assert "c-a-b" in names
    assert "c-a-b-desc-asc-group" in names


def test_names_that_would_be_the_same_by_chance_are_told_apart() -> None:
    pairs = (("c", ("a-b", "d")), ("c-a", ("b", "d")))
    composites = tuple(
        CompositeIndex(name, "COLLECTION", tuple(IndexField(path, "ASCENDING") for path in paths))
        for name, paths in pairs
    )
    keys = [key for key, _ in firestore_indexes.Indexes(composites, ()).keyed()]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("{", "Expecting"),
        ('{"indexes": [], "indexes": []}', "indexes is there twice"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "firestore.indexes.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(IndexesError, match=rf"firestore\.indexes\.json.*{words}"):
        firestore_indexes.load(path)


def test_the_firebase_tools_find_the_same_files() -> None:
    named = json.loads((ROOT / "firebase.json").read_text())["firestore"]
    assert (ROOT / named["rules"]).read_text() == RULES
    assert firestore_indexes.load(ROOT / named["indexes"]) == INDEXES

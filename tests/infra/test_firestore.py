from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import firestore_indexes
from infra.firestore import APIS, Firestore, FirestoreConfig, Retention
from infra.firestore_indexes import CompositeIndex, FieldOverride, IndexesError, IndexField

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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"indexes": []}, "fieldOverrides is missing"),
        (index(queryScope="EVERYWHERE"), "write COLLECTION or COLLECTION_GROUP"),
        (index(fields=[{"fieldPath": "a", "order": "ASCENDING"}]), "has one field"),
        (
            index(fields=[{"fieldPath": "a", "order": "UP"}, {"fieldPath": "b", "order": "UP"}]),
            "field a: order is 'UP'",
        ),
        (
            {"indexes": [], "fieldOverrides": [{"collectionGroup": "c", "fieldPath": "f", "indexes": [{}]}]},
            r"c\.f keeps single-field indexes",
        ),
        (
            {"indexes": [], "fieldOverrides": [{"collectionGroup": "c", "fieldPath": "f", "indexes": [], "ttl": True}]},
            "would delete documents at once",
        ),
    ],
)
def test_a_file_that_could_not_be_applied_is_refused(content: dict[str, Any], words: str) -> None:
    with pytest.raises(IndexesError, match=words):
        firestore_indexes.parse(content)


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("{", "Expecting")])
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

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.doors.intent_documents import CREATED, PROTOBUF
from handlers.service_manifest import INTENTS
from infra import eventarc, firestore, stack
from infra.eventarc import Eventarc, EventarcConfig
from infra.firestore import Firestore, FirestoreConfig
from infra.firestore_indexes import Indexes

CONFIG = EventarcConfig("europe-west1", INTENTS, "europe-west1", "event-caller@x")


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    def program() -> None:
        place = project(*firestore.APIS, *eventarc.APIS)
        database = Firestore(
            "data", FirestoreConfig("europe-west1", "service cloud.firestore {}", Indexes((), ())), place
        )
        Eventarc("events", CONFIG, database, [], place)

    return provision(program)


@pytest.fixture
def trigger(made: Any) -> Any:
    return made.one("eventarc/trigger:Trigger").inputs


def test_new_intents_go_to_the_door_that_takes_them_in(trigger: Any) -> None:
    filters = {each["attribute"]: each["value"] for each in trigger["matchingCriterias"]}
    assert filters == {"type": CREATED, "database": "(default)", "document": "users/{userId}/intents/{intentId}"}
    assert trigger["destination"]["cloudRunService"]["path"] == "/intents/created"
    assert trigger["eventDataContentType"] == PROTOBUF


def test_eventarcs_own_account_has_its_role_before_the_first_trigger(made: Any) -> None:
    assert made.one("ServiceIdentity").inputs["service"] == "eventarc.googleapis.com"
    granted = made.one("projects/iAMMember:IAMMember").inputs
    assert granted["role"] == "roles/eventarc.serviceAgent"
    assert granted["member"].endswith("@gcp-sa-x.iam.gserviceaccount.com")
    order = [one.type for one in made.made]
    assert order.index(
        "pulumi-python:dynamic/launch:Pause", order.index("gcp:projects/iAMMember:IAMMember")
    ) < order.index("gcp:eventarc/trigger:Trigger")


def test_the_trigger_is_where_the_database_is_and_calls_as_its_own_account(trigger: Any) -> None:
    assert trigger["location"] == "europe-west1"
    assert trigger["serviceAccount"] == "event-caller@x"


def test_the_program_makes_one_where_the_database_is(
    provision: Any, spec: Any, root: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    wanted = spec.model_copy(update={"google": spec.google.model_copy(update={"firestore_location": "nam5"})})
    made = provision(lambda: stack.provision(wanted, root, datetime(2026, 11, 26, tzinfo=UTC)))
    trigger = made.one("trigger:Trigger").inputs
    assert (trigger["location"], trigger["destination"]["cloudRunService"]["region"]) == ("nam5", "europe-west1")
    assert made.one("firestore/database:Database").inputs["locationId"] == "nam5"
    invokers = {
        (one.inputs["name"], one.inputs["member"].partition("@")[0])
        for one in made.of("serviceIamMember:ServiceIamMember")
    }
    assert {member for name, member in invokers if name == "intents"} == {"serviceAccount:event-caller"}
    assert ("sync-crm", "serviceAccount:event-caller") not in invokers
    assert not [name for name, _ in invokers if name == "intake"]

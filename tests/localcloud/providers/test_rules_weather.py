"""Rough weather bites what does not wait, and nothing else; the world is made older instead of waiting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import grpc
import pytest

from localcloud import iam
from localcloud.base import weather
from localcloud.base.weather import Weather

ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
ACCOUNT = "gcp:serviceaccount/account:Account"
DATABASE = "gcp:firestore/database:Database"
INDEX = "gcp:firestore/index:Index"
MEMBER = "gcp:projects/iAMMember:IAMMember"
SECRET = "gcp:secretmanager/secret:Secret"
TOPIC = "gcp:pubsub/topic:Topic"
TOPIC_MEMBER = "gcp:pubsub/topicIAMMember:TopicIAMMember"
TRIGGER = "gcp:eventarc/trigger:Trigger"
HERE = {"project": "acme-app"}
KEPT = {**HERE, "secretId": "stripe-key", "replication": {"auto": {}}}


@pytest.fixture
def rough(clouds: Any) -> Any:
    weather.change(clouds.world, Weather(1))
    return clouds


def settle(clouds: Any) -> None:
    """Let everything be as old as a Pause makes it."""
    for made in clouds.world.resources():
        clouds.world.remove(made.type, made.id)
        clouds.world.put(replace(made, created=made.created - weather.settling(Weather(1))))


def test_an_api_that_was_just_enabled_is_refused_in_googles_words_until_it_settled(rough: Any) -> None:
    rough.project("secretmanager")
    refused = rough.gcp.refusal(SECRET, "key", KEPT)
    assert "Error 403: secretmanager.googleapis.com has not been used in project 100000000001 before" in refused
    assert "infra/pause.py" in refused
    settle(rough)
    assert rough.gcp.up(SECRET, "key", KEPT).id


def test_an_account_that_was_just_made_is_granted_nothing_until_it_settled(rough: Any) -> None:
    rough.project("iam")
    settle(rough)
    account = rough.gcp.up(ACCOUNT, "intake", HERE, accountId="intake")
    grant = {**HERE, "role": "roles/datastore.user", "member": account.outputs["member"]}
    refused = rough.gcp.refusal(MEMBER, "intake", grant)
    assert "Error 400: Service account intake@acme-app.iam.gserviceaccount.com does not exist" in refused
    settle(rough)
    assert rough.gcp.up(MEMBER, "intake", grant).id


def test_a_role_that_was_just_granted_helps_only_when_it_settled(rough: Any) -> None:
    rough.project("secretmanager", "pubsub", "iam")
    settle(rough)
    agent = "serviceAccount:service-100000000001@gcp-sa-secretmanager.iam.gserviceaccount.com"
    rough.gcp.up(TOPIC, "rotation", HERE, name="rotation")
    rough.gcp.up(TOPIC_MEMBER, "grant", HERE, topic="rotation", role="roles/pubsub.publisher", member=agent)
    where = "projects/acme-app/topics/rotation"
    assert not iam.allows(rough.world, agent, "pubsub.topics.publish", where)
    told = {**KEPT, "topics": [{"name": where}]}
    assert "on which Secret Manager cannot publish" in rough.gcp.refusal(SECRET, "key", told)
    settle(rough)
    assert iam.allows(rough.world, agent, "pubsub.topics.publish", where)
    assert rough.gcp.up(SECRET, "key", told).id


@pytest.mark.parametrize("sky", [None, Weather(1)])
def test_indexes_and_fields_of_a_database_are_refused_at_once_and_taken_one_after_another(
    clouds: Any, sky: Weather | None
) -> None:
    clouds.project("firestore")
    weather.change(clouds.world, sky)
    settle(clouds)
    weather.change(clouds.world, sky)
    for name in ("(default)", "other"):
        database = {**HERE, "name": name, "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
        clouds.gcp.up(DATABASE, name, database)

    def made(name: str, database: str = "(default)") -> str:
        fields = [{"fieldPath": "state", "order": "ASCENDING"}, {"fieldPath": "at", "order": "ASCENDING"}]
        wanted = {**HERE, "database": database, "collection": name, "fields": fields}
        try:
            return str(clouds.gcp.up(INDEX, f"{database} {name}", wanted).id and "made")
        except grpc.RpcError as refused:
            return str(refused.details())  # type: ignore[attr-defined] # a grpc.Call too

    assert (made("first"), made("second")) == ("made", "made")
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(made, ("inbox", "outbox", "posts"), ("(default)", "(default)", "other")))
    refused = [sentence for sentence in told if sentence != "made"]
    assert told[2] == "made"
    assert len(refused) == (1 if sky else 0)
    assert all("Error 409: Please retry, underlying data changed" in sentence for sentence in refused)


def test_the_first_trigger_is_refused_until_eventarcs_agent_has_its_role(rough: Any) -> None:
    rough.project("eventarc", "firestore", "iam", "run")
    settle(rough)
    database = {**HERE, "name": "(default)", "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
    rough.gcp.up("gcp:firestore/database:Database", "data", database)
    caller = rough.gcp.up(ACCOUNT, "caller", HERE, accountId="event-caller")
    wanted = {
        **HERE,
        "name": "intents",
        "location": "europe-west1",
        "matchingCriterias": [
            {"attribute": "type", "value": "google.cloud.firestore.document.v1.created"},
            {"attribute": "database", "value": "(default)"},
        ],
        "eventDataContentType": "application/protobuf",
        "destination": {"workflow": "projects/acme-app/locations/europe-west1/workflows/w"},
        "serviceAccount": caller.outputs["email"],
    }
    settle(rough)
    refused = 'Error 400: Invalid resource state for "": Permission denied while using the Eventarc Service Agent'
    assert refused in rough.gcp.refusal(TRIGGER, "intents", wanted)
    agent = "serviceAccount:service-100000000001@gcp-sa-eventarc.iam.gserviceaccount.com"
    rough.gcp.up(MEMBER, "agent", HERE, role="roles/eventarc.serviceAgent", member=agent)
    assert refused in rough.gcp.refusal(TRIGGER, "intents", wanted)
    settle(rough)
    assert rough.gcp.up(TRIGGER, "intents", wanted).id


def watching(**query: Any) -> dict[str, Any]:
    asked = {"query": 'rate({"logging.googleapis.com/user/given-up"}[5m]) > 0', **query}
    conditions = [{"displayName": "x", "conditionPrometheusQueryLanguage": asked}]
    return {**HERE, "displayName": "x", "combiner": "OR", "conditions": conditions}


def test_an_alert_finds_a_new_log_metric_late_unless_it_does_not_look(rough: Any) -> None:
    rough.project("logging", "monitoring")
    settle(rough)
    rough.gcp.up("gcp:logging/metric:Metric", "given-up", HERE, name="given-up", filter="x")
    refused = rough.gcp.refusal(ALERT, "late", watching())
    assert "Error 404: Cannot find metric" in refused
    assert "up to 10 minutes" in refused
    assert rough.gcp.up(ALERT, "blind", watching(disableMetricValidation=True)).id
    settle(rough)
    assert rough.gcp.up(ALERT, "late", watching()).id


def test_in_fair_weather_everything_works_at_once(clouds: Any) -> None:
    weather.change(clouds.world, Weather(1))
    weather.change(clouds.world, None)
    clouds.project("secretmanager")
    assert clouds.gcp.up(SECRET, "key", KEPT).id

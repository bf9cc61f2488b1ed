"""The CRM: HubSpot's rules, and our adapter on it."""

from __future__ import annotations

import time

import pytest
import requests

from handlers.failures import Unavailable
from handlers.outside.http_client import Refused
from handlers.vendors.hubspot import HubSpot

UPSERT = "/crm/v3/objects/contacts/batch/upsert"


class Token:
    def __init__(self, *values):
        self._values = values

    def values(self, name):
        assert name == "hubspot-token"
        return self._values


@pytest.fixture
def hubspot(crm):
    return HubSpot(Token("pat-1"), crm.url)


@pytest.fixture
def unique(crm):
    wanted = {"name": "launch_user_id", "label": "User", "type": "string", "fieldType": "text"}
    crm("POST", "/crm/v3/properties/contacts", {**wanted, "groupName": "contactinformation", "hasUniqueValue": True})


def upsert(crm, *ids, **properties):
    inputs = [{"idProperty": "launch_user_id", "id": id_, "properties": properties} for id_ in ids]
    return crm("POST", UPSERT, {"inputs": inputs})


def test_our_adapter_makes_its_properties_and_one_contact_a_user(hubspot, crm):
    first = hubspot.upsert("adapter-1", {"email": "a1@acme.test", "launch_plan": "free"})
    again = hubspot.upsert("adapter-1", {"email": "a1@acme.test", "launch_plan": "pro"})
    assert first == again
    path = "/crm/v3/objects/contacts/adapter-1?idProperty=launch_user_id&properties=launch_plan"
    assert crm("GET", path).json()["properties"]["launch_plan"] == "pro"


def test_our_adapter_tells_a_conflict_by_email_apart(hubspot):
    hubspot.upsert("conflict-1", {"email": "same@acme.test"})
    with pytest.raises(Refused, match="CONFLICT"):
        hubspot.upsert("conflict-2", {"email": "same@acme.test"})


def test_our_adapter_waits_when_the_token_is_denied(crm):
    with pytest.raises(Unavailable, match="denied every version"):
        HubSpot(Token("two words", "also denied"), crm.url).upsert("u", {})


def test_our_adapter_takes_the_previous_token_while_the_new_one_is_denied(crm, unique):
    assert HubSpot(Token("not a token", "pat-previous"), crm.url).upsert("rotated-1", {})


def test_a_batch_with_a_conflict_is_answered_item_by_item(crm, unique):
    upsert(crm, "item-1", email="item@acme.test")
    inputs = [
        {"idProperty": "launch_user_id", "id": "item-2", "properties": {"email": "item@acme.test"}},
        {"idProperty": "launch_user_id", "id": "item-3", "properties": {"firstname": "Ada"}},
    ]
    answer = crm("POST", UPSERT, {"inputs": inputs})
    assert answer.status_code == 207
    assert [each["properties"]["launch_user_id"] for each in answer.json()["results"]] == ["item-3"]
    assert answer.json()["errors"][0]["category"] == "CONFLICT"


def test_an_upsert_says_whether_the_contact_is_new(crm, unique):
    assert [upsert(crm, "new-1").json()["results"][0]["new"] for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([], "inputs"),
        ([{"id": "u"}], "properties"),
        ([{"idProperty": "firstname", "id": "u", "properties": {}}], "not a unique property"),
        ([{"idProperty": "launch_user_id", "id": "u", "properties": {"nope": 1}}], "PROPERTY_DOESNT_EXIST"),
        ([{"idProperty": "launch_user_id", "id": "u", "properties": {"createdate": "x"}}], "READ_ONLY_VALUE"),
        ([{"idProperty": "launch_user_id", "id": "u", "properties": {"email": "no address"}}], "INVALID_VALUE"),
        ([{"idProperty": "launch_user_id", "id": "u", "properties": {}}] * 2, "Duplicate"),
        ([{"idProperty": "launch_user_id", "id": f"u{n}", "properties": {}} for n in range(101)], "100"),
    ],
)
def test_a_batch_that_has_not_the_right_form_is_refused_as_a_whole(crm, unique, inputs, words):
    answer = crm("POST", UPSERT, {"inputs": inputs})
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_the_search_is_behind(crm, unique):
    upsert(crm, "late-1")
    wanted = {"filterGroups": [{"filters": [{"propertyName": "launch_user_id", "operator": "EQ", "value": "late-1"}]}]}
    assert crm("POST", "/crm/v3/objects/contacts/search", wanted).json()["total"] == 0
    time.sleep(0.7)
    assert crm("POST", "/crm/v3/objects/contacts/search", wanted).json()["total"] == 1


def test_a_contact_lives_from_creation_to_archive(crm, unique):
    made = crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": "life@acme.test"}})
    assert made.status_code == 201
    path = f"/crm/v3/objects/contacts/{made.json()['id']}"
    assert crm("PATCH", path, {"properties": {"email": "moved@acme.test"}}).status_code == 200
    assert crm("GET", "/crm/v3/objects/contacts/life@acme.test?idProperty=email").status_code == 404
    assert crm("GET", "/crm/v3/objects/contacts/moved@acme.test?idProperty=email").json()["id"] == made.json()["id"]
    assert crm("DELETE", path).status_code == 204
    assert crm("GET", path).status_code == 404
    assert crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": "moved@acme.test"}}).status_code == 201


def test_contacts_are_listed_in_pages(crm, unique):
    upsert(crm, "page-1", "page-2", "page-3")
    seen, after = [], "0"
    while after:
        page = crm("GET", f"/crm/v3/objects/contacts?limit=2&properties=launch_user_id&after={after}").json()
        seen += [each["properties"].get("launch_user_id") for each in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
    assert {"page-1", "page-2", "page-3"} <= set(seen)
    assert len(seen) == len(set(seen)) or None in seen


def test_a_property_is_created_once(crm, unique):
    wanted = {"name": "launch_user_id", "label": "x", "type": "string", "fieldType": "text", "groupName": "g"}
    assert crm("POST", "/crm/v3/properties/contacts", wanted).status_code == 409
    assert crm("POST", "/crm/v3/properties/contacts", {"name": "x"}).status_code == 400
    assert crm("POST", "/crm/v3/properties/contacts", {**wanted, "name": "Bad Name"}).status_code == 400
    assert crm("GET", "/crm/v3/properties/contacts/launch_user_id").json()["hasUniqueValue"]
    assert crm("GET", "/crm/v3/properties/contacts/none").status_code == 404


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer "}])
def test_without_a_token_nothing_is_answered(crm, header):
    answer = requests.get(f"{crm.url}/crm/v3/objects/contacts", headers=header, timeout=5)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_what_the_rehearsal_does_not_do_is_said(crm):
    answer = crm("POST", "/crm/v3/objects/deals", {})
    assert answer.status_code == 501
    assert "does not do POST /crm/v3/objects/deals" in answer.json()["message"]

"""The CRM: HubSpot's rules, and our adapter on it."""

from __future__ import annotations

import time

import pytest
import requests

from handlers.failures import Unavailable
from handlers.outside.http_client import Refused
from handlers.vendors.hubspot import HubSpot

UPSERT = "/crm/objects/2026-09/contacts/batch/upsert"


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
    crm(
        "POST",
        "/crm/properties/2026-09/contacts",
        {**wanted, "groupName": "contactinformation", "hasUniqueValue": True},
    )


def upsert(crm, *ids, **properties):
    inputs = [{"idProperty": "launch_user_id", "id": id_, "properties": properties} for id_ in ids]
    return crm("POST", UPSERT, {"inputs": inputs})


def test_our_adapter_makes_its_properties_and_one_contact_a_user(hubspot, crm):
    first = hubspot.upsert("adapter-1", {"email": "a1@acme.test", "launch_plan": "free"})
    again = hubspot.upsert("adapter-1", {"email": "a1@acme.test", "launch_plan": "pro"})
    assert first == again
    path = "/crm/objects/2026-09/contacts/adapter-1?idProperty=launch_user_id&properties=launch_plan"
    assert crm("GET", path).json()["properties"]["launch_plan"] == "pro"


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


def read_batch(crm, inputs, **wanted):
    return crm("POST", UPSERT.replace("upsert", "read"), {"inputs": inputs, **wanted})


def test_a_batch_is_read_by_ids_and_by_a_unique_property_and_what_is_missing_is_told(crm, unique):
    made = upsert(crm, "read-1", firstname="Ada").json()["results"][0]
    both = read_batch(crm, [{"id": made["id"]}, {"id": "987654"}], properties=["launch_user_id"])
    assert both.status_code == 207
    assert [each["properties"]["launch_user_id"] for each in both.json()["results"]] == ["read-1"]
    assert both.json()["errors"][0] == {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.",
        "context": {"ids": ["987654"]},
    }
    by_ours = read_batch(crm, [{"id": "read-1"}], idProperty="launch_user_id")
    assert (by_ours.status_code, by_ours.json()["results"][0]["id"]) == (200, made["id"])
    assert read_batch(crm, [{"id": 5}]).status_code == 400


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
        ([{"idProperty": "launch_user_id", "id": "u", "properties": {"email": "no address"}}], "INVALID_EMAIL"),
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
    assert crm("POST", "/crm/objects/2026-09/contacts/search", wanted).json()["total"] == 0
    time.sleep(0.7)
    assert crm("POST", "/crm/objects/2026-09/contacts/search", wanted).json()["total"] == 1


def test_a_contact_lives_from_creation_to_archive(crm, unique):
    made = crm("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": "life@acme.test"}})
    assert made.status_code == 201
    path = f"/crm/objects/2026-09/contacts/{made.json()['id']}"
    assert crm("PATCH", path, {"properties": {"email": "moved@acme.test"}}).status_code == 200
    assert crm("GET", "/crm/objects/2026-09/contacts/life@acme.test?idProperty=email").status_code == 404
    assert (
        crm("GET", "/crm/objects/2026-09/contacts/moved@acme.test?idProperty=email").json()["id"] == made.json()["id"]
    )
    assert crm("DELETE", path).status_code == 204
    assert crm("GET", path).status_code == 404
    assert crm("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": "moved@acme.test"}}).status_code == 201


def test_contacts_are_listed_in_pages(crm, unique):
    upsert(crm, "page-1", "page-2", "page-3")
    seen, after = [], "0"
    while after:
        page = crm("GET", f"/crm/objects/2026-09/contacts?limit=2&properties=launch_user_id&after={after}").json()
        seen += [each["properties"].get("launch_user_id") for each in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
    assert {"page-1", "page-2", "page-3"} <= set(seen)
    assert len(seen) == len(set(seen)) or None in seen


def test_addresses_in_any_case_are_one_contacts(crm, unique):
    made = crm("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": "Ada.L@Acme.test"}})
    assert made.json()["properties"]["email"] == "ada.l@acme.test"
    again = crm("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": "ada.l@acme.test"}})
    assert (again.status_code, again.json()["category"]) == (409, "CONFLICT")
    found = crm("GET", "/crm/objects/2026-09/contacts/ADA.L@acme.test?idProperty=email")
    assert found.json()["id"] == made.json()["id"]


@pytest.mark.parametrize(
    ("type_", "field", "options", "right", "wrong"),
    [
        ("number", "number", [], ["12", "-1.5", 3, ""], ["twelve", "1,5"]),
        ("enumeration", "select", ["free", "pro"], ["pro", "free;pro", None], ["Pro", "gold"]),
        ("bool", "booleancheckbox", ["true", "false"], ["true", False], ["yes", "1"]),
    ],
)
def test_a_property_takes_values_of_its_type(crm, type_, field, options, right, wrong):
    wanted = {"name": f"a_{type_}", "label": "A", "type": type_, "fieldType": field, "groupName": "contactinformation"}
    shown = [{"label": each, "value": each} for each in options]
    crm("POST", "/crm/properties/2026-09/contacts", {**wanted, "options": shown})
    for at, value in enumerate([*right, *wrong]):
        body = {"properties": {"email": f"{type_}{at}@acme.test", f"a_{type_}": value}}
        answer = crm("POST", "/crm/objects/2026-09/contacts", body)
        assert answer.status_code == (201 if at < len(right) else 400), (value, answer.text)


def test_a_property_is_created_once(crm, unique):
    wanted = {"name": "launch_user_id", "label": "x", "type": "string", "fieldType": "text", "groupName": "g"}
    assert crm("POST", "/crm/properties/2026-09/contacts", wanted).status_code == 409
    assert crm("POST", "/crm/properties/2026-09/contacts", {"name": "x"}).status_code == 400
    assert crm("POST", "/crm/properties/2026-09/contacts", {**wanted, "name": "Bad Name"}).status_code == 400
    assert crm("GET", "/crm/properties/2026-09/contacts/launch_user_id").json()["hasUniqueValue"]
    assert crm("GET", "/crm/properties/2026-09/contacts/none").status_code == 404


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer "}])
def test_without_a_token_nothing_is_answered(crm, header):
    answer = requests.get(f"{crm.url}/crm/objects/2026-09/contacts", headers=header, timeout=5)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_what_the_rehearsal_does_not_do_is_said(crm):
    answer = crm("POST", "/crm/objects/2026-09/deals", {})
    assert answer.status_code == 501
    assert "does not do POST /crm/objects/2026-09/deals" in answer.json()["message"]


def properties_of(crm, contact):
    wanted = "properties=email,launch_user_id,launch_plan,firstname"
    return crm("GET", f"/crm/objects/2026-09/contacts/{contact}?{wanted}").json()["properties"]


def known(crm, email, **properties):
    """Make a contact as somebody of the team did before the app had the user."""
    made = crm("POST", "/crm/objects/2026-09/contacts", {"properties": {"email": email, **properties}})
    return made.json()["id"]


def test_our_adapter_speaks_the_dated_paths_alone(hubspot, crm):
    since = (crm.history() or [{"seq": 0}])[-1]["seq"]
    hubspot.upsert("dated-1", {"email": "dated@acme.test"})
    assert {each["path"].split("/")[3] for each in crm.history(since)} == {"2026-09"}


def test_a_contact_that_has_the_verified_address_already_is_adopted(hubspot, crm):
    there = known(crm, "known@acme.test", firstname="Ada from sales")
    assert hubspot.upsert("known-1", {"email": "known@acme.test", "launch_plan": "pro"}, is_verified=True) == there
    assert properties_of(crm, there)["launch_user_id"] == "known-1"
    assert properties_of(crm, there)["firstname"] == "Ada from sales"
    assert hubspot.upsert("known-1", {"email": "known@acme.test", "launch_plan": "free"}) == there


def test_an_address_that_is_not_verified_adopts_nobodys_contact(hubspot, crm):
    there = known(crm, "victim@acme.test")
    own = hubspot.upsert("stranger-1", {"email": "victim@acme.test", "launch_plan": "free"})
    assert own != there
    assert properties_of(crm, there).get("launch_user_id") is None
    assert properties_of(crm, own).get("email") is None
    assert properties_of(crm, own)["launch_plan"] == "free"


def test_another_users_contact_is_never_taken_over(hubspot, crm):
    first = hubspot.upsert("owner-1", {"email": "owner@acme.test"})
    second = hubspot.upsert("owner-2", {"email": "owner@acme.test"}, is_verified=True)
    assert first != second
    assert properties_of(crm, first)["launch_user_id"] == "owner-1"


def test_a_user_who_has_a_contact_keeps_it_when_another_one_has_the_address(hubspot, crm):
    own = hubspot.upsert("twice-1", {"launch_plan": "free"})
    known(crm, "twice@acme.test")
    assert hubspot.upsert("twice-1", {"email": "twice@acme.test", "launch_plan": "pro"}, is_verified=True) == own
    assert properties_of(crm, own)["launch_plan"] == "pro"


def test_an_address_that_hubspot_calls_invalid_costs_the_address_alone(hubspot, crm):
    made = hubspot.upsert("odd-1", {"email": "ada@intranet", "firstname": "Ada"})
    assert properties_of(crm, made).get("email") is None
    assert properties_of(crm, made)["firstname"] == "Ada"


@pytest.fixture
def required(crm):
    crm("PUT", "/_rehearsal/required", {"properties": ["company"]})
    yield
    crm("PUT", "/_rehearsal/required", {"properties": []})


def test_what_the_account_requires_is_told_by_property(hubspot, required):
    with pytest.raises(Refused, match=r"400 to the upsert: VALIDATION_ERROR of company \(MISSING_REQUIRED_PROPERTY\)"):
        hubspot.upsert("required-1", {"email": "required@acme.test"})


def test_the_accounts_own_rules_are_those_of_the_dated_paths(crm, unique, required):
    body = {"properties": {"firstname": "Ada"}}
    assert crm("POST", "/crm/objects/2026-09/contacts", body).status_code == 400
    assert crm("POST", "/crm/v3/objects/contacts", body).status_code == 201

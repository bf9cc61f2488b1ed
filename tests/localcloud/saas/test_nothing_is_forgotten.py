"""What a vendor would do beside a call is answered 501 with a sentence, and not forgotten silently."""

from __future__ import annotations

import time

import pytest

CONTACTS = "/crm/v3/objects/contacts"
TICKET = {"subject": "Help", "comment": {"body": "It broke"}, "requester": {"name": "A", "email": "a@forgotten.test"}}


def made_ticket(helpdesk) -> dict:
    return helpdesk("POST", "/api/v2/tickets", {"ticket": TICKET}).json()["ticket"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("tickets?include=users", "include"),
        ("tickets?sort_by=created_at", "sort_by"),
        ("tickets/{ticket}?include=users", "include"),
        ("tickets/{ticket}/comments?include_inline_images=true", "images"),
        ("users/search?query=Ada", "other words"),
        ("users/{user}?include=groups", "include"),
    ],
)
def test_the_helpdesk_tells_of_questions_that_it_does_not_know(helpdesk, path, named):
    ticket = made_ticket(helpdesk)
    answer = helpdesk("GET", f"/api/v2/{path.format(ticket=ticket['id'], user=ticket['requester_id'])}")
    assert answer.status_code == 501
    assert named in answer.json()["description"]


@pytest.mark.parametrize(
    "more",
    [
        {"custom_fields": [{"id": 1, "value": "x"}]},
        {"comment": {"html_body": "<b>x</b>"}},
        {"comment": {"body": "x", "uploads": ["t"]}},
    ],
)
def test_the_helpdesk_tells_of_parts_of_a_ticket_that_it_does_not_know(helpdesk, more):
    answer = helpdesk("POST", "/api/v2/tickets", {"ticket": {**TICKET, **more}})
    assert answer.status_code == 501
    assert "does not know ticket." in answer.json()["description"]


def test_the_helpdesk_tells_of_parts_of_a_user_that_it_does_not_know(helpdesk):
    user = made_ticket(helpdesk)["requester_id"]
    assert helpdesk("PUT", f"/api/v2/users/{user}", {"user": {"notes": "x"}}).status_code == 501
    assert helpdesk("POST", "/api/v2/webhooks?clone_webhook_id=x").status_code == 501


@pytest.mark.parametrize("query", ["associations=companies", "propertiesWithHistory=email", "archived=true"])
def test_the_crm_tells_of_questions_that_it_does_not_know(crm, query):
    answer = crm("GET", f"{CONTACTS}?{query}")
    assert answer.status_code == 501
    assert query.partition("=")[0] in answer.json()["message"]
    assert crm("GET", f"{CONTACTS}?archived=false&limit=1").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CONTACTS, {"properties": {}, "associations": [{"to": {"id": "1"}, "types": []}]}),
        (f"{CONTACTS}/batch/read", {"inputs": [{"id": "1"}], "propertiesWithHistory": ["email"]}),
        (f"{CONTACTS}/search", {"sorts": ["createdate"]}),
        (f"{CONTACTS}/search", {"query": "ada"}),
        (f"{CONTACTS}/search", {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "IN"}]}]}),
    ],
)
def test_the_crm_tells_of_parts_of_a_request_that_it_does_not_know(crm, path, body):
    made = crm("POST", CONTACTS, {"properties": {"firstname": "Known to the index"}})
    assert made.status_code == 201
    if "filterGroups" in body:
        wait_for_index(crm)
    assert crm("POST", path, body).status_code == 501


def wait_for_index(crm) -> None:
    end = time.monotonic() + 20
    while not crm("POST", f"{CONTACTS}/search", {}).json()["total"] and time.monotonic() < end:
        time.sleep(0.1)


def test_the_groups_of_properties_are_not_a_property(crm):
    answer = crm("GET", "/crm/v3/properties/contacts/groups")
    assert answer.status_code == 501
    assert "does not do GET" in answer.json()["message"]

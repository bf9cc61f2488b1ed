"""The CRM's search, as a function of the contacts that its index knows."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.saas.crm_contacts import CrmError
from localcloud.saas.crm_search import search

CONTACTS = [
    {"id": str(n), "at": 0.0, "properties": {"firstname": f"A{n % 2}", "phone": str(n), "email": None}}
    for n in range(25)
]


def filters(*wanted: tuple[str, str, object]) -> dict[str, Any]:
    made = [{"propertyName": name, "operator": operator, "value": value} for name, operator, value in wanted]
    return {"filterGroups": [{"filters": made}]}


def test_a_page_has_ten_contacts_unless_more_are_asked_for() -> None:
    assert len(search(CONTACTS, {})["results"]) == 10
    everyone = search(CONTACTS, {"limit": 200})
    assert (everyone["total"], len(everyone["results"]), "paging" in everyone) == (25, 25, False)


def test_the_cursor_leads_to_every_contact_once() -> None:
    seen, after = list[str](), "0"
    while after:
        page = search(CONTACTS, {"limit": 7, "after": after})
        seen += [each["id"] for each in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after", "")
    assert seen == [each["id"] for each in CONTACTS]


def test_only_the_usual_properties_are_shown_and_those_that_are_named() -> None:
    plain = search(CONTACTS, filters(("phone", "EQ", "3")))["results"][0]
    named = search(CONTACTS, {**filters(("phone", "EQ", "3")), "properties": ["phone"]})["results"][0]
    assert ("phone" in plain["properties"], named["properties"]["phone"], "at" in named) == (False, "3", False)


def test_filters_of_a_group_are_joined_by_and_groups_by_or() -> None:
    both = filters(("firstname", "EQ", "A1"), ("phone", "NEQ", "1"))
    assert search(CONTACTS, both)["total"] == 11
    either = {"filterGroups": [*both["filterGroups"], *filters(("phone", "EQ", "2"))["filterGroups"]]}
    assert search(CONTACTS, either)["total"] == 12
    assert (
        search(CONTACTS, filters(("email", "NOT_HAS_PROPERTY", None), ("phone", "HAS_PROPERTY", None)))["total"] == 25
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"limit": 201}, 400),
        ({"limit": "many"}, 400),
        ({"after": "next"}, 400),
        ({"filterGroups": {"a": 1}}, 400),
        ({"sorts": ["phone"]}, 501),
        ({"query": "ada"}, 501),
        ({"other": 1}, 501),
        (filters(("phone", "GT", "1")), 501),
    ],
)
def test_a_search_that_cannot_be_is_refused(body: dict[str, Any], status: int) -> None:
    with pytest.raises(CrmError) as refused:
        search(CONTACTS, body)
    assert refused.value.status == status

"""The page of accounts and keys has a row for every value, and says what the code asks for."""

from __future__ import annotations

import re
from pathlib import Path

from handlers.service_manifest import SERVICE_MANIFESTS
from handlers.vendors import hubspot, zendesk_tokens

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "accounts.md").read_text()
TABLES, _, SOURCES = PAGE.partition("## Where each statement was checked")
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| `([a-z-]+)` \|.*$", TABLES, re.MULTILINE)}
NAMES = [
    found[1] for found in re.finditer(r"^\| (`[^|]+`|[^|`-][^|]*) \|", TABLES, re.MULTILINE) if found[1] != "value"
]
CHECKED = [line.strip("| ").split(" | ") for line in SOURCES.splitlines() if line.startswith("| ")][1:]
PATHS = re.compile(r"""["']/v1/([a-z_/]+)""")
RIGHTS = {  # path of Stripe's API → what the row calls the right to it
    "customers": "customers",
    "customers/search": "customers",
    "subscriptions": "subscriptions",
    "checkout/sessions": "checkout sessions",
    "charges": "charges",
    "refunds": "refunds",
    "disputes": "disputes",
    "subscription_items": "subscriptions",
    "invoices": "invoices",
    "invoice_payments": "invoice payments",
    "events": "events",
}


def test_every_secret_of_a_service_has_a_row_and_no_other_has() -> None:
    assert set(ROWS) == {name for service in SERVICE_MANIFESTS.values() for name in service.secrets}


def test_every_row_has_all_columns() -> None:
    assert {name: row.count(" | ") for name, row in ROWS.items() if row.count(" | ") != 5} == {}


def test_the_scopes_are_those_that_the_code_asks_for() -> None:
    assert all(f"`{scope}`" in ROWS["hubspot-token"] for scope in hubspot.SCOPES)
    assert f"`{zendesk_tokens.SCOPE}`" in ROWS["zendesk-client-id"]


def test_every_value_that_is_pushed_names_its_own_command() -> None:
    pushed = set(ROWS) - {"edge-key", "stripe-signing-secret"}
    assert all(f"`./launch secrets push {name}`" in ROWS[name] for name in pushed)


def test_the_key_of_stripe_may_read_all_that_the_program_asks_for() -> None:
    asked = (DOCS.parent / "handlers" / "billing" / "stripe_api.py").read_text()
    paths = {found.strip("/") for found in PATHS.findall(asked)}
    assert paths == set(RIGHTS), "name the right that a new call needs, here and on the page"
    assert {right for right in RIGHTS.values() if right not in ROWS["stripe-api-key"]} == set()


def test_every_value_says_where_it_was_checked_and_what_could_not_be() -> None:
    assert len(NAMES) > len(ROWS)
    about = [row[0] for row in CHECKED]
    assert {name for name in NAMES if not any(name in each for each in about)} == set()
    for statement, page, *day in CHECKED:
        is_linked = "](https://" in page
        assert is_linked or "Not confirmed" in page or "no vendor's" in page or "a test" in page, statement
        assert not is_linked or re.fullmatch(r"\d{4}-\d\d-\d\d", "".join(day)), statement


def test_every_vendors_page_that_a_row_names_is_among_the_sources() -> None:
    linked = set(re.findall(r"\((https://[^)]+)\)", TABLES))
    by_hand = {"https://resend.com/api-keys"}  # a page of the console
    assert {each for each in linked - by_hand if each not in SOURCES} == set()


def test_the_page_is_found_from_the_readme_and_the_guide() -> None:
    assert "(docs/accounts.md)" in (DOCS.parent / "README.md").read_text()
    assert "(accounts.md)" in (DOCS / "guide.md").read_text()

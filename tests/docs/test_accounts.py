"""The page of accounts and keys has a row for every value, and says what the code asks for."""

from __future__ import annotations

import re
from pathlib import Path

from handlers.service_manifest import SERVICE_MANIFESTS
from handlers.vendors import hubspot, zendesk_tokens

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "accounts.md").read_text()
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| `([a-z-]+)` \|.*$", PAGE, re.MULTILINE)}


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


def test_the_page_is_found_from_the_readme_and_the_guide() -> None:
    assert "(docs/accounts.md)" in (DOCS.parent / "README.md").read_text()
    assert "(accounts.md)" in (DOCS / "guide.md").read_text()

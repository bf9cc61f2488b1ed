from __future__ import annotations

import json

import pytest

from blueprint import credential_patterns

PASSWORD = "a password in an address"


@pytest.mark.parametrize(
    "text",
    [
        '{"to":"https://acme.test","contact":"ada@acme.test"}',
        '{"redirects":[{"target":"https://acme.test"}],"support":{"sender":"support@acme.test"}}',
        "https://acme.test:443/people/@ada",
        "https://acme.test, written by: ada@acme.test",
        "see https://acme.test: it is for support@acme.test",
    ],
)
def test_an_address_beside_an_e_mail_address_holds_no_password(text: str) -> None:
    assert credential_patterns.found(text) is None


def test_a_password_in_an_address_is_found_inside_of_json_too() -> None:
    text = json.dumps({"to": "https://ada:top-secret@acme.test/x"}, separators=(",", ":"))
    assert credential_patterns.found(text) == (PASSWORD, "https://ada:top-secret@")

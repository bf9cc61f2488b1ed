from __future__ import annotations

import json

from blueprint import credentials

PASSWORD = "a password in an address"


def test_an_address_beside_a_mail_address_in_json_holds_no_password() -> None:
    text = json.dumps({"to": "https://acme.test", "contact": "ada@acme.test"}, separators=(",", ":"))
    assert credentials.found(text) is None


def test_a_password_in_an_address_is_found_inside_of_json_too() -> None:
    text = json.dumps({"to": "https://ada:top-secret@acme.test/x"}, separators=(",", ":"))
    assert credentials.found(text) == (PASSWORD, "https://ada:top-secret@")

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from localcloud.base import ports, tokens

P = "acme-rehearsal"
EMULATOR = "/identitytoolkit.googleapis.com"
PERSON = {"email": "Ada@acme.test", "password": "correct horse", "returnSecureToken": True}


@pytest.fixture
def google(cloud: Any) -> str:
    return f"http://{ports.load(cloud.home).address('google')}"


def post(google: str, method: str, body: Any, prefix: str = "", key: str = "?key=AIza") -> requests.Response:
    return requests.post(f"{google}{prefix}/v1/accounts:{method}{key}", json=body, timeout=5)


def message(answer: requests.Response) -> str:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["errors"][0]["message"] == error["message"]
    return str(error["message"])


@pytest.mark.parametrize("prefix", ["", EMULATOR])
def test_who_signs_up_gets_a_token_that_the_published_keys_verify(google: str, prefix: str) -> None:
    answer = post(google, "signUp", PERSON, prefix)
    assert answer.status_code == 200
    account = answer.json()
    assert (account["email"], account["expiresIn"]) == ("ada@acme.test", "3600")
    published = f"{google}/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
    found = requests.get(published, timeout=5)
    assert "max-age=" in found.headers["cache-control"]
    key = jwt.PyJWKSet.from_dict(found.json())[jwt.get_unverified_header(account["idToken"])["kid"]]
    claims = jwt.decode(account["idToken"], key, algorithms=["RS256"], audience=P)
    assert (claims["sub"], claims["email"]) == (account["localId"], "ada@acme.test")
    assert claims["firebase"]["sign_in_provider"] == "password"


def test_google_auth_verifies_an_identity_token_by_the_older_form_of_the_keys(cloud: Any, google: str) -> None:
    bearer = tokens.id_token(cloud.home, cloud.account("task-caller"), "https://a.run.app", time.time())
    claims = id_token.verify_token(bearer, Request(), "https://a.run.app", f"{google}/oauth2/v1/certs")
    assert claims["email"] == cloud.account("task-caller")
    claims = id_token.verify_token(bearer, Request(), "https://a.run.app", f"{google}/oauth2/v3/certs")
    assert claims["iss"] == "https://accounts.google.com"


def test_google_auth_verifies_a_firebase_token_by_its_certificates(cloud: Any, google: str) -> None:
    bearer = post(google, "signUp", PERSON).json()["idToken"]
    url = f"{google}/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
    assert id_token.verify_token(bearer, Request(), P, url)["email"] == "ada@acme.test"


def test_signing_in_needs_the_right_password(google: str) -> None:
    uid = post(google, "signUp", PERSON).json()["localId"]
    again = post(google, "signInWithPassword", {**PERSON, "email": "ADA@acme.test"}, EMULATOR)
    assert again.json()["localId"] == uid
    for wrong in ({**PERSON, "password": "wrong horse"}, {**PERSON, "email": "eve@acme.test"}):
        answer = post(google, "signInWithPassword", wrong)
        assert answer.status_code == 400
        assert message(answer) == "INVALID_LOGIN_CREDENTIALS"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"email": "a@acme.test"}, "MISSING_PASSWORD"),
        ({"password": "123456"}, "MISSING_EMAIL"),
        ({"email": "a@b", "password": "123456"}, "INVALID_EMAIL"),
        ({"email": 5, "password": "123456"}, "INVALID_EMAIL"),
        ({"email": "a@acme.test", "password": "12345"}, "WEAK_PASSWORD : Password should be at least 6 characters"),
        ([1], "Invalid JSON payload received. An object is expected."),
    ],
)
def test_a_bad_sign_up_is_answered_in_the_words_that_clients_know(google: str, body: Any, expected: str) -> None:
    answer = post(google, "signUp", body)
    assert answer.status_code == 400
    assert message(answer) == expected


def test_an_address_signs_up_once(google: str) -> None:
    post(google, "signUp", PERSON)
    assert message(post(google, "signUp", {**PERSON, "email": "ada@ACME.test"})) == "EMAIL_EXISTS"


def test_a_guest_may_sign_up_without_an_address(google: str) -> None:
    first, second = [post(google, "signUp", {"returnSecureToken": True}).json() for _ in range(2)]
    assert first["localId"] != second["localId"]
    assert "email" not in first


def test_a_token_tells_whose_it_is(google: str) -> None:
    account = post(google, "signUp", PERSON).json()
    [user] = post(google, "lookup", {"idToken": account["idToken"]}).json()["users"]
    assert (user["localId"], user["email"]) == (account["localId"], "ada@acme.test")
    assert message(post(google, "lookup", {"idToken": "forged"})) == "INVALID_ID_TOKEN"
    assert message(post(google, "lookup", {})) == "MISSING_ID_TOKEN"


@pytest.mark.parametrize("prefix", ["", "/securetoken.googleapis.com"])
def test_a_refresh_token_is_traded_for_a_new_token(google: str, prefix: str) -> None:
    account = post(google, "signUp", PERSON).json()
    form = {"grant_type": "refresh_token", "refresh_token": account["refreshToken"]}
    answer = requests.post(f"{google}{prefix}/v1/token?key=k", data=form, timeout=5).json()
    assert (answer["user_id"], answer["project_id"]) == (account["localId"], "100000000001")
    assert len(post(google, "lookup", {"idToken": answer["id_token"]}).json()["users"]) == 1
    refused = requests.post(f"{google}/v1/token?key=k", data={**form, "refresh_token": "x"}, timeout=5)
    assert message(refused) == "INVALID_REFRESH_TOKEN"


def test_a_caller_without_an_api_key_is_refused(google: str) -> None:
    answer = post(google, "signUp", PERSON, key="")
    assert answer.status_code == 403
    assert "API Key" in message(answer)


@pytest.mark.parametrize("path", ["/", "/v1/accounts:update?key=k", "/oauth2/v3/nothing"])
def test_anything_else_is_missing_in_googles_form(google: str, path: str) -> None:
    answer = requests.get(google + path, timeout=5)
    assert answer.status_code == 404
    assert message(answer).startswith("The rehearsal has nothing at GET /")
    assert answer.json()["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("path", ["v2/projects/p/tenants", "v1/projects/p:createSessionCookie", "v2/passwordPolicy"])
def test_what_comes_to_firebase_by_its_own_name_and_is_not_done_is_said_too(google: str, path: str) -> None:
    headers = {"Host": "identitytoolkit.googleapis.com"}
    answer = requests.get(f"{google}/{path}", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert message(answer) == f"UNIMPLEMENTED : The rehearsal's Firebase Authentication does not do GET /{path}."
    assert requests.get(f"{google}/v1/accounts:update?key=k", headers=headers, timeout=5).status_code == 404


def test_a_body_that_is_no_json_or_too_large_is_refused(google: str) -> None:
    url = f"{google}/v1/accounts:signUp?key=k"
    assert "Invalid JSON" in message(requests.post(url, data=b"{", timeout=5))
    assert requests.post(url, data=b"[" * 60_000, timeout=5).status_code == 400
    assert requests.post(url, data=b"x" * 70_000, timeout=5).status_code == 413


def test_passwords_are_kept_as_salted_hashes(cloud: Any, google: str) -> None:
    for email in ("a@acme.test", "b@acme.test"):
        post(google, "signUp", {**PERSON, "email": email})
    rows = cloud.world.connection.execute("SELECT * FROM auth_users").fetchall()
    assert rows[0]["hash"] != rows[1]["hash"]
    assert all(b"correct horse" not in bytes(row["hash"]) for row in rows)


def test_accounts_survive_a_restart(run: Any) -> None:
    with run() as cloud:
        post(f"http://{ports.load(cloud.home).address('google')}", "signUp", PERSON)
    with run() as cloud:
        answer = post(f"http://{ports.load(cloud.home).address('google')}", "signInWithPassword", PERSON)
        assert answer.json()["registered"] is True

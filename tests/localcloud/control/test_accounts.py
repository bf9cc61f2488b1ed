"""Firebase Authentication for administrators: our own client against the stand-in, with the permissions of the real."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
import requests

from handlers.failures import NotSent, Unavailable
from handlers.outside import google_clients
from handlers.outside.firebase_accounts import Account, AuthenticationNotStarted, FirebaseAccounts
from handlers.outside.http_client import Refused
from localcloud.base import human_steps, ports, tokens
from localcloud.base.world import Resource, World

P = "acme-rehearsal"
PERSON = {"password": "correct horse", "returnSecureToken": True}
ROLE = f"projects/{P}/roles/sync_payments"


@pytest.fixture
def google(cloud: Any) -> str:
    return ports.load(cloud.home).address("google")


@pytest.fixture
def accounts(google: str) -> FirebaseAccounts:
    return google_clients.accounts(P, {"FIREBASE_AUTH_EMULATOR_HOST": google})


def sign_up(google: str, email: str) -> dict[str, Any]:
    answer = requests.post(f"http://{google}/v1/accounts:signUp?key=k", json={**PERSON, "email": email}, timeout=5)
    found: dict[str, Any] = answer.json()
    return found


def update(google: str, **changes: Any) -> requests.Response:
    url = f"http://{google}/identitytoolkit.googleapis.com/v1/projects/{P}/accounts:update"
    return requests.post(url, json=changes, headers={"Authorization": "Bearer owner"}, timeout=5)


def test_custom_claims_are_in_the_next_token(google: str, accounts: FirebaseAccounts) -> None:
    made = sign_up(google, "ada@acme.test")
    accounts.set_claims(made["localId"], {"plan": "pro", "staff": True})
    found = accounts.get(made["localId"])
    assert found == Account(
        made["localId"], "ada@acme.test", False, {"plan": "pro", "staff": True}, found.created if found else 0.0
    )
    form = {"grant_type": "refresh_token", "refresh_token": made["refreshToken"]}
    bearer = requests.post(f"http://{google}/v1/token?key=k", data=form, timeout=5).json()["id_token"]
    assert jwt.decode(bearer, options={"verify_signature": False})["plan"] == "pro"
    assert "plan" not in jwt.decode(made["idToken"], options={"verify_signature": False})


def test_an_account_is_found_by_its_address_and_says_whether_that_is_verified(
    google: str, accounts: FirebaseAccounts
) -> None:
    made = sign_up(google, "Ada@acme.test")
    assert update(google, localId=made["localId"], emailVerified=True).status_code == 200
    found = accounts.by_email("ada@acme.test")
    assert found is not None
    assert (found.id, found.email_verified) == (made["localId"], True)
    assert accounts.by_email("eve@acme.test") is None
    assert accounts.get("nobody") is None


def test_all_accounts_come_by_pages(google: str, accounts: FirebaseAccounts) -> None:
    made = {sign_up(google, f"user{number}@acme.test")["localId"] for number in range(5)}
    headers, seen, after = {"Authorization": "Bearer owner"}, [], ""
    url = f"http://{google}/identitytoolkit.googleapis.com/v1/projects/{P}/accounts:batchGet"
    while True:
        query = {"maxResults": 2, **({"nextPageToken": after} if after else {})}
        page = requests.get(url, params=query, headers=headers, timeout=5).json()
        seen += [each["localId"] for each in page["users"]]
        if not (after := page.get("nextPageToken", "")):
            break
    assert (len(seen), set(seen)) == (5, made)
    assert {each.id for each in accounts.page()[0]} == made


def test_the_youngest_accounts_come_first_and_some_come_by_their_ids(google: str, accounts: FirebaseAccounts) -> None:
    made = [sign_up(google, f"user{number}@acme.test")["localId"] for number in range(3)]
    assert [each.id for each in accounts.newest()] == list(reversed(made))
    assert [each.id for each in accounts.newest(offset=2)] == made[:1]
    assert {each.id for each in accounts.some([made[0], made[2], "nobody"])} == {made[0], made[2]}
    assert accounts.some([]) == []


def test_claims_that_firebase_would_refuse_are_refused(google: str, accounts: FirebaseAccounts) -> None:
    user = sign_up(google, "ada@acme.test")["localId"]
    with pytest.raises(Refused, match="takes 1000"):
        accounts.set_claims(user, {"x": "y" * 1_000})
    with pytest.raises(Refused):
        accounts.set_claims(user, {"sub": "someone else"})
    with pytest.raises(Refused):
        accounts.set_claims("nobody", {"plan": "pro"})
    assert update(google, localId=user, customAttributes="no json").json()["error"]["message"] == "INVALID_CLAIMS"
    undone = update(google, localId=user, mfa={"enrollments": []})
    assert (undone.status_code, "does not change mfa" in undone.json()["error"]["message"]) == (501, True)


def test_a_service_needs_the_permission_that_the_engine_grants_it(cloud: Any, google: str) -> None:
    bearer = tokens.access_token(cloud.home, cloud.account("sync-payments"), time.time())
    headers = {"Authorization": f"Bearer {bearer}"}
    asked = FirebaseAccounts(P, lambda: headers, f"http://{google}/v1")
    with pytest.raises(Unavailable, match="does the service have its role"):
        asked.get("nobody")
    cloud.world.put(
        Resource("gcp:projects/iAMCustomRole:IAMCustomRole", ROLE, "u", {"permissions": ["firebaseauth.users.get"]})
    )
    cloud.bind("projects/iAMMember:IAMMember", ROLE, "sync-payments", project=P)
    assert asked.get("nobody") is None
    with pytest.raises(Unavailable):
        asked.set_claims("nobody", {})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer owner"}, {"Authorization": "Bearer forged"}])
def test_under_the_real_name_no_one_is_the_owner(google: str, headers: dict[str, str]) -> None:
    answer = requests.get(f"http://{google}/v1/projects/{P}/accounts:batchGet", headers=headers, timeout=5)
    assert answer.status_code == 401


def test_what_was_never_started_is_waited_for_and_told_as_a_step_of_a_persons(
    cloud: Any, google: str, accounts: FirebaseAccounts
) -> None:
    world = World(cloud.home / "world.db")
    world.put(Resource(human_steps.UNDONE, human_steps.SIGN_IN, ""))
    try:
        raw = requests.post(f"http://{google}/v1/accounts:signUp?key=k", json={**PERSON, "email": "x@y.zz"}, timeout=5)
        assert (raw.status_code, raw.json()["error"]["message"]) == (400, "CONFIGURATION_NOT_FOUND")
        for ask in (lambda: accounts.get("u1"), lambda: accounts.by_email("a@b.c"), accounts.page):
            with pytest.raises(NotSent, match="press Get started"):
                ask()
        with pytest.raises(AuthenticationNotStarted):
            accounts.set_claims("u1", {})
    finally:
        world.remove(human_steps.UNDONE, human_steps.SIGN_IN)
        world.close()
    assert accounts.get("u1") is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "v1/accounts:signInWithIdp"),
        ("GET", f"v2/projects/{P}/config"),
        ("POST", f"v1/projects/{P}:createSessionCookie"),
        ("POST", f"v1/projects/{P}/accounts:batchCreate"),
        ("POST", f"v1/projects/{P}/tenants/t1/accounts"),
        ("GET", "v1/projects"),
        ("GET", "v1/recaptchaParams"),
        ("PUT", f"v1/projects/{P}/accounts"),
    ],
)
def test_what_the_rehearsal_s_authentication_does_not_do_is_said_at_once(google: str, method: str, path: str) -> None:
    answer = requests.request(method, f"http://{google}/identitytoolkit.googleapis.com/{path}", timeout=5)
    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert f"does not do {method} /identitytoolkit.googleapis.com/{path}" in answer.json()["error"]["message"]

"""Accounts as apps and administrators change them: in the requests of Firebase's own clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest

from localcloud.base.world import Resource, World
from localcloud.control.account_settings import AUDIENCE, CODE_LIFE, AccountSettings
from localcloud.control.identitytoolkit import BadRequestError, IdentityToolkit, NotDoneError

P = "acme-rehearsal"
ADA = {"email": "ada@acme.test", "password": "correct horse"}


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Auth:
    """The methods over a world of their own, and a clock that the test moves."""

    def __init__(self, home: Path) -> None:
        self.clock = Clock()
        self.world = World(home / "world.db")
        project = {"projectId": P, "name": P}
        self.world.put(Resource("gcp:organizations/project:Project", P, "u", project, {**project, "number": "1"}))
        self.toolkit = IdentityToolkit(home, self.world, self.clock)
        self.settings = AccountSettings(self.world, self.toolkit, self.clock)

    def seen(self, uid: str) -> Mapping[str, Any]:
        (found,) = self.toolkit.find({"localId": [uid]})["users"]
        return dict(found)

    def refresh(self, tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.toolkit.refresh({"grant_type": "refresh_token", "refresh_token": tokens["refreshToken"]})


@pytest.fixture
def auth(tmp_path: Path) -> Any:
    made = Auth(tmp_path)
    yield made
    made.world.close()


def refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        call()


def test_an_administrator_creates_an_account_with_all_that_is_known(auth: Auth) -> None:
    more = {"displayName": "Ada", "phoneNumber": "+4915112345678", "photoUrl": "https://a.test/p.png"}
    made = auth.settings.create({**ADA, **more, "localId": "ada-1", "emailVerified": True})
    assert made["localId"] == "ada-1"
    seen = auth.seen("ada-1")
    assert {name: seen[name] for name in more} == more
    assert (seen["email"], seen["emailVerified"]) == ("ada@acme.test", True)
    assert auth.toolkit.find({"phoneNumber": ["+4915112345678"]})["users"][0]["localId"] == "ada-1"
    refused(lambda: auth.settings.create({"localId": "ada-1"}), "DUPLICATE_LOCAL_ID")
    refused(lambda: auth.settings.create(ADA), "EMAIL_EXISTS")
    refused(lambda: auth.settings.create({"phoneNumber": "+4915112345678"}), "PHONE_NUMBER_EXISTS")
    refused(lambda: auth.settings.create({"localId": "eve", "phoneNumber": "+4915112345678"}), "PHONE_NUMBER_EXISTS")
    assert not auth.toolkit.find({"localId": ["eve"]}).get("users")
    refused(lambda: auth.settings.create({"phoneNumber": "12"}), "INVALID_PHONE_NUMBER")
    refused(lambda: auth.settings.create({**ADA, "email": "b@acme.test", "password": "short"}), "WEAK_PASSWORD")


def test_an_account_that_is_asked_for_in_two_ways_is_found_once(auth: Auth) -> None:
    auth.settings.create({**ADA, "localId": "ada-1", "phoneNumber": "+4915112345678"})
    by_all = {"localId": ["ada-1"], "email": ["ada@acme.test"], "phoneNumber": ["+4915112345678"]}
    assert [each["localId"] for each in auth.toolkit.find(by_all)["users"]] == ["ada-1"]
    assert "users" not in auth.toolkit.find({"federatedUserId": [{"providerId": "google.com", "rawId": "1"}]})
    with pytest.raises(NotDoneError, match="does not look up by initialEmail"):
        auth.toolkit.find({"initialEmail": ["ada@acme.test"]})


def test_an_anonymous_user_who_gets_an_address_and_a_password_stays_who_they_are(auth: Auth) -> None:
    before = auth.toolkit.sign_up({})
    linked = auth.toolkit.sign_up({**ADA, "idToken": before["idToken"]})
    assert (linked["localId"], linked["email"]) == (before["localId"], "ada@acme.test")
    assert auth.toolkit.sign_in(ADA)["localId"] == before["localId"]
    assert (
        jwt.decode(linked["idToken"], options={"verify_signature": False})["firebase"]["sign_in_provider"] == "password"
    )
    other = auth.toolkit.sign_up({})
    refused(lambda: auth.toolkit.sign_up({**ADA, "idToken": other["idToken"]}), "EMAIL_EXISTS")
    refused(lambda: auth.toolkit.sign_up({"idToken": other["idToken"]}), "MISSING_EMAIL")


@pytest.mark.parametrize("method", ["link", "send_code"])
def test_a_kind_of_link_that_is_not_made_is_said_before_anything_else(auth: Auth, method: str) -> None:
    wanted = {"requestType": "VERIFY_AND_CHANGE_EMAIL", "newEmail": "b@acme.test"}
    with pytest.raises(NotDoneError, match="makes no links of the kind VERIFY_AND_CHANGE_EMAIL"):
        getattr(auth.settings, method)(wanted)


def test_an_e_mail_link_is_not_linked_to_an_account_in_silence(auth: Auth) -> None:
    with pytest.raises(NotDoneError, match="does not link"):
        auth.settings.sign_in_by_link({"idToken": "t", "email": "b@acme.test", "oobCode": "c"})


def test_what_an_administrator_takes_away_is_gone(auth: Auth) -> None:
    auth.settings.create({**ADA, "localId": "ada-1", "displayName": "Ada", "phoneNumber": "+4915112345678"})
    auth.settings.update({"localId": "ada-1", "deleteAttribute": ["DISPLAY_NAME"], "deleteProvider": ["phone"]})
    assert not {"displayName", "phoneNumber"} & set(auth.seen("ada-1"))
    with pytest.raises(NotDoneError, match="does not change mfa"):
        auth.settings.update({"localId": "ada-1", "mfa": {}})


def test_nobody_signs_in_to_a_disabled_account_until_it_is_enabled(auth: Auth) -> None:
    tokens = auth.toolkit.sign_up(ADA)
    auth.settings.update({"localId": tokens["localId"], "disableUser": True})
    assert auth.seen(tokens["localId"])["disabled"] is True
    for call in (
        lambda: auth.toolkit.sign_in(ADA),
        lambda: auth.refresh(tokens),
        lambda: auth.toolkit.look_up({"idToken": tokens["idToken"]}),
    ):
        refused(call, "USER_DISABLED")
    refused(lambda: auth.toolkit.sign_in({**ADA, "password": "wrong horse"}), "INVALID_LOGIN_CREDENTIALS")
    auth.settings.update({"localId": tokens["localId"], "disableUser": False})
    assert auth.refresh(tokens)["user_id"] == tokens["localId"]


def test_revoked_sessions_end_and_a_new_one_can_begin(auth: Auth) -> None:
    tokens = auth.toolkit.sign_up(ADA)
    auth.clock.now += 5
    auth.settings.update({"localId": tokens["localId"], "validSince": str(int(auth.clock.now))})
    assert auth.seen(tokens["localId"])["validSince"] == str(int(auth.clock.now))
    refused(lambda: auth.refresh(tokens), "TOKEN_EXPIRED")
    refused(lambda: auth.toolkit.look_up({"idToken": tokens["idToken"]}), "TOKEN_EXPIRED")
    auth.clock.now += 5
    again = auth.toolkit.sign_in(ADA)
    assert auth.refresh(again)["user_id"] == tokens["localId"]
    refused(lambda: auth.refresh(tokens), "INVALID_REFRESH_TOKEN")


def test_a_user_changes_and_deletes_their_own_account(auth: Auth) -> None:
    tokens = auth.toolkit.sign_up(ADA)
    auth.clock.now += 5
    wanted = {"displayName": "Ada", "password": "another horse", "returnSecureToken": True}
    changed = auth.settings.change_own({"idToken": tokens["idToken"], **wanted})
    assert jwt.decode(changed["idToken"], options={"verify_signature": False})["name"] == "Ada"
    refused(lambda: auth.toolkit.sign_in(ADA), "INVALID_LOGIN_CREDENTIALS")
    refused(lambda: auth.refresh(tokens), "TOKEN_EXPIRED|INVALID_REFRESH_TOKEN")
    auth.settings.delete_own({"idToken": changed["idToken"]})
    refused(lambda: auth.toolkit.look_up({"idToken": changed["idToken"]}), "USER_NOT_FOUND")
    with pytest.raises(NotDoneError):
        auth.settings.change_own({"idToken": changed["idToken"], "emailVerified": True})


def test_only_disabled_accounts_are_deleted_in_a_batch_without_force(auth: Auth) -> None:
    for uid in ("one", "two"):
        auth.settings.create({"localId": uid})
    auth.settings.update({"localId": "two", "disableUser": True})
    told = auth.settings.delete_all({"localIds": ["one", "two", "nobody"]})
    assert [(each["index"], each["message"][:12]) for each in told["errors"]] == [(0, "NOT_DISABLED")]
    assert auth.settings.delete_all({"localIds": ["one"], "force": True}) == {}
    assert "users" not in auth.toolkit.find({"localId": ["one", "two"]})


def test_a_link_sets_a_password_once(auth: Auth) -> None:
    uid = auth.toolkit.sign_up(ADA)["localId"]
    link = auth.settings.link({"requestType": "PASSWORD_RESET", "email": ADA["email"], "returnOobLink": True})
    assert f"oobCode={link['oobCode']}" in link["oobLink"]
    code = {"oobCode": link["oobCode"]}
    assert auth.settings.reset_password(code)["requestType"] == "PASSWORD_RESET"
    auth.settings.reset_password({**code, "newPassword": "a new horse"})
    assert auth.toolkit.sign_in({**ADA, "password": "a new horse"})["localId"] == uid
    refused(lambda: auth.settings.reset_password({**code, "newPassword": "once more!"}), "INVALID_OOB_CODE")
    refused(lambda: auth.settings.link({"requestType": "PASSWORD_RESET", "email": "no@acme.test"}), "EMAIL_NOT_FOUND")
    with pytest.raises(NotDoneError):
        auth.settings.link({"requestType": "VERIFY_AND_CHANGE_EMAIL", "email": ADA["email"]})


def test_a_link_verifies_an_address_for_an_hour(auth: Auth) -> None:
    tokens = auth.toolkit.sign_up(ADA)
    for waits, code_is_good in ((CODE_LIFE, False), (0, True)):
        auth.settings.send_code({"requestType": "VERIFY_EMAIL", "idToken": tokens["idToken"]})
        code = auth.settings.codes({"project": P})["oobCodes"][-1]["oobCode"]
        tokens = {**tokens, "idToken": auth.refresh(tokens)["id_token"]}
        auth.clock.now += waits
        if code_is_good:
            auth.settings.change_own({"oobCode": code})
        else:
            refused(lambda code=code: auth.settings.change_own({"oobCode": code}), "EXPIRED_OOB_CODE")
            tokens = {**tokens, "idToken": auth.refresh(tokens)["id_token"]}
    assert auth.seen(tokens["localId"])["emailVerified"] is True


def test_whether_an_address_is_known_is_not_told_to_strangers(auth: Auth) -> None:
    said = auth.settings.send_code({"requestType": "PASSWORD_RESET", "email": "nobody@acme.test"})
    assert said["email"] == "nobody@acme.test"
    assert auth.settings.codes({"project": P})["oobCodes"] == []


def test_a_link_signs_in_whoever_reads_the_mail(auth: Auth) -> None:
    auth.settings.send_code({"requestType": "EMAIL_SIGNIN", "email": "new@acme.test"})
    code = auth.settings.codes({"project": P})["oobCodes"][0]["oobCode"]
    refused(lambda: auth.settings.sign_in_by_link({"email": "eve@acme.test", "oobCode": code}), "INVALID_OOB_CODE")
    entered = auth.settings.sign_in_by_link({"email": "new@acme.test", "oobCode": code})
    assert (entered["isNewUser"], auth.seen(entered["localId"])["emailVerified"]) == (True, True)


def custom_token(auth: Auth, **changes: Any) -> str:
    account = "admin@acme-rehearsal.iam.gserviceaccount.com"
    claims = {"iss": account, "sub": account, "aud": AUDIENCE, "uid": "u-1", "exp": int(auth.clock.now) + 3_600}
    return jwt.encode({**claims, **changes}, "", algorithm="none")


def test_a_custom_token_signs_in_with_its_claims(auth: Auth) -> None:
    entered = auth.settings.sign_in_by_token({"token": custom_token(auth, claims={"team": "blue"})})
    bearers = (entered["idToken"], auth.refresh(entered)["id_token"])
    for bearer in bearers:
        claims = jwt.decode(bearer, options={"verify_signature": False})
        assert (claims["sub"], claims["team"], claims["firebase"]["sign_in_provider"]) == ("u-1", "blue", "custom")
    assert auth.settings.sign_in_by_token({"token": custom_token(auth)})["isNewUser"] is False
    for wrong in ({"aud": "other"}, {"uid": ""}, {"exp": 5}):
        refused(lambda wrong=wrong: auth.settings.sign_in_by_token({"token": custom_token(auth, **wrong)}), "INVALID")
    auth.settings.update({"localId": "u-1", "disableUser": True})
    refused(lambda: auth.settings.sign_in_by_token({"token": custom_token(auth)}), "USER_DISABLED")

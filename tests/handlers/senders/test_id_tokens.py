"""Firebase ID tokens, signed with a key of our own."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import ANY

import jwt
import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.failures import Rejected, Unavailable
from handlers.senders import google_keys
from handlers.senders.id_tokens import Identity, Person
from tests import signing_keys

KEY, STRANGER = signing_keys.key(), signing_keys.key("stranger")
KEYS = {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "alg": "RS256"}]}


def token(key=KEY, kid="k1", algorithm="RS256", **changes):
    now = time.time()
    claims = {
        "iss": "https://securetoken.google.com/acme",
        "aud": "acme",
        "sub": "u1",
        "iat": now - 5,
        "auth_time": now - 60,
        "exp": now + 3600,
        "email": "ada@acme.test",
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return "Bearer " + jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def fetches():
    return []


@pytest.fixture
def who(fetches):
    def fetch():
        fetches.append(1)
        return KEYS, 3600.0

    return Identity("acme", time.monotonic, fetch)


def test_a_signed_in_user_is_known_by_id_and_email(who):
    assert who.verify(token()) == Person("u1", "ada@acme.test", signed_in=ANY)


def test_a_user_without_email_is_welcome(who):
    assert who.verify(token(email=None)) == Person("u1", "", signed_in=ANY)


def test_the_keys_are_fetched_once(who, fetches):
    for _ in range(5):
        who.verify(token())
    assert len(fetches) == 1


def test_made_up_key_ids_do_not_make_us_hammer_google(who, fetches):
    for number in range(20):
        with pytest.raises(Rejected):
            who.verify(token(kid=f"made-up-{number}"))
    assert len(fetches) == 1


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer not.a.token",
        "Bearer é.ü.ß",
        token(key=STRANGER),
        token(kid=""),
        token(key="acme" * 10, algorithm="HS256"),
        token(key=None, algorithm="none"),
        token(aud="other"),
        token(iss="https://securetoken.google.com/other"),
        token(iss="https://accounts.google.com"),
        token(exp=time.time() - 60),
        token(iat=time.time() + 3600),
        token(exp=None),
        token(sub=None),
        token(sub=""),
        token(sub="a/b"),
        token(sub="u" * 129),
        token(sub="."),
        token(sub=".."),
        token(sub="__staff__"),
        token(auth_time=time.time() + 3600),
        token(auth_time="yesterday"),
        token(auth_time=True),
    ],
)
def test_any_other_token_is_answered_with_401(who, header):
    with pytest.raises(Rejected) as rejection:
        who.verify(header)
    assert rejection.value.status == 401


def test_keys_are_read_over_http_and_kept_as_long_as_google_says(serve):
    url = serve([Route("/keys", lambda _: JSONResponse(KEYS, headers={"Cache-Control": "public, max-age=123"}))])
    assert google_keys.fetch_keys(f"{url}/keys") == (KEYS, 123.0)


@pytest.mark.parametrize("path", ["/nothing-here", "/no-json"])
def test_keys_that_cannot_be_had_close_the_door_for_now(serve, path):
    url = serve([Route("/no-json", lambda _: JSONResponse("no", media_type="text/html"))])
    with pytest.raises(Unavailable):
        Identity("acme", time.monotonic, lambda: google_keys.fetch_keys(url + path)).verify(token())


def test_an_outage_of_google_leaves_the_known_keys_in_use(clock):
    answers = iter([(KEYS, 60.0)])

    def fetch():
        found = next(answers, None)
        if found is None:
            raise Unavailable("Google is down")
        return found

    who = Identity("acme", lambda: clock().timestamp(), fetch)
    who.verify(token())
    clock.move(hours=1)
    assert who.verify(token()).user_id == "u1"


def test_a_strangers_made_up_key_stops_nobody_while_google_is_late(clock):
    gate, asked = threading.Event(), threading.Event()

    def fetch():
        asked.set()
        gate.wait(10)
        return KEYS, 3600.0

    who = Identity("acme", lambda: clock().timestamp(), fetch)
    gate.set()
    who.verify(token())
    clock.move(minutes=2)
    gate.clear()
    asked.clear()
    with ThreadPoolExecutor(20) as pool:
        stranger = pool.submit(who.verify, token(kid="made-up"))
        assert asked.wait(5)
        users = [pool.submit(who.verify, token()) for _ in range(19)]
        assert {user.result(timeout=3).user_id for user in users} == {"u1"}
        assert not stranger.done()
        gate.set()


def test_an_outage_of_google_is_not_met_by_a_question_for_each_request(clock):
    fetches = []

    def fetch():
        fetches.append(1)
        raise Unavailable("Google is down")

    who = Identity("acme", lambda: clock().timestamp(), fetch)
    for _ in range(20):
        with pytest.raises(Unavailable):
            who.verify(token())
    assert len(fetches) == 1


@pytest.mark.parametrize(
    ("claims", "is_proven"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({}, False),
        ({"email": None}, False),
        ({"email": None, "phone_number": "+15550100"}, True),
        ({"email_verified": False, "phone_number": "+15550100"}, False),
    ],
)
def test_a_user_is_proven_by_a_verified_address_or_a_telephone(who, claims, is_proven):
    assert who.verify(token(**claims)).is_proven is is_proven

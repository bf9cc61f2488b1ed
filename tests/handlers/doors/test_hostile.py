"""The public doors under hostile input: no 5xx, nothing kept, no memory lost; and no flipped bit is ever accepted."""

from __future__ import annotations

import gc
import http.client
import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from handlers.doors.edge_header import Edge
from handlers.doors.helpdesk_webhooks import HelpdeskDoor, ZendeskDoor
from handlers.doors.intent_requests import IntentsDoor
from handlers.doors.routing import MAX_BODY, route
from handlers.doors.staff_requests import StaffDoor
from handlers.doors.stripe_webhook import StripeDoor
from handlers.logs import Log
from handlers.senders import stripe_signatures
from handlers.senders.id_tokens import Identity
from handlers.work.acceptor import Acceptor

MIB = 1024 * 1024
MOST_GROWTH = 50 * MIB
KEY = "the-key-of-the-edge"
SEED = 20_261_126
AT_ONCE = 8  # connections
SECRET = "whsec_current"


def public_key():
    """A key of Google's as it publishes them."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", "alg": "RS256", "use": "sig"}


class Nothing:
    """A stream that forgets what is written to it."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass


class Client:
    """Sends requests over one connection, header bytes as they are, and returns their statuses."""

    def __init__(self, url):
        self.address = url.removeprefix("http://")
        self._connection = http.client.HTTPConnection(self.address, timeout=30)

    def post(self, path, body, headers):
        try:
            return self._status(path, body, headers)
        except (ConnectionError, http.client.HTTPException):
            self.close()
            if len(body) > MAX_BODY:
                return 413  # the server hangs up on what is too large while we still send: as good an answer
        return self._status(path, body, headers)  # the connection had been ended after an earlier answer

    def _status(self, path, body, headers):
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self):
        self._connection.close()


@pytest.fixture
def intake(serve, documents, queue, secret_cache, accounts, clock):
    log = Log({}, Nothing())
    secret_cache.kept |= {
        "edge-key": (KEY,),
        "zendesk-signing-secret": ("zendesk",),
        "helpdesk-signing-secret": ("whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz",),
    }
    acceptor = Acceptor(documents, queue, clock, log)
    identity = Identity("acme", time.monotonic, lambda: ({"keys": [public_key()]}, 3_600.0))
    doors = {
        "/webhooks/stripe": StripeDoor(secret_cache, acceptor, time.time, log, "live"),
        "/webhooks/zendesk": ZendeskDoor(secret_cache, acceptor, time.time, log),
        "/webhooks/helpdesk": HelpdeskDoor(secret_cache, acceptor, time.time, log),
        "/v1/intents/{kind}": IntentsDoor(identity, acceptor),
        "/v1/tickets/{ticket_id}/{kind}": StaffDoor(identity, acceptor, accounts),
    }
    routes = [route(path, door, log, gate=Edge(secret_cache)) for path, door in doors.items()]
    client = Client(serve(routes))
    yield client
    client.close()


def genuine(number=1):
    thing = {"customer": "cus_1", "note": "Zoë 👋"}
    event = {"id": f"evt_{number}", "type": "invoice.paid", "livemode": True, "data": {"object": thing}}
    return json.dumps(event, ensure_ascii=False).encode()


def signature(body, at=None, secret=SECRET):
    at = int(time.time()) if at is None else at
    return f"t={at},v1={stripe_signatures.sign(body, secret, at)}"


def truncated(chance):
    body = genuine(chance.random())
    return body[: chance.randrange(len(body))]


def huge(chance):
    return b"[" * (MAX_BODY + chance.randrange(1, MAX_BODY))


def deep(chance):
    depth = chance.randrange(1_000, 60_000)
    return b'{"id":' + b"[" * depth + b"]" * depth + b"}"


def not_a_number(chance):
    return chance.choice((b'{"id":NaN}', b'{"id":1e999}', b'{"id":-Infinity,"type":"x"}', b'{"data":{"x":NaN}}'))


def twice(chance):
    key = chance.choice((b"id", b"type", b"data"))
    return b'{"%s":"evt_1","%s":"evt_2","type":"invoice.paid","data":{"object":{}}}' % (key, key)


def surrogates(chance):
    return b'{"id":"evt_1","type":"invoice.paid","data":{"object":{"x":"\\ud8%02x"}}}' % chance.randrange(256)


def other_charset(chance):
    return genuine(1).decode().encode(chance.choice(("utf-16", "utf-32", "utf-7"))) + b"\xff"


def noise(chance):
    return chance.randbytes(chance.randrange(400))


BODIES = (truncated, deep, not_a_number, twice, surrogates, other_charset, noise)
HEADERS = (
    lambda body, chance: signature(body, int(time.time()) + chance.randrange(10**9)),
    lambda body, chance: signature(body, chance.randrange(10**9)),
    lambda body, chance: signature(body, secret="whsec_stranger"),
    lambda body, chance: "t=1,v1=" + "é" * chance.randrange(1, 99),
    lambda body, chance: f"t={'9' * chance.randrange(1, 5_000)},v1=00",
    lambda body, chance: ",".join(f"v1={chance.random()}" for _ in range(chance.randrange(300))),
    lambda body, chance: chance.choice(
        ("", "t=", "v1=", "t=x,v1=x", "t=1,t=2,v1=0", "v1,", "=,=", "t=-1,v1=00", "t=٣,v1=0")
    ),
    lambda body, chance: chance.randbytes(40).decode("latin-1").translate(dict.fromkeys((0, 10, 13))),
    # Properly signed: the body alone has to be refused.
    lambda body, chance: signature(body),
)
TOKENS = (
    "",
    "Bearer",
    "Bearer x.y.z",
    "Bearer " + "e" * 3_000,
    "Basic YQ==",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.",
)
PATHS = (
    "/webhooks/stripe",
    "/webhooks/stripe",
    "/webhooks/stripe",
    "/webhooks/zendesk",
    "/webhooks/helpdesk",
    "/v1/intents/signup_completed",
    "/v1/tickets/tkt_000000000000000000000000/reply",
)


def line(value):
    """A header's value as bytes that get past the server, which refuses control characters itself (RFC 9110, 5.5)."""
    given = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return given.translate(None, bytes(range(32)) + b"\x7f")


def hostile(client, chance):
    """Send one hostile request and return its status."""
    path, key = chance.choice(PATHS), chance.choice((KEY, KEY, KEY, "", "wrong", "é"))
    body = huge(chance) if chance.random() < 0.002 else chance.choice(BODIES)(chance)
    signed = line(chance.choice(HEADERS)(body, chance))
    headers = {
        "X-Edge-Key": key.encode(),
        "Content-Type": chance.choice(
            ("application/json", "application/json; charset=utf-16", "text/plain", "", "é")
        ).encode(),
        "Stripe-Signature": signed,
        "Authorization": chance.choice(TOKENS),
        "X-Zendesk-Webhook-Signature": signed,
        "X-Zendesk-Webhook-Signature-Timestamp": chance.choice(("", "2026-11-26T07:00:00Z", "9" * 400, "x")),
        "webhook-id": chance.choice(("", "msg_1", "x" * 3_000)),
        "webhook-timestamp": chance.choice(("", "1", "9" * 400, "-1", "NaN")),
        "webhook-signature": chance.choice((b"v1", b"v1,", b"v1,AAAA", b"v1a,x v1,y", signed)),
        "X-Correlation-Id": chance.choice(("", "correlation-1", "../../etc")),
    }
    return client.post(path, body, {name: line(value) for name, value in headers.items()})


def shared(client, times, work):
    """Return what `work(client, seed, times)` returns for each of some connections that share the work out."""
    shares = [times // AT_ONCE + (number < times % AT_ONCE) for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda each: on_its_own(client, work, *each), enumerate(shares)))


def on_its_own(client, work, number, times):
    with closing(Client(client.address)) as own:
        return work(own, SEED + number, times)


def attack(client, seed, times):
    chance = random.Random(seed)
    return Counter(hostile(client, chance) for _ in range(times))


def attacked(client, documents, times):
    """Attack so many times and return how often each status was answered, and by how much memory grew (bytes)."""
    shared(client, min(times, 100), attack)
    gc.collect()
    before = psutil.Process().memory_info().rss
    statuses = sum(shared(client, times, attack), Counter())
    gc.collect()
    growth = psutil.Process().memory_info().rss - before
    assert documents.kept == {}, "something was written"
    return statuses, growth


def flip(client, seed, times):
    chance, accepted = random.Random(seed), 0
    for number in range(times):
        body = genuine(number)
        header = signature(body)
        spot = chance.randrange(8 * (len(body) + 64))
        if spot < 8 * len(body):
            sent = bytearray(body)
            sent[spot // 8] ^= 1 << spot % 8
            body = bytes(sent)
        else:
            sent = bytearray(header.encode())
            sent[-1 - (spot // 8 - len(body))] ^= 1 << spot % 7
            header = sent.translate(None, b"\r\n\0").decode("latin-1")
        headers = {"X-Edge-Key": KEY, "Content-Type": "application/json", "Stripe-Signature": header.encode("latin-1")}
        accepted += client.post("/webhooks/stripe", body, headers) < 300
    return accepted


def flipped(client, times):
    """Flip one bit in body or signature of a genuine delivery, so many times; return how many were accepted."""
    return sum(shared(client, times, flip))


def hold(client, documents, times):
    statuses, growth = attacked(client, documents, times)
    sys.stdout.write(
        f"\n{times} hostile requests: {dict(sorted(statuses.items()))}; memory grew by {growth / MIB:.1f} MiB\n"
    )
    assert sum(statuses.values()) == times
    assert all(400 <= status < 500 for status in statuses), statuses
    assert growth < MOST_GROWTH


def test_hostile_requests_are_4xx_write_nothing_and_keep_no_memory(intake, documents):
    hold(intake, documents, 400)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_fifty_thousand_hostile_requests(intake, documents):
    hold(intake, documents, 50_000)


def test_no_flipped_bit_is_accepted(intake, documents):
    assert flipped(intake, 100) == 0
    assert documents.kept == {}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_none_of_ten_thousand_flipped_bits_is_accepted(intake, documents):
    accepted = flipped(intake, 10_000)
    sys.stdout.write(f"\n10000 flipped bits: {accepted} accepted, {len(documents.kept)} documents written\n")
    assert (accepted, documents.kept) == (0, {})


def test_a_genuine_delivery_is_accepted_by_the_same_doors(intake, documents):
    body = genuine()
    headers = {"X-Edge-Key": KEY, "Content-Type": "application/json", "Stripe-Signature": signature(body)}
    assert intake.post("/webhooks/stripe", body, headers) == 200
    assert set(documents.kept) == {"inbox/evt_1"}

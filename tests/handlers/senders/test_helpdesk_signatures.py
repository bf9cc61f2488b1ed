"""Signatures of helpdesks, genuine and hostile: Standard Webhooks and Zendesk."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.failures import Rejected
from handlers.senders import standard_webhooks as standard
from handlers.senders import stripe_signatures as stripe
from handlers.senders import zendesk_signatures as zendesk
from localcloud.saas import helpdesk_delivery

NOW = 1_795_435_200
BODY = b'{"type":"ticket.resolved"}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ISO = "2026-11-23T12:00:00Z"


def headers(body=BODY, secret=SECRET, at=NOW, id_="msg_1"):
    return (id_, str(at), f"v1,{standard.sign(id_, str(at), body, secret)}")


def test_the_example_of_the_documentation_is_genuine():
    # docs.svix.com/receiving/verifying-payloads/how-manual
    id_, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    assert standard.sign(id_, at, body, SECRET) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_index_tells_which_secret_was_used_and_one_of_several_signatures_is_enough():
    assert standard.verify(headers(), BODY, ["whsec_bmV3", SECRET], NOW) == 1
    id_, at, genuine = headers()
    assert standard.verify((id_, at, f"v1a,xxxx v1,AAAA {genuine}"), BODY, [SECRET], NOW) == 0


@pytest.mark.parametrize("skew", [-301, 301, -10_000_000, 10_000_000])
def test_a_timestamp_too_far_away_in_either_direction_is_rejected(skew):
    with pytest.raises(Rejected):
        standard.verify(headers(at=NOW + skew), BODY, [SECRET], NOW)
    other = datetime.fromtimestamp(NOW + skew, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(Rejected):
        zendesk.verify(other, zendesk.sign(other, BODY, "s"), BODY, ["s"], NOW)


@pytest.mark.parametrize(
    "values",
    [
        ("", str(NOW), "v1,AAAA"),
        ("msg_1", "", "v1,AAAA"),
        ("msg_1", "٣" + str(NOW)[1:], "v1,AAAA"),
        ("msg_1", "1e9", "v1,AAAA"),
        ("msg_1", "9" * 400, "v1,AAAA"),
        ("msg_1", str(NOW), ""),
        ("msg_1", str(NOW), "v1"),
        ("msg_1", str(NOW), "v1,"),
        ("msg_1", str(NOW), "v1,é"),
        ("msg_1", str(NOW), "v1,\ud800"),
        ("msg_\ud800", str(NOW), "v1,AAAA"),
        ("msg_1", str(NOW), "v1,A " * 5_000),
        ("m" * 10_000, str(NOW), "v1,AAAA"),
    ],
)
def test_malformed_headers_are_the_senders_fault(values):
    with pytest.raises(Rejected) as rejection:
        standard.verify(values, BODY, [SECRET], NOW)
    assert rejection.value.status == 400


@given(st.tuples(st.text(), st.text() | st.just(str(NOW)), st.text() | st.from_regex(r"(v1,?\w* ?){0,3}")), st.binary())
def test_no_headers_and_no_body_raise_anything_but_a_rejection(values, body):
    with pytest.raises(Rejected):
        standard.verify(values, body, [SECRET], NOW)


def test_a_secret_that_is_no_base64_is_a_key_all_the_same():
    assert standard.verify(headers(secret="whsec_%%"), BODY, ["whsec_%%"], NOW) == 0
    assert standard.verify(headers(secret="plain"), BODY, ["plain"], NOW) == 0


def test_zendesks_signature_is_the_one_that_our_helpdesk_makes():
    assert helpdesk_delivery.signature(ISO, BODY, "s3cret") == zendesk.sign(ISO, BODY, "s3cret")
    assert zendesk.verify(ISO, zendesk.sign(ISO, BODY, "old"), BODY, ["new", "old"], NOW) == 1
    fraction = "2026-11-23T12:00:00.123Z"
    assert zendesk.verify(fraction, zendesk.sign(fraction, BODY, "s"), BODY, ["s"], NOW) == 0


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        "now",
        str(NOW),
        "2026-11-23",
        "2026-13-40T99:99:99Z",
        "2026-11-23T12:00:00",
        "٢٠٢٦-11-23T12:00:00Z",
        "\ud800",
    ],
)
def test_a_malformed_time_is_the_senders_fault(timestamp):
    with pytest.raises(Rejected) as rejection:
        zendesk.verify(timestamp, "AAAA", BODY, ["s"], NOW)
    assert rejection.value.status == 400


@given(st.text() | st.just(ISO), st.text(), st.binary())
def test_nothing_a_stranger_sends_as_zendesk_raises_anything_but_a_rejection(timestamp, signature, body):
    with pytest.raises(Rejected):
        zendesk.verify(timestamp, signature, body, ["s"], NOW)


@given(st.data())
def test_no_flipped_bit_is_ever_accepted(data):
    body = bytearray(BODY)
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    body[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Rejected):
        standard.verify(headers(), bytes(body), [SECRET], NOW)
    with pytest.raises(Rejected):
        zendesk.verify(ISO, zendesk.sign(ISO, BODY, "s"), bytes(body), ["s"], NOW)


def test_without_any_secret_nothing_is_accepted():
    with pytest.raises(Rejected):
        standard.verify(headers(secret=""), BODY, [], NOW)
    with pytest.raises(Rejected):
        zendesk.verify(ISO, zendesk.sign(ISO, BODY, ""), BODY, [], NOW)


KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAA=")
WRITTEN = base64.b64encode(KEY).decode()


@pytest.mark.parametrize(
    "secret",
    [f"whsec_{WRITTEN}", WRITTEN, f"whsec_{WRITTEN.rstrip('=')}", WRITTEN.rstrip("="), f"v1,whsec_{WRITTEN}"],
)
def test_a_secret_is_taken_in_every_form_that_vendors_and_libraries_write_it(secret):
    signed = f"msg_1.{NOW}.".encode() + BODY
    signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert standard.verify(("msg_1", str(NOW), f"v1,{signature}"), BODY, [secret], NOW) == 0


@pytest.mark.parametrize("secret", ["", "whsec_", "v1,whsec_", "v1,"])
def test_a_secret_without_a_key_accepts_nothing(secret):
    signed = f"msg_1.{NOW}.".encode() + BODY
    signature = base64.b64encode(hmac.new(b"", signed, hashlib.sha256).digest()).decode()
    with pytest.raises(Rejected):
        standard.verify(("msg_1", str(NOW), f"v1,{signature}"), BODY, [secret], NOW)
    with pytest.raises(Rejected):
        zendesk.verify(ISO, zendesk.sign(ISO, BODY, ""), BODY, ["new", ""], NOW)
    with pytest.raises(Rejected):
        stripe.verify(f"t={NOW},v1={stripe.sign(BODY, '', NOW)}", BODY, ["new", ""], NOW)

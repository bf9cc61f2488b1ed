from __future__ import annotations

import asyncio
import base64
from random import Random
from typing import Any

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.answers.dns import Answer, Outcome, Question
from verify.judge.dkim import judge_dkim, judge_no_selector, judge_revoked
from verify.mail.aliases import Found, follow
from verify.mail.dkim_key import DkimError, parse

NAME = "google._domainkey.acme.test"
# A key of 512 bits that nothing is signed with: the libraries of today make none so short.
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMaz5c5v2sy/vnBEdegDgpx4RIuw5D6NuD/9XJkXh8FIAiXKXIiGQDzAwvT0CRNZOmzRvGM4"
    "ItbgAfU8zwR/rw0CAwEAAQ=="
)


def encoded(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    encoding = Encoding.Raw if form is PublicFormat.Raw else Encoding.DER
    return base64.b64encode(key.public_key().public_bytes(encoding, form)).decode()


def key_of(bits: int) -> str:
    return SHORT if bits == 512 else encoded(rsa.generate_private_key(65_537, bits))


GOOD = key_of(2_048)
EDWARDS = encoded(ed25519.Ed25519PrivateKey.generate(), PublicFormat.Raw)


def judged(*texts: str, outcome: Outcome = Outcome.ANSWER) -> dict[str, str]:
    answer = Answer(Question(NAME, "TXT"), outcome, texts, "timed out" if outcome is Outcome.FAILED else "")
    return {finding.id: str(finding.status) for finding in judge_dkim(NAME, Found(answer, (NAME,)))}


WELL = {"mail.dkim.record": "pass", "mail.dkim.key": "pass", "mail.dkim.use": "pass"}


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM1; k=rsa; p={GOOD}",
        f"p={GOOD}",
        f"v=DKIM1; h=sha1:sha256; s=email; t=s; n=a note; x=unknown; p={GOOD[:60]} {GOOD[60:]};",
        f"v=DKIM1; k=ed25519; p={EDWARDS}",
        f"v=DKIM1; p={encoded(rsa.generate_private_key(65_537, 2_048), PublicFormat.PKCS1)}",
    ],
    ids=["rsa", "bare", "every tag", "ed25519", "PKCS1"],  # two workers make different keys
)
def test_a_strong_key_in_use_is_well(text: str) -> None:
    assert judged(text) == WELL


@pytest.mark.parametrize(("bits", "status"), [(512, "fail"), (1_024, "warn"), (2_048, "pass"), (4_352, "warn")])
def test_a_short_rsa_key_is_not_a_pass(bits: int, status: str) -> None:
    assert judged(f"v=DKIM1; p={key_of(bits)}") == {**WELL, "mail.dkim.key": status}


def test_a_revoked_key_fails_and_is_no_mistake_of_syntax() -> None:
    assert judged("v=DKIM1; k=rsa; p=") == {**WELL, "mail.dkim.key": "fail"}


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        *[("t=y", "warn"), ("t=y:s", "warn"), ("h=sha1", "fail"), ("g=ada", "warn")],
        *[("s=tlsrpt", "fail"), ("s=*", "pass"), ("s=email", "pass"), ("h=sha1:sha256", "pass")],
        *[("s=email:tlsrpt", "warn"), ("s=tlsrpt : email", "warn"), ("s=*:email", "warn"), ("s=x:tlsrpt", "fail")],
    ],
)
def test_a_key_under_limits_or_under_test_is_told(tag: str, status: str) -> None:
    assert judged(f"v=DKIM1; {tag}; p={GOOD}") == {**WELL, "mail.dkim.use": status}


@pytest.mark.parametrize(
    "text",
    [
        "v=DKIM1",
        "v=DKIM1; p=!!",
        "v=DKIM1; p=AAAA",
        "p",
        "p=A; p=B",
        f"p={GOOD}; v=DKIM1",
        f"v=DKIM2; p={GOOD}",
        f"k=dsa; p={GOOD}",
        f"k=ed25519; p={GOOD}",
        f"p={encoded(ec.generate_private_key(ec.SECP256R1()))}",
        f"v=DKIM1; n=ü; p={GOOD}",
    ],
)
def test_a_record_that_no_verifier_can_use_fails_and_is_judged_no_further(text: str) -> None:
    assert judged(text) == {"mail.dkim.record": "fail"}


def test_none_and_two_records_fail_and_silence_is_unknown() -> None:
    assert judged(outcome=Outcome.NXDOMAIN) == {"mail.dkim.record": "fail"}
    assert judged("v=DKIM1; p=", f"v=DKIM1; p={GOOD}") == {"mail.dkim.record": "fail"}
    assert judged(outcome=Outcome.FAILED) == {"mail.dkim.record": "unknown"}


def test_without_a_selector_only_the_lack_of_any_key_can_be_told() -> None:
    told = {
        outcome: str(judge_no_selector(NAME, Answer(Question(NAME, "TXT"), outcome, detail="timed out")).status)
        for outcome in (Outcome.NXDOMAIN, Outcome.NODATA, Outcome.FAILED)
    }
    assert told == {Outcome.NXDOMAIN: "warn", Outcome.NODATA: "warn", Outcome.FAILED: "unknown"}


@pytest.mark.parametrize(
    ("texts", "outcome", "status"),
    [
        (("v=DKIM1; p=",), Outcome.ANSWER, "pass"),
        ((f"v=DKIM1; p={GOOD}",), Outcome.ANSWER, "fail"),
        (("nonsense",), Outcome.ANSWER, "fail"),
        ((), Outcome.NXDOMAIN, "fail"),
        ((), Outcome.FAILED, "unknown"),
    ],
)
def test_a_domain_that_sends_nothing_revokes_every_key(texts: tuple[str, ...], outcome: Outcome, status: str) -> None:
    assert judge_revoked(NAME, Answer(Question(NAME, "TXT"), outcome, texts)).status == status


def found(asking: Any, zone: dict[tuple[str, str], tuple[str, ...]]) -> Found:
    return asyncio.run(follow([NAME], "TXT", asking(zone)))[NAME]


def test_a_selector_that_is_an_alias_is_followed(asking: Any) -> None:
    zone = {(NAME, "CNAME"): ("a.test",), ("a.test", "CNAME"): ("b.test",), ("b.test", "TXT"): (f"p={GOOD}",)}
    got = found(asking, zone)
    assert (got.answer.data, got.names) == ((f"p={GOOD}",), (NAME, "a.test", "b.test"))


def test_an_alias_to_nowhere_and_a_circle_of_aliases_find_nothing(asking: Any) -> None:
    assert found(asking, {(NAME, "CNAME"): ("a.test",)}).answer.outcome is Outcome.NXDOMAIN
    circle = found(asking, {(NAME, "CNAME"): ("a.test",), ("a.test", "CNAME"): (NAME,)})
    assert (circle.answer.data, "do not end" in circle.answer.detail) == ((), True)


PARTS = (
    "v=DKIM1",
    "k=rsa",
    "k=ed25519",
    "h=sha256",
    "s=email",
    "t=s",
    "n=x y",
    f"p={GOOD}",
    f"p={EDWARDS}",
    "p=",
    "p=AAAA",
)
ODD = "=;: \taZ9+/-_é"


@pytest.mark.parametrize("services", ["email", "*", "email:tlsrpt", "tlsrpt:email", "*:email", "email:x"])
def test_a_list_of_services_is_warned_of_where_dkimpy_finds_no_key(services: str) -> None:
    record = f"v=DKIM1; s={services}; p={GOOD}"
    key, *_ = dkimpy.evaluate_pk(NAME.encode(), record.encode())
    assert judged(record)["mail.dkim.use"] == ("pass" if key else "warn")


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("n=key of 2026; p=", "pass"),
        ("n=Ann's key; p=", "warn"),
        ("n=Ann's and Bob's key; p=", "pass"),
        ('n=6" sign; p=', "warn"),
        ("n=since May (2026; p=", "warn"),
        ("n=since May (2026); p=", "pass"),
        ("n=a\\b; p=", "warn"),
    ],
)
def test_a_note_that_hides_the_key_from_mailauth_is_warned_of(record: str, status: str) -> None:
    """RFC 6376 section 3.6.1: the text of n= is not interpreted (findings/mailauth_dkim_notes.sh)."""
    assert judged(f"v=DKIM1; {record}{GOOD}")["mail.dkim.use"] == status


def test_a_note_behind_the_key_hides_nothing() -> None:
    assert judged(f"v=DKIM1; p={GOOD}; n=Ann's key")["mail.dkim.use"] == "pass"


def record_of(seed: int) -> str:
    """A key record of some good tags, of which a few characters were changed by chance."""
    draw = Random(seed)
    text = "; ".join(draw.sample(PARTS, draw.randint(1, 4)))
    for _ in range(draw.randint(0, 2)):
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice(ODD) + text[at + draw.randint(0, 1) :]
    return text


@pytest.mark.parametrize("examples", [200, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_key_that_we_take_dkimpy_takes_with_the_same_size(examples: int) -> None:
    # Not the other way round: dkimpy overlooks what is not base64, a second v and characters outside of ASCII. And it
    # returns no key for a service that it does not know, where we return the key and say that it signs no mail.
    @given(st.integers(0, 2**32).map(record_of))
    @settings(max_examples=examples, deadline=None)
    def compare(text: str) -> None:
        try:
            key = parse(text)
        except DkimError:
            return
        known = key.services in (None, {"*"}, {"email"})
        if not key.revoked and key.type == "rsa" and known:
            _, size, type_, _ = dkimpy.evaluate_pk(NAME.encode(), text.encode())
            assert (size, type_) == (key.bits, b"rsa")

    compare()


@pytest.mark.parametrize("text", [f"v=DKIM1; k=rsa; p={GOOD}", f"p={SHORT}", f"v=DKIM1;p={GOOD};"])
def test_what_dkimpy_takes_of_ordinary_records_we_take(text: str) -> None:
    assert parse(text).bits == dkimpy.evaluate_pk(NAME.encode(), text.encode())[1]

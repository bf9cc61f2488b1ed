from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from blueprint.finding import Status
from verify.judge.mail import judge_dkim, judge_dmarc, judge_spf, judge_spf_lookups
from verify.observe.dns import Answer, Outcome, Question
from verify.observe.spf import SpfTree
from verify.tags import TagError, parse_tags

NAME = "google._domainkey.acme.test"


def answer(*texts: str, outcome: Outcome = Outcome.ANSWER) -> Answer:
    return Answer(Question("acme.test", "TXT"), outcome, texts, "timed out" if outcome is Outcome.FAILED else "")


def dkim(bits: int) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


FAILED = answer(outcome=Outcome.FAILED)


@pytest.mark.parametrize(
    ("given_answer", "status"),
    [
        (answer("v=spf1 -all", "other text"), Status.PASS),
        (answer("v=spf1 -all", "V=SPF1 ~all"), Status.FAIL),
        (answer("v=spf10 -all"), Status.FAIL),
        (answer(outcome=Outcome.NXDOMAIN), Status.FAIL),
        (FAILED, Status.UNKNOWN),
    ],
)
def test_there_has_to_be_one_spf_record(given_answer: Answer, status: Status) -> None:
    assert judge_spf("acme.test", given_answer).status is status


@pytest.mark.parametrize(
    ("tree", "status"),
    [
        (SpfTree(10), Status.PASS),
        (SpfTree(11), Status.FAIL),
        (SpfTree(1, broken=("a.test has 0 SPF records",)), Status.FAIL),
        (SpfTree(1, unanswered=("a.test: SERVFAIL",)), Status.UNKNOWN),
    ],
)
def test_ten_lookups_are_the_limit(tree: SpfTree, status: Status) -> None:
    assert judge_spf_lookups("acme.test", tree).status is status


@pytest.mark.parametrize(("bits", "status"), [(2048, Status.PASS), (1024, Status.WARN)])
def test_a_short_rsa_key_is_not_a_pass(bits: int, status: Status) -> None:
    assert judge_dkim(NAME, answer(dkim(bits))).status is status


def test_an_ed25519_key_is_accepted_and_half_of_one_is_not() -> None:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    whole, half = (base64.b64encode(key).decode() for key in (raw, raw[:16]))
    assert judge_dkim(NAME, answer(f"v=DKIM1; k=ed25519; p={whole}")).status is Status.PASS
    assert judge_dkim(NAME, answer(f"v=DKIM1; k=ed25519; p={half}")).status is Status.FAIL


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(
    "text", ["v=DKIM1; p=", "v=DKIM1; p=!!", "v=DKIM1; p=AAAA", "p", f"p={elliptic()}", "p=A; p=B"]
)
def test_a_revoked_or_unreadable_key_fails(text: str) -> None:
    assert judge_dkim(NAME, answer(text)).status is Status.FAIL


def test_a_selector_that_could_not_be_asked_is_unknown_and_a_missing_one_fails() -> None:
    assert judge_dkim(NAME, FAILED).status is Status.UNKNOWN
    assert judge_dkim(NAME, answer(outcome=Outcome.NXDOMAIN)).status is Status.FAIL


PROMISED = "v=DMARC1; p=quarantine; rua=mailto:a@acme.test, mailto:dmarc@acme.test"


@pytest.mark.parametrize(
    ("given_answer", "status"),
    [
        (answer(PROMISED), Status.PASS),
        (answer(PROMISED.replace("quarantine", "none")), Status.FAIL),
        (answer(PROMISED.replace("mailto:dmarc@", "mailto:other@")), Status.FAIL),
        (answer(PROMISED, PROMISED), Status.FAIL),
        (answer("v=DMARC1; nonsense"), Status.FAIL),
        (answer(outcome=Outcome.NODATA), Status.FAIL),
        (FAILED, Status.UNKNOWN),
    ],
)
def test_dmarc_has_to_be_what_was_promised(given_answer: Answer, status: Status) -> None:
    assert judge_dmarc("acme.test", "quarantine", "dmarc@acme.test", given_answer).status is status


@given(st.text())
def test_a_tag_list_parser_raises_nothing_but_its_one_error(text: str) -> None:
    try:
        tags = parse_tags(text)
    except TagError:
        return
    assert tags

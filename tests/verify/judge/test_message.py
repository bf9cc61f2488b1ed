from __future__ import annotations

import asyncio
import base64
import ipaddress
from dataclasses import replace
from typing import Any

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests import signing_keys
from verify.answers.message import Arrived
from verify.judge.message import Authenticated, judge_message, judge_not_arrived
from verify.mail.dmarc_walk import walks
from verify.mail.signatures import author_domain, signatures
from verify.mail.spf_check import check_host
from verify.mail.spf_macros import Mail
from verify.observe.message import send_and_fetch

KEY = signing_keys.key()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
PLAIN = b"From: Ada <ada@acme.test>\r\nTo: b@acme.test\r\nSubject: Hi\r\n\r\nHello.\r\n"
NAME = "pm._domainkey.acme.test"
ZONE = {
    (NAME, "TXT"): (f"v=DKIM1; p={PUBLIC}",),
    ("send.acme.test", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",),
    ("_dmarc.acme.test", "TXT"): ("v=DMARC1; p=reject",),
}


def signed(domain: str = "acme.test", message: bytes = PLAIN, selector: str = "pm") -> bytes:
    header: bytes = dkimpy.sign(message, selector.encode(), domain.encode(), PEM)
    return header + message


ARRIVED = Arrived("192.0.2.1", "mail.test", "bounce@send.acme.test", signed())


def judged(
    asking: Any, arrived: Arrived, zone: dict[Any, Any] | None = None, broken: tuple[str, ...] = ()
) -> list[str]:
    ask = asking(zone or ZONE, broken)

    async def judge() -> list[str]:
        sender, author = arrived.sender.rpartition("@")[2], author_domain(arrived.raw)
        mail = Mail(ipaddress.ip_address(arrived.client), arrived.sender, arrived.helo, sender)
        result, why = await check_host(mail, ask)
        found = await signatures(arrived.raw, ask)
        places = await walks([author, sender, *(each.domain for each in found if each.domain)], ask)
        seen = Authenticated(author, sender, result, why, found, dict(places))
        return [str(finding.status) for finding in judge_message(arrived, seen)]

    return asyncio.run(judge())


def test_a_message_that_is_sent_signed_and_aligned_passes_all_three(asking: Any) -> None:
    assert judged(asking, ARRIVED) == ["pass", "pass", "pass"]


def test_either_of_the_two_carries_dmarc(asking: Any) -> None:
    assert judged(asking, replace(ARRIVED, client="198.51.100.1")) == ["fail", "pass", "pass"]
    assert judged(asking, replace(ARRIVED, raw=PLAIN)) == ["pass", "fail", "pass"]
    assert judged(asking, replace(ARRIVED, client="198.51.100.1", raw=PLAIN)) == ["fail", "fail", "fail"]


@pytest.mark.parametrize(
    "raw",
    [
        signed().replace(b"Hello", b"Jello"),
        signed().replace(b"From: Ada", b"From: Eve"),
        signed(selector="none"),
        signed().replace(b"b=", b"b=QUJD", 1),
        b"DKIM-Signature: nonsense\r\n" + PLAIN,
        b"DKIM-Signature: v=1; d=acme.test; s=pm\r\n" + PLAIN,
    ],
)
def test_a_signature_that_does_not_hold_is_none(asking: Any, raw: bytes) -> None:
    assert judged(asking, replace(ARRIVED, raw=raw)) == ["pass", "fail", "pass"]


def test_a_signature_of_a_part_of_the_body_is_warned_of_unless_another_signs_all(asking: Any) -> None:
    partly = dkimpy.sign(PLAIN, b"pm", b"acme.test", PEM, length=True)
    assert judged(asking, replace(ARRIVED, raw=partly + PLAIN)) == ["pass", "warn", "pass"]
    assert judged(asking, replace(ARRIVED, raw=partly + signed())) == ["pass", "pass", "pass"]


def test_a_key_that_admits_the_domain_alone_signs_for_no_name_below_it(asking: Any) -> None:
    strict = {**ZONE, (NAME, "TXT"): (f"v=DKIM1; t=s; p={PUBLIC}",)}
    below = dkimpy.sign(PLAIN, b"pm", b"acme.test", PEM, identity=b"@mail.acme.test") + PLAIN
    assert judged(asking, replace(ARRIVED, raw=below), strict) == ["pass", "fail", "pass"]
    assert judged(asking, replace(ARRIVED, raw=below)) == ["pass", "pass", "pass"]


def test_a_signature_by_sha_1_is_none_since_2018(asking: Any) -> None:
    old = dkimpy.sign(PLAIN, b"pm", b"acme.test", PEM, signature_algorithm=b"rsa-sha1") + PLAIN
    assert judged(asking, replace(ARRIVED, raw=old)) == ["pass", "fail", "pass"]


def test_a_signature_by_somebody_else_is_not_aligned(asking: Any) -> None:
    other = {**ZONE, ("pm._domainkey.other.test", "TXT"): ZONE[NAME, "TXT"]}
    elsewhere = replace(ARRIVED, sender="bounce@other.test", raw=signed("other.test"))
    zone = {**other, ("other.test", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",)}
    assert judged(asking, elsewhere, zone) == ["pass", "fail", "fail"]


def test_strict_alignment_takes_no_subdomain(asking: Any) -> None:
    strict = {**ZONE, ("_dmarc.acme.test", "TXT"): ("v=DMARC1; p=reject; aspf=s; adkim=s",)}
    assert judged(asking, replace(ARRIVED, raw=PLAIN), strict) == ["pass", "fail", "fail"]
    assert judged(asking, ARRIVED, strict) == ["pass", "pass", "pass"]


def test_what_could_not_be_asked_is_unknown(asking: Any) -> None:
    assert judged(asking, ARRIVED, broken=(NAME, "send.acme.test")) == ["unknown", "unknown", "unknown"]
    assert judged(asking, ARRIVED, broken=(NAME,)) == ["pass", "unknown", "pass"]


def test_a_message_without_dmarc_fails_it(asking: Any) -> None:
    bare = {key: value for key, value in ZONE.items() if key[0] != "_dmarc.acme.test"}
    assert judged(asking, ARRIVED, bare)[2] == "fail"


@pytest.mark.parametrize(
    ("header", "domain"),
    [("From: a@Acme.test", "acme.test"), ("From: a@x.test, b@y.test", ""), ("Subject: none", ""), ("From: <>", "")],
)
def test_the_author_is_one_address(header: str, domain: str) -> None:
    assert author_domain(f"{header}\r\n\r\n".encode()) == domain


def test_a_message_that_did_not_arrive_is_told() -> None:
    arrived = send_and_fetch(("127.0.0.1", 9), "a@acme.test", "b@acme.test", timeout=1)
    (finding,) = judge_not_arrived("acme.test", arrived.error)
    assert (finding.status, "127.0.0.1" in finding.observed) == ("fail", True)

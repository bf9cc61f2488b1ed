"""DKIM signatures by the standards; dkimpy signs, and its verdict is compared where the standards leave one way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import UTC, datetime
from random import Random
from typing import Any

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests import signing_keys
from verify.mail import dkim_message
from verify.mail.dkim_message import Field
from verify.mail.signatures import Signature, signatures

KEY = signing_keys.key()
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
NAME = "pm._domainkey.acme.test"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
PLAIN = b"From: Ada <ada@acme.test>\r\nTo: b@acme.test\r\nSubject: Hi\r\n\r\nHello.\r\n"

# RFC 8463 appendix A: the message, its signature and its key.
EXAMPLE = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
EXAMPLE_KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def verified(asking: Any, raw: bytes, key: str = f"v=DKIM1; p={PUBLIC}", name: str = NAME) -> Signature:
    (found,) = asyncio.run(signatures(raw, asking({(name, "TXT"): (key,)}), NOW))
    return found


def written(**tags: str | None) -> bytes:
    """A message whose signature is right but for what these tags change; None leaves a tag out."""
    body = base64.b64encode(hashlib.sha256(b"Hello.\r\n").digest()).decode()
    usual = {"v": "1", "a": "rsa-sha256", "d": "acme.test", "s": "pm", "h": "From:To:Subject", "bh": body}
    kept = {name: value for name, value in {**usual, **tags}.items() if value is not None}
    text = "; ".join(f"{name}={value}" for name, value in kept.items()) + ("" if "b" in kept else "; b=")
    message = dkim_message.read(PLAIN)
    field = Field(b"DKIM-Signature", f" {text}".encode())
    relaxed = kept.get("c", "simple").lower().startswith("relaxed")
    names = [name.strip() for name in kept.get("h", "").split(":")]
    value = KEY.sign(message.signed_data(names, field, relaxed), padding.PKCS1v15(), SHA256())
    signed = "" if "b" in kept else base64.b64encode(value).decode()
    return b"DKIM-Signature: " + text.encode() + signed.encode() + b"\r\n" + PLAIN


def test_the_example_of_the_standard_for_ed25519_holds(asking: Any) -> None:
    found = verified(asking, EXAMPLE, EXAMPLE_KEY, "brisbane._domainkey.football.example.com")
    assert (found.valid, found.why) == (True, "")
    changed = EXAMPLE.replace(b"hungry", b"thirsty")
    assert verified(asking, changed, EXAMPLE_KEY, "brisbane._domainkey.football.example.com").valid is False


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"c": "relaxed"},
        {"c": "simple/simple"},
        {"c": "Relaxed/Relaxed"},
        {"i": "@acme.test"},
        {"i": "ada@mail.acme.test"},
        {"q": "dns/txt"},
        {"q": "x/y : dns/txt"},
        {"t": "1", "x": "99999999999"},
        {"d": "Acme.Test", "s": "PM"},
        {"a": "RSA-SHA256"},
        {"z": "a|b", "unknown": "x"},
        {"h": "from : to:subject:from:x-none"},
    ],
    ids=str,
)
def test_a_signature_that_the_standard_admits_holds(asking: Any, tags: dict[str, str]) -> None:
    found = verified(asking, written(**tags))
    assert (found.valid, found.why, found.remark) == (True, "", "")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"v": "2"}, "not version 1"),
        ({"v": None}, "the tag v is missing"),
        ({"bh": None}, "the tag bh is missing"),
        ({"a": "rsa-sha1"}, "RFC 8301"),
        ({"a": "rsa-sha512"}, "not an algorithm of DKIM"),
        ({"a": "ed25519-sha256"}, "needs a key of type ed25519"),
        ({"h": "To:Subject"}, "does not name From"),
        ({"i": "@other.test"}, "not below d=acme.test"),
        ({"i": "@notacme.test"}, "not below d=acme.test"),
        ({"c": "nofws"}, "not a canonicalization"),
        ({"c": "relaxed/nofws"}, "not a canonicalization"),
        ({"q": "dns/txt2"}, "no way to the key"),
        ({"x": "1"}, "it has expired"),
        ({"t": "20", "x": "10"}, "before it begins"),
        ({"x": "soon"}, "not a number"),
        ({"l": "-1"}, "not a number"),
        ({"l": "9"}, "more than the 8 bytes"),
        ({"bh": "QUJD"}, "the body is not the one"),
        ({"b": "QUJD"}, "does not fit"),
        ({"b": "!"}, "not base64"),
        ({"b": ""}, "b= is empty"),
    ],
    ids=str,
)
def test_a_signature_that_the_standard_refuses_does_not(asking: Any, tags: dict[str, Any], words: str) -> None:
    found = verified(asking, written(**tags))
    assert (found.valid, words in found.why) == (False, True), found.why


@pytest.mark.parametrize(
    ("limits", "tags", "valid"),
    [
        ("t=s", {}, True),
        ("t=s", {"i": "@acme.test"}, True),
        ("t=s", {"i": "@mail.acme.test"}, False),
        ("t=", {"i": "@mail.acme.test"}, True),
        ("t=y", {}, False),
        ("t=y:s", {}, False),
        ("t=x", {}, True),
        ("h=sha256", {}, True),
        ("h=sha1:sha256", {}, True),
        ("h=sha1", {}, False),
        ("s=email", {}, True),
        ("s=*", {}, True),
        ("s=tlsrpt:email", {}, True),
        ("s=tlsrpt", {}, False),
        ("k=rsa", {}, True),
        ("n=a note", {}, True),
    ],
    ids=str,
)
def test_a_key_is_taken_within_its_limits(asking: Any, limits: str, tags: dict[str, str], valid: bool) -> None:
    assert verified(asking, written(**tags), f"v=DKIM1; {limits}; p={PUBLIC}").valid is valid


def test_a_part_of_the_body_is_signed_and_warned_of(asking: Any) -> None:
    found = verified(asking, written(l="8") + b"Buy this.\r\n")
    assert (found.valid, "anybody can add to it" in found.remark) == (True, True)


@pytest.mark.parametrize(("bits", "valid"), [(1_024, True), (2_048, True)])
def test_a_short_key_verifies_down_to_what_the_standard_says(asking: Any, bits: int, valid: bool) -> None:
    key = rsa.generate_private_key(65_537, bits)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert verified(asking, dkimpy.sign(PLAIN, b"pm", b"acme.test", pem) + PLAIN, f"p={public}").valid is valid


def test_of_several_signatures_each_is_judged_for_itself(asking: Any) -> None:
    both = dkimpy.sign(written(), b"pm", b"acme.test", PEM) + written()
    found = asyncio.run(signatures(both + b"more\r\n", asking({(NAME, "TXT"): (f"p={PUBLIC}",)}), NOW))
    assert [one.valid for one in found] == [False, False]
    found = asyncio.run(signatures(both, asking({(NAME, "TXT"): (f"p={PUBLIC}",)}), NOW))
    assert [one.valid for one in found] == [True, True]


def test_what_is_no_message_has_no_valid_signature(asking: Any) -> None:
    (found,) = asyncio.run(signatures(b"no header\r\n\r\nbody", asking({}), NOW))
    assert (found.valid, "is no header field" in found.why) == (False, True)


PIECES = (b"Hello.", b"  two  spaces ", b"\ttab\t", b"", b"", b" ", b"=20", b"end\t ")
FIELDS = (b"Subject:  Hi \t there ", b"Subject: a\r\n\tfolded  line", b"X-Empty:", b"To:b@acme.test", b"x-CASE:  y")


def message_of(seed: int) -> bytes:
    """A message of odd white space, put together by chance; it ends with CRLF, which dkimpy adds to no relaxed body."""
    draw = Random(seed)
    fields = [b"From: Ada <ada@acme.test>", *draw.choices(FIELDS, k=draw.randint(0, 4))]
    return b"\r\n".join([*fields, b"", *draw.choices(PIECES, k=draw.randint(0, 8)), b""])


@pytest.mark.parametrize(
    "form", [(header, body) for header in (b"simple", b"relaxed") for body in (b"simple", b"relaxed")]
)
def test_what_dkimpy_signs_we_verify_whatever_the_white_space(asking: Any, form: tuple[bytes, bytes]) -> None:
    wrong = []
    for seed in range(25):
        raw = message_of(seed)
        signed = dkimpy.sign(raw, b"pm", b"acme.test", PEM, canonicalize=form) + raw
        if not verified(asking, signed).valid:
            wrong.append((seed, raw, verified(asking, signed).why))
    assert wrong == []

"""DKIM keys in the forms that consoles show."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprint.dkim import DkimError, record, rsa_bits
from blueprint.spec import SpecError, parse

KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkRR9GzRDl2QaocH5GdfN6iqImiTgGetjP6GQojngMDoz/GBPHEwEpHz9Z"
    "N6gnMg35zodwZgQ8pXG8wHo0gV3s/er39n4XsJlecbP/ZEXqgUkINcJc+iU1SN8p/VegIL4p+UE3nj2Aw1/bkluM9PiBoayk"
    "YmSTnbhHx4ux1kSNpQIDAQAB"
)
"""Of 1,024 bits."""
SHORT_FORM = (
    "MIGJAoGBAKRFH0bNEOXZBqhwfkZ183qKoiaJOAZ62M/oZCiOeAwOjP8YE8cTASkfP1k3qCcyDfnOh3BmBDylcbzAejSBXez9"
    "6vf2fhewmV5xs/9kReqBSQg1wlz6JTVI3yn9V6Agvin5QTeePYDDX9uSW4z0+IGhrKRiZJOduEfHi7HWRI2lAgMBAAE="
)
"""The same as an RSAPublicKey, which RFC 6376 has and few consoles show."""
SHORT = "MEgCQQDBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBAgMBAAE="
"""An RSAPublicKey of 512 bits."""
WHOLE = f"v=DKIM1; k=rsa; p={KEY}"
PEM = "\n".join(
    ["-----BEGIN PUBLIC KEY-----", *(KEY[at : at + 64] for at in range(0, 216, 64)), "-----END PUBLIC KEY-----"]
)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"p={KEY}",
        f"k=rsa; p={KEY}",
        f"k=rsa;p={KEY};",
        f"V=DKIM1; K=RSA; P={KEY}",
        f"v=dkim1;k=rsa;p={KEY}",
        f"  v=DKIM1 ;  k = rsa ; p = {KEY[:64]} {KEY[64:]}  ",
        f'"v=DKIM1; k=rsa; p={KEY[:100]}" "{KEY[100:]}"',
        f'google._domainkey IN TXT ( "v=DKIM1; k=rsa; "\n  "p={KEY}" )',
        KEY,
        f"{KEY[:76]}\n{KEY[76:152]}\n{KEY[152:]}\n",
        PEM,
        f"p={SHORT_FORM}",
    ],
)
def test_it_is_read_whatever_the_console_shows(text: str) -> None:
    published = record(text)
    assert published.startswith("v=DKIM1; k=rsa; p=")
    assert published.partition("p=")[2] in (KEY, SHORT_FORM)
    assert record(published) == published


@pytest.mark.parametrize("text", [f"v=DKIM1;k=rsa;p={KEY}", f"v=DKIM1; t=s; k=rsa; p={KEY};"])
def test_a_record_that_is_right_is_published_as_it_is(text: str) -> None:
    assert record(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p=", "takes a key back"),
        ("v=DKIM1; k=rsa", "p= is missing"),
        (f"v=DKIM2; p={KEY}", "v=DKIM2 is not a version"),
        (f"k=dsa; p={KEY}", "k=dsa is not a kind"),
        (f"p={KEY[:-4]}", "is cut off or not an RSA key"),
        (f"p={KEY[:-1]}", "not whole base64"),
        (f"p={KEY[:60]}…{KEY[60:]}", "not whole base64"),
        (f"p={KEY}; p={KEY}", "comes twice"),
        (f"h=sha1; p={KEY}", "rules out sha256"),
        (f"s=web; p={KEY}", "not for mail"),
        ("p=TUlJQg==", "cut off or not an RSA key"),
        (f"k=ed25519; p={KEY}", "Ed25519 has 32"),
        ("COPY FROM THE CONSOLE", "is not a DKIM key"),
        (f"p={SHORT}", "has 512 bits"),
    ],
)
def test_it_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(DkimError, match=words):
        record(text)


@pytest.mark.parametrize(
    "shown",
    [
        "{}",
        "v=DKIM1\\; k=rsa\\; p={}",
        "resend._domainkey IN TXT v=DKIM1; k=rsa; p={}",
        "resend._domainkey.acme.test. 300 TXT k=rsa; p={}",
        'resend._domainkey\tIN\tTXT\t( "v=DKIM1; k=rsa; "\n\t"p={}" )  ; ----- DKIM key',
        "'v=DKIM1; k=rsa; p={}'",
        "“v=DKIM1; k=rsa; p={}”",
        "`k=rsa; p={}`\n",
        "v=DKIM1; s=*; k=rsa; p={}",
        "resend._domainkey.acme.test. IN 300 TXT k=rsa; p={}",
        "k=rsa; p={}.",
        "\u200bv=DKIM1; k=rsa; p={}\ufeff",
        "k=rsa; p={}=",
        "v=DKIM1; s=other:email; k=rsa; p={}",
    ],
)
def test_it_is_read_as_consoles_zone_files_and_mails_show_it(shown: str) -> None:
    read = record(shown.format(KEY))
    assert read.startswith("v=DKIM1; ")
    assert read.endswith(f"p={KEY}")


@pytest.mark.parametrize(
    ("shown", "published"),
    [
        ("v=DKIM1; k=RSA; p={}", "v=DKIM1; k=rsa; p={}"),
        ("v=DKIM1; K=rsa; p={}", "v=DKIM1; k=rsa; p={}"),
        ("v=DKIM1; k=rsa; h=SHA256; p={}", "v=DKIM1; k=rsa; h=sha256; p={}"),
        ("v=DKIM1; k=rsa; s=Email; p={}", "v=DKIM1; k=rsa; s=email; p={}"),
        ("v=DKIM1; k=rsa; n=Ask Ada; p={}", "v=DKIM1; k=rsa; n=Ask Ada; p={}"),
    ],
)
def test_verifiers_tell_capitals_apart_so_words_are_published_as_they_read_them(shown: str, published: str) -> None:
    assert record(shown.format(KEY)) == published.format(KEY)


def test_an_edwards_key_has_32_bytes() -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    assert record(f"k=ed25519; p={key}") == f"v=DKIM1; k=ed25519; p={key}"


@given(st.binary(max_size=300))
def test_bytes_that_are_no_key_raise_nothing_else(der: bytes) -> None:
    with contextlib.suppress(DkimError):
        assert rsa_bits(der) >= 0


@pytest.mark.parametrize(
    "host", ["S1.domainkey.u1.wl2.SendGrid.net.", " selector1-acme._domainkey.acme.onmicrosoft.com"]
)
def test_a_host_is_led_to_in_our_form(config: dict[str, Any], host: str) -> None:
    config["mail"]["dkim"]["google"] = host
    assert parse(config).mail.dkim["google"] == host.strip().rstrip(".").lower()


def test_a_selector_stands_alone(config: dict[str, Any]) -> None:
    config["mail"]["dkim"]["Google._domainkey.acme.test"] = WHOLE
    with pytest.raises(SpecError, match=r"Did you mean google\?"):
        parse(config)

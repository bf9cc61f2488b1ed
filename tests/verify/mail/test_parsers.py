"""Every parser of mail records meets what strangers publish: it raises nothing but its one error, and ends soon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.mail import (
    bimi_record,
    dkim_key,
    dkim_message,
    dkim_signature,
    dmarc_record,
    mta_sts,
    spf_syntax,
    tls_rpt,
    tlsa,
)
from verify.mail.nearly import _KINDS, nearly
from verify.mail.tags import TagError, parse_tags

PARSERS: tuple[tuple[Callable[[str], Any], type[ValueError]], ...] = (
    (spf_syntax.parse, spf_syntax.SpfError),
    (dkim_key.parse, dkim_key.DkimError),
    (dmarc_record.parse, dmarc_record.DmarcError),
    (mta_sts.parse_id, mta_sts.StsError),
    (mta_sts.parse_policy, mta_sts.StsError),
    (tls_rpt.parse, tls_rpt.TlsRptError),
    (bimi_record.parse, bimi_record.BimiError),
    (tlsa.parse, tlsa.TlsaError),
    (parse_tags, TagError),
    (dkim_signature.parse, dkim_signature.SignatureError),
    (lambda text: dkim_message.read(text.encode("utf-8", "surrogatepass")), dkim_message.MessageError),
    (lambda text: [nearly(kind, [text], lambda _: False) for kind in _KINDS], ValueError),
)
GOOD = (
    "v=spf1 include:_spf.x.test a:%{d2}/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{ir}.%{v}.x.test -all",
    "v=spf1 redirect=y.test exp=%{l1r-}.z.test moo=%%%_",
    "v=1; a=rsa-sha256; c=relaxed/simple; d=x.test; s=pm; i=@x.test; l=8; x=9; h=from:to; bh=QUJD; b=QUJD",
    "v=DKIM1; k=rsa; h=sha256; s=email; t=y:s; n=note; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMaz5c5v2sy",
    "v=DMARC1; p=reject; sp=none; np=quarantine; t=y; psd=n; adkim=s; fo=1:d; rua=mailto:a@x.test!10m,https://[::1]/r",
    "v=STSv1; id=20260101T000000;",
    "version: STSv1\r\nmode: enforce\r\nmx: *.x.test\r\nmx: mail.x.test\r\nmax_age: 604800\r\n",
    "v=TLSRPTv1; rua=mailto:a@x.test,https://x.test/v1",
    "v=BIMI1; l=https://x.test/logo.svg; a=https://[x",
    "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
)
ODD = 'aZ09=;:,/.!@%{}[]+-~?* \t\r\n"\\\x00\x7f\u00e9\u2028\ud800\U0001f600'


def fuzzed(seed: int) -> str:
    """Good records, mixed, cut and changed by chance."""
    draw = Random(seed)
    text = draw.choice(GOOD)
    if draw.random() < 0.3:
        other = draw.choice(GOOD)
        text = text[: draw.randrange(len(text))] + other[draw.randrange(len(other)) :]
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice(ODD) * draw.choice((0, 1, 1, 1, 300)) + text[at + draw.choice((0, 1, 1, 5)) :]
    return text


def meet(text: str) -> None:
    """Give every parser a record; raises what is none of its errors."""
    for parse, error in PARSERS:
        with suppress(error):
            parse(text)


@given(st.one_of(st.integers(0, 2**48).map(fuzzed), st.text()))
@settings(max_examples=300)
def test_a_parser_raises_nothing_but_its_one_error(text: str) -> None:
    meet(text)


@pytest.mark.parametrize("records", [10_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_of_many_records_none_raises_anything_else(records: int, verdict: Callable[[object], None]) -> None:
    for seed in range(records):
        meet(fuzzed(seed))
    verdict(f"{records} fuzzed records, {len(PARSERS)} parsers: nothing but their one error")


@pytest.mark.parametrize(("parse", "error"), PARSERS, ids=lambda each: getattr(each, "__qualname__", ""))
@pytest.mark.parametrize(
    "text",
    [
        "%{d" * 20_000,
        "v=spf1 a:" + ".1" * 30_000,
        "a=" + "%" * 60_000,
        "v=DMARC1" + ";=" * 20_000,
        "v=TLSRPTv1; rua=mailto:a@x.test" + "," * 20_000 + "\x7f",
        "v=TLSRPTv1; rua=mailto:a@x.test" + "  ,  " * 5_000 + "\x7f",
    ],
)
@pytest.mark.timeout(20)
def test_a_parser_ends_soon_on_what_was_made_to_hold_it_up(
    parse: Callable[[str], Any], error: type[ValueError], text: str
) -> None:
    with suppress(error):
        parse(text)

"""The parsers of headers and files: any text gets an answer, or the parser's one error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify.web.cookies import parse_cookie
from verify.web.csp import framed_by_anyone, parse_policies, script_holes
from verify.web.hsts import Hsts, HstsError, parse_hsts
from verify.web.securitytxt import SecurityTxtError, parse_security_txt

HEADERISH = st.text(alphabet="max-age=10;,\" includeSubDomains'*:preload\t", max_size=80) | st.text(max_size=80)
FILEISH = st.text(alphabet="Contact: Expires\n-#\r:mailto2030-12-31T00Z\ufeff", max_size=200) | st.text(max_size=200)


@given(HEADERISH)
def test_hsts_raises_its_one_error_only(text: str) -> None:
    with contextlib.suppress(HstsError):
        assert parse_hsts(text).max_age >= 0


@given(FILEISH)
@example("-----BEGIN PGP SIGNED MESSAGE-----")
def test_security_txt_raises_its_one_error_only(text: str) -> None:
    with contextlib.suppress(SecurityTxtError):
        assert parse_security_txt(text).contacts


@given(HEADERISH)
def test_policies_and_cookies_are_read_from_any_text(text: str) -> None:
    for policy in parse_policies(text):
        assert isinstance(script_holes(policy), tuple)
        assert framed_by_anyone(policy) in (True, False, None)
    assert parse_cookie(text).name == parse_cookie(text).name.strip()


@given(st.integers(0, 10**9), st.booleans(), st.booleans())
def test_hsts_comes_back_as_it_was_written(age: int, subdomains: bool, preload: bool) -> None:
    words = [f"max-age={age}", *(["includeSubDomains"] if subdomains else []), *(["preload"] if preload else [])]
    assert parse_hsts(" ; ".join(words)) == Hsts(age, subdomains, preload)


@pytest.mark.parametrize("text", ["max-age", "max-age=1; max-age=2", "max-age=१", "a b=c; max-age=1", ""])
def test_hsts_that_browsers_ignore_is_an_error(text: str) -> None:
    with pytest.raises(HstsError):
        parse_hsts(text)


def test_a_signed_file_is_read_without_its_armour() -> None:
    armoured = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Contact: https://acme.test/report
Expires: 2030-12-31T23:00:00+01:00
-----BEGIN PGP SIGNATURE-----

iQ==
-----END PGP SIGNATURE-----
"""
    assert parse_security_txt(armoured).contacts == ("https://acme.test/report",)
    assert parse_security_txt(armoured.replace("\n", "\r\n")).expires.isoformat() == "2030-12-31T23:00:00+01:00"

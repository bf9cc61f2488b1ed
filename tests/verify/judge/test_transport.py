from __future__ import annotations

import pytest

from verify.answers.dns import Answer, Outcome, Question
from verify.answers.page import Page
from verify.judge.bimi import judge_bimi, judge_enforced, judge_logo
from verify.judge.transport import judge_dane, judge_sts_hosts, judge_sts_policy, judge_sts_record, judge_tls_rpt
from verify.mail.bimi_record import BimiError
from verify.mail.bimi_record import parse as parse_bimi
from verify.mail.dmarc_walk import trace
from verify.mail.mta_sts import StsError, parse_id, parse_policy
from verify.mail.tls_rpt import TlsRptError
from verify.mail.tls_rpt import parse as parse_tls_rpt
from verify.mail.tlsa import TlsaError
from verify.mail.tlsa import parse as parse_tlsa

URL = "https://mta-sts.acme.test/.well-known/mta-sts.txt"
POLICY = "version: STSv1\nmode: enforce\nmx: smtp.google.com\nmx: *.mail.test\nmax_age: 1209600\n"
FAILED = Answer(Question("acme.test", "TXT"), Outcome.FAILED, detail="timed out")


def texts(*data: str) -> Answer:
    return Answer(Question("acme.test", "TXT"), Outcome.ANSWER if data else Outcome.NXDOMAIN, data)


def page(body: str = POLICY, status: int = 200, kind: str = "text/plain; charset=utf-8", error: str = "") -> Page:
    return Page(URL, status, {"content-type": kind}, body, error)


# RFC 8461 section 3.1
@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
        ("v=STSv1;id=1", "1"),
        ("v=STSv1 ; id=a ; x=y;", "a"),
        ("v=STSv1; id=", None),
        ("v=STSv1; id=2016-08-31", None),
        (f"v=STSv1; id={'1' * 33}", None),
        ("v=STSv1", None),
        ("id=1; v=STSv1", None),
        ("v=stsv1; id=1", None),
        ("v=STSv1; id=1; =x", None),
    ],
)
def test_an_mta_sts_record_is_read_or_refused(text: str, id_: str | None) -> None:
    if id_ is not None:
        assert parse_id(text) == id_
        return
    with pytest.raises(StsError):
        parse_id(text)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (texts("v=STSv1; id=1", "other"), "pass"),
        (texts("v=STSv1; id=1", "v=STSv1; id=2"), "fail"),
        (texts("v=STSv1; id="), "fail"),
        (texts(), "fail"),
        (FAILED, "unknown"),
    ],
)
def test_there_has_to_be_one_mta_sts_record(answer: Answer, status: str) -> None:
    assert judge_sts_record("_mta-sts.acme.test", answer).status == status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(), "pass"),
        (page(POLICY.replace("\n", "\r\n")), "pass"),
        (page(POLICY.replace("enforce", "testing").replace("1209600", "3600")), "pass"),
        (page(POLICY.replace("1209600", "3600")), "warn"),
        (page(kind="text/html"), "warn"),
        (page(POLICY.replace("enforce", "none")), "fail"),
        (page(POLICY.replace("1209600", "31557601")), "fail"),
        (page(POLICY.replace("1209600", "two weeks")), "fail"),
        (page(POLICY.replace("mode: enforce", "mode: strict")), "fail"),
        (page(POLICY.replace("version: STSv1\n", "")), "fail"),
        (page(POLICY.replace("*.mail.test", "*.*.test")), "fail"),
        (page(POLICY + "nonsense"), "fail"),
        (page("version: STSv1\nmode: enforce\nmax_age: 1209600"), "fail"),
        (page(POLICY + "x" * 70_000 + ": y"), "fail"),
        (page(status=404), "fail"),
        (page(status=301), "fail"),
        (page(error="SSLError: certificate verify failed"), "fail"),
        (page(error="ConnectTimeout: timed out"), "unknown"),
    ],
)
def test_the_policy_has_to_be_served_as_senders_take_it(found: Page, status: str) -> None:
    assert judge_sts_policy("acme.test", found)[0].status == status


def test_of_a_key_that_comes_twice_the_first_counts() -> None:
    policy = parse_policy(POLICY + "mode: none\nmax_age: 0\n")
    assert (policy.mode, policy.max_age) == ("enforce", 1_209_600)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("smtp.google.com", "pass"),
        ("SMTP.Google.com", "pass"),
        ("a.mail.test", "pass"),
        ("mail.test", "fail"),
        ("b.a.mail.test", "fail"),
        ("smtp.other.test", "fail"),
    ],
)
def test_a_star_stands_for_one_label_and_an_omitted_host_fails(host: str, status: str) -> None:
    assert judge_sts_hosts("acme.test", parse_policy(POLICY), ["smtp.google.com", host]).status == status


# RFC 8460 section 3
@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("v=TLSRPTv1;rua=mailto:reports@acme.test", ("mailto:reports@acme.test",)),
        ("v=TLSRPTv1; rua=mailto:a@b.test , https://r.test/v1;", ("mailto:a@b.test", "https://r.test/v1")),
        ("v=TLSRPTv1; rua=mailto:tls+a=b@acme.test", ("mailto:tls+a=b@acme.test",)),
        ("v=TLSRPTv1; rua=https://r.test/v1?d=acme,mailto:=@b.test", ("https://r.test/v1?d=acme", "mailto:=@b.test")),
        ("v=TLSRPTv1; rua=mailto:a@b.test?subject=x; ext=1", ("mailto:a@b.test?subject=x",)),
        ("v=TLSRPTv1; ext=a=b; rua=mailto:a@b.test", None),
        ("v=TLSRPTv1; rua==mailto:a@b.test", None),
        ("v=TLSRPTv1; rua=", None),
        ("v=TLSRPTv1;", None),
        ("v=TLSRPTv1; rua=reports@acme.test", None),
        ("v=TLSRPTv1; rua=http://r.test/v1", None),
        ("v=TLSRPTv1; rua=mailto:", None),
        ("v=TLSRPTv2; rua=mailto:a@b.test", None),
    ],
)
def test_a_tls_rpt_record_is_read_or_refused(text: str, addresses: tuple[str, ...] | None) -> None:
    assert judge_tls_rpt("_smtp._tls.acme.test", texts(text)).status == ("pass" if addresses else "fail")
    if addresses:
        assert parse_tls_rpt(text) == addresses
        return
    with pytest.raises(TlsRptError):
        parse_tls_rpt(text)


def test_tls_rpt_that_could_not_be_asked_is_unknown() -> None:
    assert judge_tls_rpt("_smtp._tls.acme.test", FAILED).status == "unknown"


SHA256 = "ab" * 32


@pytest.mark.parametrize(
    ("record", "signed", "status"),
    [
        (f"3 1 1 {SHA256}", True, "pass"),
        (f"2 0 1 {SHA256.upper()}", True, "pass"),
        (f"3 1 2 {SHA256}{SHA256}", True, "pass"),
        (f"3 1 1 {SHA256}", False, "fail"),
        (f"1 1 1 {SHA256}", True, "fail"),
        (f"3 1 2 {SHA256}", True, "fail"),
        (f"3 2 1 {SHA256}", True, "fail"),
        ("3 1 0 ", True, "fail"),
        ("3 1", True, "fail"),
    ],
)
def test_tlsa_records_count_under_dnssec_and_in_the_forms_for_mail(record: str, signed: bool, status: str) -> None:
    answer = Answer(Question("_25._tcp.mx.test", "TLSA"), Outcome.ANSWER, (record,))
    assert judge_dane("_25._tcp.mx.test", answer, signed).status == status


def test_a_tlsa_record_is_read_into_its_parts() -> None:
    assert parse_tlsa(f"3 1 1 {SHA256[:20]} {SHA256[20:]}") == (3, 1, 1, SHA256)
    with pytest.raises(TlsaError):
        parse_tlsa("a b c d")


BIMI = "v=BIMI1; l=https://acme.test/logo.svg; a=;"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (texts(BIMI), "pass"),
        (texts("v=BIMI1; l=; a=;"), "pass"),
        (texts("v=BIMI1; l=http://acme.test/logo.svg"), "fail"),
        (texts("v=BIMI1; a=https://acme.test/vmc.pem"), "fail"),
        (texts(BIMI, BIMI), "fail"),
        (texts(), "fail"),
        (FAILED, "unknown"),
    ],
)
def test_a_bimi_record_names_a_logo_by_https(answer: Answer, status: str) -> None:
    assert judge_bimi("default._bimi.acme.test", answer)[0].status == status


def test_a_domain_may_decline_a_logo() -> None:
    assert parse_bimi("v=BIMI1; l=; a=").declines
    with pytest.raises(BimiError):
        parse_bimi("l=https://acme.test/logo.svg; v=BIMI1")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("v=DMARC1; p=quarantine", "pass"),
        ("v=DMARC1; p=reject; sp=none", "fail"),
        ("v=DMARC1; p=none", "fail"),
        ("v=DMARC1; p=quarantine; t=y", "fail"),
        ("v=DMARC1; p=quarantine; pct=50", "fail"),
    ],
)
def test_a_logo_needs_a_policy_in_force(text: str, status: str) -> None:
    answer = Answer(Question("_dmarc.acme.test", "TXT"), Outcome.ANSWER, (text,))
    assert judge_enforced("acme.test", trace([("acme.test", answer)])).status == status


def test_a_logo_without_dmarc_fails_and_with_silence_is_unknown() -> None:
    none = Answer(Question("_dmarc.acme.test", "TXT"), Outcome.NXDOMAIN)
    assert judge_enforced("acme.test", trace([("acme.test", none)])).status == "fail"
    assert judge_enforced("acme.test", trace([("acme.test", FAILED)])).status == "unknown"


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps"><title>Acme</title></svg>'


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(LOGO, kind="image/svg+xml"), "pass"),
        (page(LOGO.replace("tiny-ps", "full"), kind="image/svg+xml"), "fail"),
        (page(LOGO, kind="text/html"), "fail"),
        (page(LOGO + " " * 40_000, kind="image/svg+xml"), "fail"),
        (page(LOGO, status=404, kind="image/svg+xml"), "fail"),
        (page(error="ConnectTimeout"), "unknown"),
    ],
)
def test_a_logo_is_served_in_the_form_that_mailboxes_take(found: Page, status: str) -> None:
    assert judge_logo("https://acme.test/logo.svg", found).status == status

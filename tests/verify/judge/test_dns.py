"""Each check of the DNS by the answers that turn it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import dns.dnssec
import dns.name
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from dns.rdatatype import RdataType
from hypothesis import given
from hypothesis import strategies as st

from blueprint.finding import Finding, Status
from blueprint.records import DnsRecord
from verify import run
from verify.answers.delegation import Above
from verify.answers.dns import Answer, Outcome, Question
from verify.answers.dnssec import Gaps, Signed, Trust
from verify.answers.page import Page
from verify.judge.aliases import judge_dangling, judge_takeover
from verify.judge.caa import judge_present_issuer, judge_promised_issuers
from verify.judge.dnssec import ds_text, judge_chain, judge_ds, judge_lifetime
from verify.judge.records import judge_ttls, judge_unexpected
from verify.promised import question_of
from verify.reach import Reach
from verify.scene import Subject
from verify.web.takeover import SERVICES, service_of

NOW = datetime(2026, 11, 26, tzinfo=UTC)
DAY = 86_400
Serve = Callable[..., tuple[str, int]]


def answer(name: str, type_: str, *data: str, outcome: Outcome = Outcome.ANSWER, ttl: int = 300) -> Answer:
    return Answer(
        Question(name, type_), outcome if data or outcome is not Outcome.ANSWER else Outcome.NODATA, data, ttl=ttl
    )


FAILED = answer("acme.test", "CAA", outcome=Outcome.FAILED)
NONE = answer("www.acme.test", "CAA")
GOOGLE = answer("acme.test", "CAA", '0 issue "pki.goog"', '0 issuewild "pki.goog"', '0 iodef "mailto:a@acme.test"')
NOBODY = answer("acme.test", "CAA", '0 issue ";"')


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([NONE, GOOGLE], Status.PASS),
        ([GOOGLE, NOBODY], Status.PASS),  # the closest record set counts, RFC 8659 section 3
        ([NOBODY, GOOGLE], Status.FAIL),
        ([answer("acme.test", "CAA", '0 issue "pki.goog; validationmethods=dns-01"')], Status.PASS),
        ([answer("acme.test", "CAA", '0 issue "letsencrypt.org"')], Status.FAIL),
        ([answer("acme.test", "CAA", '0 issuewild "pki.goog"')], Status.FAIL),
        ([answer("acme.test", "CAA", '0 issue "pki.goog"', '128 tbs "Unknown"')], Status.FAIL),  # RFC 8659 section 4.1
        ([answer("acme.test", "CAA", '0 issue "pki.goog"', '0 tbs "Unknown"')], Status.PASS),
        ([answer("acme.test", "CAA", '128 issue "pki.goog"', '128 iodef "mailto:a@acme.test"')], Status.PASS),
        ([answer("acme.test", "CAA", '0 issue "pki.goog; accounturi=https://pki.goog/a/1"')], Status.FAIL),  # RFC 8657
        ([answer("acme.test", "CAA", '0 issue "pki.goog;accounturi=x"', '0 issue "pki.goog"')], Status.PASS),
        ([NONE], Status.FAIL),  # the stack promises records
        ([FAILED], Status.UNKNOWN),
    ],
)
def test_caa_has_to_admit_the_promised_authorities(answers: list[Answer], status: Status) -> None:
    assert judge_promised_issuers("acme.test", ["pki.goog"], {"www.acme.test": answers}).status is status


@pytest.mark.parametrize(
    ("records", "status"),
    [
        (('0 issue "pki.goog"',), Status.PASS),
        (('0 issue "pki.goog"', '0 issuewild "pki.goog"'), Status.PASS),
        (('0 issue "pki.goog"', '0 issuewild ";"'), Status.FAIL),  # RFC 8659 section 4.3
        (('0 issue "pki.goog"', '0 issuewild "letsencrypt.org"'), Status.FAIL),
        (('0 issuewild "letsencrypt.org"',), Status.FAIL),
    ],
)
def test_caa_has_to_admit_the_wildcard_that_the_edge_shows(records: tuple[str, ...], status: Status) -> None:
    found = {"acme.test": [answer("acme.test", "CAA", *records)]}
    assert judge_promised_issuers("acme.test", ["pki.goog"], found).status is status


@pytest.mark.parametrize(
    ("issuer", "answers", "status"),
    [
        ("CN=R11,O=Let's Encrypt,C=US", [answer("a.test", "CAA", '0 iodef "mailto:a@a.test"')], Status.WARN),
        (
            "CN=R11,O=Let's Encrypt,C=US",
            [answer("a.test", "CAA", '0 issue "letsencrypt.org;accounturi=x"')],
            Status.PASS,
        ),
        ("CN=WE1,O=Google Trust Services,C=US", [GOOGLE], Status.PASS),
        ("CN=R11,O=Let's Encrypt,C=US", [GOOGLE], Status.FAIL),
        ("CN=R11,O=Let's Encrypt,C=US", [NONE], Status.WARN),
        ("O=Somebody", [GOOGLE], Status.UNKNOWN),
        ("", [FAILED], Status.UNKNOWN),
    ],
)
def test_caa_has_to_admit_who_issued_the_present_certificate(
    issuer: str, answers: list[Answer], status: Status
) -> None:
    assert judge_present_issuer("acme.test", issuer, "", answers).status is status


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([answer("app.acme.test", "MX"), answer("app.acme.test", "TXT", "note")], Status.PASS),
        ([answer("app.acme.test", "MX", "0 ")], Status.PASS),
        ([answer("app.acme.test", "TXT", "v=spf1 -all")], Status.PASS),
        ([answer("app.acme.test", "MX", "1 mail.other.test")], Status.FAIL),
        ([answer("app.acme.test", "TXT", "v=spf1 a -all")], Status.FAIL),
        ([answer("app.acme.test", "MX", outcome=Outcome.FAILED)], Status.UNKNOWN),
    ],
)
def test_mail_records_are_not_expected_at_web_hosts(answers: list[Answer], status: Status) -> None:
    assert judge_unexpected("acme.test", answers).status is status


@pytest.mark.parametrize(
    ("record", "ttl", "status"),
    [
        (DnsRecord("acme.test", "TXT", '"x"', ttl=120), 120, Status.PASS),
        (DnsRecord("acme.test", "TXT", '"x"', ttl=120), 7, Status.PASS),  # a resolver's, part of it over
        (DnsRecord("acme.test", "TXT", '"x"', ttl=120), 121, Status.FAIL),
        (DnsRecord("acme.test", "TXT", '"x"'), 301, Status.FAIL),
        (DnsRecord("acme.test", "CNAME", "x.test", ttl=3600, proxied=True), 301, Status.FAIL),
    ],
)
def test_no_record_is_kept_longer_than_promised(record: DnsRecord, ttl: int, status: Status) -> None:
    question = question_of(record)
    answers = {question: answer(question.name, question.type, "x", ttl=ttl)}
    assert judge_ttls("acme.test", [record], answers).status is status


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.ANSWER, Status.PASS),
        (Outcome.NODATA, Status.PASS),
        (Outcome.NXDOMAIN, Status.FAIL),
        (Outcome.FAILED, Status.UNKNOWN),
    ],
)
def test_a_cname_dangles_only_when_its_target_does_not_exist(outcome: Outcome, status: Status) -> None:
    assert judge_dangling("app.acme.test", "gone.test", answer("gone.test", "A", outcome=outcome)).status is status


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.title)
def test_a_takeover_fails_only_when_it_is_confirmed(service: object) -> None:
    found = next(one for one in SERVICES if one == service)
    target = f"acme{found.suffixes[0]}"
    assert service_of(target) == found
    there, gone = answer(target, "A", "192.0.2.1"), answer(target, "A", outcome=Outcome.NXDOMAIN)
    free = Page("http://app.acme.test/", 404, body=f"<p>{found.says}</p>")
    ours = Page("http://app.acme.test/", 200, body="<p>Acme</p>")

    def status(dns_answer: Answer, page: Page) -> Status:
        return judge_takeover("app.acme.test", target, found, dns_answer, page).status

    assert status(there, ours) is Status.PASS
    assert status(*((there, free) if found.says else (gone, ours))) is Status.FAIL
    assert status(there, Page("http://app.acme.test/", error="timed out")) is Status.UNKNOWN


def test_a_takeover_is_confirmed_by_fetching_the_page(nameserver: Serve, website: Serve) -> None:
    zone = "acme.test. 60 IN CNAME acme.github.io.\nacme.github.io. 60 IN A 127.0.0.1\n"
    site = website({"acme.test/": (404, {}, "There isn't a GitHub Pages site here.")})
    reach = Reach((nameserver(zone),), addresses={("acme.test", 80): site}, timeout=1)
    findings = run.findings(run.run(Subject("acme.test"), reach, NOW, only=["records"]))
    assert {finding.id: finding.status for finding in findings} == {
        "dns.cname.dangling": Status.PASS,
        "dns.cname.takeover": Status.FAIL,
    }


def signed_zone(
    bits: int = 2048, algorithm: int = 8, begins: float = -1, ends: float = 6
) -> tuple[Signed, Signed, str]:
    """The signed keys of acme.test, a signed record, and the DS record of the key; times are in days from NOW."""
    private = rsa.generate_private_key(65537, bits)
    origin = dns.name.from_text("acme.test")
    key = dns.dnssec.make_dnskey(private.public_key(), 8, flags=257)
    times = (int(NOW.timestamp() + begins * DAY), int(NOW.timestamp() + ends * DAY))
    keys = dns.rrset.from_rdata(origin, 3600, key)
    text = dns.rrset.from_text(origin, 300, "IN", RdataType.TXT, '"x"')
    made = [
        Signed("ns1", one, (dns.dnssec.sign(one, private, origin, key, *times),))  # type: ignore[arg-type]
        for one in (keys, text)
    ]
    if algorithm != 8:
        made[0] = Signed("ns1", dns.rrset.from_rdata(origin, 3600, key.replace(algorithm=algorithm)), ())
    return made[0], made[1], dns.dnssec.make_ds(origin, key, "SHA256").to_text()


def chain(
    trusted: list[str], keys: list[Signed], data: list[Signed], promised: bool = True, silent: str = ""
) -> Finding:
    return judge_chain("acme.test", Trust(tuple(trusted), promised), keys, data, Gaps(silent=silent))


def test_a_chain_holds_from_the_ds_record_down_and_breaks_at_each_link() -> None:
    keys, text, ds = signed_zone()
    other_keys, other_text, other_ds = signed_zone()
    assert chain([ds], [keys], [text]).status is Status.PASS
    assert chain([other_ds, ds], [keys], [text]).status is Status.PASS  # while a key is exchanged
    assert chain([], [keys], [text]).status is Status.PASS  # nobody above in view: the zone's own keys
    assert chain([other_ds], [keys], [text]).status is Status.FAIL
    assert chain([ds], [keys], [other_text]).status is Status.FAIL
    assert chain([ds], [keys], [Signed("ns1", text.records, ())]).status is Status.FAIL
    assert chain([ds], [Signed("ns1", keys.records, other_keys.signatures)], [text]).status is Status.FAIL
    assert chain([ds], [], []).status is Status.FAIL
    assert chain([], [], [], promised=False).status is Status.WARN
    assert chain([ds], [], [], silent="no answer").status is Status.UNKNOWN


def test_what_validators_have_given_up_counts_as_unsigned() -> None:
    keys, text, ds = signed_zone()
    sha1 = f"{ds.split()[0]} 8 1 {'AB' * 20}"
    old, _, _ = signed_zone(algorithm=5)
    assert chain([sha1], [keys], [text]).status is Status.WARN
    assert chain([ds], [old], []).status is Status.WARN


@pytest.mark.parametrize(
    ("begins", "ends", "status"),
    [
        (-1, 6, Status.PASS),
        (-1, 1, Status.PASS),  # Cloudflare signs for two days, anew for each answer
        (-27, 1, Status.WARN),
        (-9, -1, Status.FAIL),
        (1, 9, Status.FAIL),
    ],
)
def test_a_signature_has_its_time(begins: float, ends: float, status: Status) -> None:
    keys, text, _ = signed_zone(begins=begins, ends=ends)
    assert judge_lifetime("acme.test", [keys, text], NOW).status is status


DS = f"40098 13 2 {'AB' * 32}"


@pytest.mark.parametrize(
    ("above", "status"),
    [
        (Above("test", ds=(DS.lower(),)), Status.PASS),
        (Above("test", ds=(DS, f"1 13 2 {'CD' * 32}")), Status.FAIL),
        (Above("test"), Status.FAIL),
        (Above("test", error="timed out"), Status.UNKNOWN),
    ],
)
def test_the_zone_above_holds_the_promised_ds_record_alone(above: Above, status: Status) -> None:
    assert judge_ds("acme.test", above, f"acme.test. 3600 IN DS {DS}").status is status


@given(st.binary(min_size=20, max_size=48), st.integers(0, 65_535), st.integers(1, 60))
def test_a_ds_record_reads_the_same_however_it_is_written(digest: bytes, tag: int, at: int) -> None:
    text = digest.hex()
    split = f"{text[:at]} {text[at:]}"
    assert ds_text(f"acme.test. 60 IN DS {tag} 13 2 {split}") == ds_text(f"{tag} 13 2 {text.upper()}")

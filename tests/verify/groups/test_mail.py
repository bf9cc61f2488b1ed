"""The whole group on a bare domain, by real questions to a name server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from verify import run
from verify.answers.dns import Answer, Outcome, Question
from verify.groups import mail
from verify.reach import Reach
from verify.scene import Subject

ZONE = """
acme.test. 60 IN TXT "v=spf1 mx include:spf.test ~all"
acme.test. 60 IN MX 1 mx.acme.test.
mx.acme.test. 60 IN A 192.0.2.7
7.2.0.192.in-addr.arpa. 60 IN PTR mx.acme.test.
spf.test. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.acme.test. 60 IN TXT "v=DMARC1; p=reject; rua=mailto:d@acme.test"
pm._domainkey.acme.test. 60 IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_smtp._tls.acme.test. 60 IN TXT "v=TLSRPTv1; rua=mailto:d@acme.test"
_25._tcp.mx.acme.test. 60 IN TLSA 3 1 1 abababababababababababababababababababababababababababababababab
quiet.test. 60 IN TXT "v=spf1 -all"
quiet.test. 60 IN MX 0 .
_dmarc.quiet.test. 60 IN TXT "v=DMARC1; p=reject"
"""
PARENT = '_dmarc.test. 60 IN TXT "v=DMARC1; p=none; psd=y"\n'

Serve = Callable[..., tuple[str, int]]


def verified(reach: Reach, domain: str = "acme.test", selectors: tuple[str, ...] = ("pm",)) -> dict[str, str]:
    report = run.run(Subject(domain, more_selectors=selectors), reach, datetime.now(UTC), ("mail",))
    return {finding.id: str(finding.status) for finding in run.findings(report)}


def test_a_bare_domain_is_judged_by_good_practice(nameserver: Serve) -> None:
    found = verified(Reach((nameserver(ZONE),)))
    assert {id_: status for id_, status in found.items() if status != "pass"} == {"mail.dane.tlsa": "fail"}
    assert {"mail.spf.lookups", "mail.dkim.key", "mail.dmarc.policy", "mail.mx.reverse", "mail.tls_rpt.record"} <= set(
        found
    )
    assert not [
        id_ for id_ in found if id_.startswith(("mail.mta_sts", "mail.bimi", "mail.message", "mail.spf.senders"))
    ]


def test_without_a_selector_the_keys_are_not_guessed(nameserver: Serve) -> None:
    found = verified(Reach((nameserver(ZONE),)), selectors=())
    assert {id_: status for id_, status in found.items() if id_.startswith("mail.dkim")} == {
        "mail.dkim.selectors": "warn"
    }


@pytest.mark.parametrize(("provider", "id_"), [("other", "mail.dkim.selectors"), ("none", "mail.dkim.revoked")])
def test_a_launch_without_keys_has_them_revoked_only_where_nobody_sends(provider: str, id_: str) -> None:
    class Missing:
        async def ask(self, name: str, kind: str) -> Answer:
            return Answer(Question(name, kind), Outcome.NXDOMAIN)

    promised = SimpleNamespace(mail=SimpleNamespace(providers=(provider,)))
    subject = SimpleNamespace(domain="acme.test", selectors=(), promised=promised)
    (finding,) = asyncio.run(mail.dkim(SimpleNamespace(subject=subject, dns=Missing())))  # type: ignore[arg-type]
    assert finding.id == id_


def test_a_domain_that_neither_takes_nor_sends_mail_is_well(nameserver: Serve) -> None:
    found = verified(Reach((nameserver(ZONE),)), "quiet.test", ("none",))
    assert (found["mail.mx.published"], found["mail.spf.all"], found["mail.dmarc.policy"]) == ("pass", "pass", "pass")
    assert "mail.mx.address" not in found


def test_the_parents_servers_are_asked_for_the_names_above(nameserver: Serve) -> None:
    above = {"_dmarc.test"}
    own, parent = nameserver(ZONE, above), nameserver(PARENT)
    assert verified(Reach((own,)))["mail.dmarc.organization"] == "unknown"
    assert verified(Reach((own,), parents=(parent,)))["mail.dmarc.organization"] == "pass"


def test_what_was_meant_as_a_record_is_told_and_not_passed_over(nameserver: Serve) -> None:
    zone = f"""{ZONE.replace("v=TLSRPTv1;", "v=TLSRPTV1;").replace("v=spf1 mx", "v=spf1; mx")}
_mta-sts.acme.test. 60 IN TXT "v=STSv1 id=1"
default._bimi.acme.test. 60 IN TXT "v=BIMI2; l=https://acme.test/l.svg"
"""
    found = verified(Reach((nameserver(zone),)))
    almost = ("mail.tls_rpt.record", "mail.mta_sts.record", "mail.bimi.record", "mail.spf.single")
    assert {id_: found[id_] for id_ in almost} == dict.fromkeys(almost, "fail")


@pytest.mark.parametrize("name", ["acme.test", "spf.test", "_dmarc.acme.test", "mx.acme.test"])
def test_a_name_that_does_not_answer_is_never_a_failure(nameserver: Serve, name: str) -> None:
    found = verified(Reach((nameserver(ZONE, {name}),)))
    assert {status for id_, status in found.items() if id_ != "mail.dane.tlsa"} <= {"pass", "unknown"}
    assert "unknown" in found.values()

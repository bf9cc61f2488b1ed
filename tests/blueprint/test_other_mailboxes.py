"""A mailbox provider that is not listed: the spec says what its console shows, and the records follow.

The values are of the providers' own pages: fastmail.help 360060591153 ("Domains: advanced configuration"),
proton.me/support/custom-domain, kb.mailbox.org ("Using e-mails with a custom domain"; "SPF, DKIM and DMARC"),
infomaniak.com/en/support/faq ("link an external website": MX, SPF, DKIM), and the record sets that Migadu
(gist.github.com/tennox/f2836fb57e2ac3b54c0c044b7777eb35) and Zoho (zoho.com/mail/help, "Configure email delivery")
hand out. Keys are not theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from blueprint.records import DnsRecord, mta_sts_policy, records
from blueprint.spec import Spec, SpecError, parse

Consoles = Mapping[str, tuple[Sequence[str], str, Mapping[str, str]]]
KEY = "the key of the rehearsal's mailer"
CONSOLES: Consoles = {
    "Fastmail": (
        ["10 in1-smtp.messagingengine.com", "20 in2-smtp.messagingengine.com"],
        "spf.messagingengine.com",
        {f"fm{n}": f"fm{n}.acme.test.dkim.fmhosted.com" for n in (1, 2, 3)},
    ),
    "Proton": (
        ["10 mail.protonmail.ch", "20 mailsec.protonmail.ch"],
        "_spf.protonmail.ch",
        {f"protonmail{n}": f"protonmail{n}.domainkey.dabc123.domains.proton.ch" for n in ("", "2", "3")},
    ),
    "mailbox.org": (
        ["10 mxext1.mailbox.org.", "10 mxext2.mailbox.org.", "20 mxext3.mailbox.org."],
        "mailbox.org",
        {f"mbo000{n}": f"MBO000{n}._domainkey.mailbox.org." for n in (1, 2, 3, 4)},
    ),
    "Migadu": (
        ["10 aspmx1.migadu.com", "20 aspmx2.migadu.com"],
        "spf.migadu.com",
        {f"key{n}": f"key{n}.acme.test._domainkey.migadu.com." for n in (1, 2, 3)},
    ),
    "Zoho": (["10 mx.zoho.eu", "20 mx2.zoho.eu", "50 mx3.zoho.eu"], "zohomail.eu", {"zmail": KEY}),
    "Infomaniak": (["5 mta-gw.infomaniak.ch"], "spf.infomaniak.ch", {"20240112": KEY}),
}


def elsewhere(config: dict[str, Any], console: str = "Fastmail", **mail: Any) -> dict[str, Any]:
    """Return the config with its mailboxes where a console shows these values, and what else its mail says."""
    servers, include, keys = CONSOLES[console]
    ours = config["mail"]["dkim"]["resend"]
    dkim = {name: ours if key is KEY else key for name, key in {**keys, "resend": ours}.items()}
    held = {"provider": "other", "mx": servers, "spf_includes": [include], "dkim": dkim}
    return {**config, "mail": {**config["mail"], **held, **mail}}


def at_the_apex(spec: Spec, kind: str) -> list[DnsRecord]:
    return [one for one in records(spec, "192.0.2.1") if (one.name, one.type) == (spec.domain, kind)]


def problems(config: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        parse(config)
    return caught.value.problems


@pytest.mark.parametrize("console", CONSOLES)
def test_what_a_console_shows_is_published(config: dict[str, Any], console: str) -> None:
    servers, include, keys = CONSOLES[console]
    spec = parse(elsewhere(config, console))
    shown = [f"{one.priority} {one.content}" for one in at_the_apex(spec, "MX")]
    assert shown == [server.rstrip(".") for server in servers]
    (text,) = (one.content for one in at_the_apex(spec, "TXT"))
    assert text == f'"v=spf1 include:{include} -all"'
    named = {one.name for one in records(spec, "192.0.2.1")}
    assert {f"{selector}._domainkey.acme.test" for selector in keys} <= named


def test_servers_of_one_priority_are_records_of_their_own(config: dict[str, Any]) -> None:
    keys = [one.key for one in records(parse(elsewhere(config, "mailbox.org")), "192.0.2.1")]
    assert len(set(keys)) == len(keys)


def test_a_server_keeps_its_key_when_another_one_comes(config: dict[str, Any]) -> None:
    one = parse(elsewhere(config, mx="10 in1-smtp.messagingengine.com"))
    both = parse(elsewhere(config))
    assert {each.key for each in at_the_apex(one, "MX")} < {each.key for each in at_the_apex(both, "MX")}


def test_mta_sts_names_each_server(config: dict[str, Any]) -> None:
    policy = mta_sts_policy(parse(elsewhere(config, mta_sts="testing")))
    assert "mx: in1-smtp.messagingengine.com\r\nmx: in2-smtp.messagingengine.com\r\n" in policy


def test_one_server_needs_no_priority(config: dict[str, Any]) -> None:
    (record,) = at_the_apex(parse(elsewhere(config, mx="mta-gw.infomaniak.ch")), "MX")
    assert (record.priority, record.content) == (10, "mta-gw.infomaniak.ch")


def test_a_listed_providers_server_may_come_with_its_priority(config: dict[str, Any]) -> None:
    config["mail"]["mx"] = "5 alt.smtp.example.com"
    (record,) = at_the_apex(parse(config), "MX")
    assert (record.priority, record.content) == (5, "alt.smtp.example.com")


def test_a_provider_that_only_forwards_needs_no_key(config: dict[str, Any]) -> None:
    servers = ["10 mx1.improvmx.com", "20 mx2.improvmx.com"]
    ours = {"resend": config["mail"]["dkim"]["resend"]}
    forwarded = {"mx": servers, "spf_includes": ["spf.improvmx.com"], "dkim": ours, "unsigned": True}
    spec = parse(elsewhere(config, **forwarded))
    assert [one.content for one in at_the_apex(spec, "MX")] == ["mx1.improvmx.com", "mx2.improvmx.com"]
    names = {one.name for one in records(spec, "192.0.2.1")}
    assert {name for name in names if "_domainkey" in name} == {"resend._domainkey.acme.test"}


def test_a_server_of_ones_own_is_published_among_the_records(config: dict[str, Any]) -> None:
    config["records"] = [
        {"name": "mail", "type": "A", "content": "192.0.2.25"},
        {"name": "_spf", "type": "TXT", "content": "v=spf1 ip4:192.0.2.25 -all"},
    ]
    spec = parse(elsewhere(config, mx=["10 mail.acme.test"], spf_includes=["_spf.acme.test"]))
    assert [one.content for one in at_the_apex(spec, "MX")] == ["mail.acme.test"]


@pytest.mark.parametrize(
    ("mail", "sentence"),
    [
        ({"provider": "fastmail"}, "Did you mean other?"),
        ({"provider": "Proton Mail"}, "Did you mean other?"),
        ({"provider": "mailbox.org"}, "Did you mean other?"),
        ({"provider": "OVHcloud"}, "Did you mean other?"),
        ({"provider": "gandi"}, "other, which is any with its servers under mx"),
        ({"mx": []}, "spec.mail: mx names no server of the mailbox provider"),
        ({"spf_includes": []}, "spec.mail: spf_includes names nothing of the mailbox provider"),
        ({"dkim": {"resend": None}}, "spec.mail: dkim has no key of the mailbox provider"),
        ({"dkim": {"resend": None}}, "or set unsigned to true where that shows none"),
        ({"provider": "google-workspace", "mx": [], "unsigned": True}, "unsigned is for provider other alone; Google"),
        ({"mx": ["10 mx.example.com", "20 mx.example.com"]}, "mx names mx.example.com twice"),
        ({"mx": ["10 mx1.example.com", "mx2.example.com"]}, "mx: mx2.example.com has no priority"),
        ({"mx": ["70000 mx1.example.com"]}, "the priority is at most 65535"),
        ({"mx": ["mx1.example.com 10"]}, "Did you mean 10 mx1.example.com?"),
        ({"mx": ["mx1.example.com. (priority 10)"]}, "Did you mean 10 mx1.example.com?"),
        ({"mx": ["@ 3600 IN MX 10 mx1.example.com."]}, "Did you mean 10 mx1.example.com?"),
        ({"mx": ["10 https://mx1.example.com/"]}, "Did you mean 10 mx1.example.com?"),
        ({"mx": "10 mx1.example.com, 20 mx2.example.com"}, "such as 10 mx1.example.com"),
        ({"mx": [{"priority": 10, "host": "mx1.example.com"}]}, "spec.mail.mx: each mail server is a text of its"),
        ({"mx": [10]}, "spec.mail.mx: each mail server is a text of its priority and its host"),
        ({"mx": ["10 192.0.2.25"]}, "is not a mail server"),
        ({"mx": ["10 mail.acme.test"]}, "spec.mail.mx: mail to acme.test would go to mail.acme.test, which has no"),
        ({"senders": ["resend", "other"]}, "senders: other is a mailbox provider"),
        ({"provider": "google-workspace"}, "mx names 2 servers, and Google Workspace has one"),
        (
            {"provider": "none", "senders": [], "dkim": {}, "spf_includes": []},
            "says that nobody takes mail; drop mx",
        ),
        ({"spf_includes": [f"_spf{n}.example.com" for n in range(11)]}, "11 lookups"),
        ({"spf_includes": ["_spf.google.com", *(f"_spf{n}.example.com" for n in range(7))]}, "11 lookups"),
    ],
)
def test_what_cannot_work_is_refused(config: dict[str, Any], mail: dict[str, Any], sentence: str) -> None:
    if mail.get("dkim") == {"resend": None}:
        mail = {"dkim": {"resend": config["mail"]["dkim"]["resend"]}}
    found = problems(elsewhere(config, **mail))
    assert any(sentence in problem for problem in found), found

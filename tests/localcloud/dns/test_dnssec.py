"""DNSSEC, proven by validators that nobody here wrote."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdatatype
import pytest
from dns.message import Message

from localcloud.base import ports
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.dns import keys, trust_anchor
from localcloud.dns.snapshot import RENEW, Snapshot
from localcloud.dns.zone_builder import LIFETIME

Ask = Callable[..., Message]
Tool = Callable[[str], str]

QUESTIONS = {
    "SPF text": ("acme.test", "TXT", "v=spf1"),
    "MX": ("acme.test", "MX", "mx1.mail.example"),
    "long DKIM key": ("s1._domainkey.acme.test", "TXT", "IDAQAB"),
    "alias": ("alias.acme.test", "A", "203.0.113.9"),
    "proxied": ("www.acme.test", "A", "127.0.0.1"),
    "no such name": ("nobody.acme.test", "A", "ncache nxdomain"),
    "no such name below an alias": ("a.b.c.acme.test", "TXT", "ncache nxdomain"),
    "no data": ("direct.acme.test", "MX", "ncache nxrrset"),
    "no data at the apex": ("acme.test", "SRV", "ncache nxrrset"),
    "empty non-terminal": ("_domainkey.acme.test", "TXT", "ncache nxrrset"),
    "wildcard": ("pr-7.preview.acme.test", "TXT", "any preview"),
    "wildcard without the type": ("pr-7.preview.acme.test", "A", "ncache nxrrset"),
    "unsigned delegation": ("child.acme.test", "DS", "ncache nxrrset"),
}


def delv(tool: Tool, home: Path, port: int, name: str, kind: str) -> str:
    command = [tool("delv"), f"@{LOOPBACK}", "-p", str(port), "-a", str(home / "trust-anchor.key"), "+root=acme.test"]
    done = subprocess.run([*command, name, kind], capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("question", QUESTIONS)
def test_delv_validates(signed: World, server: int, home: Path, tool: Tool, question: str) -> None:
    name, kind, expected = QUESTIONS[question]
    output = delv(tool, home, server, name, kind)
    assert "fully validated" in output
    assert expected in output


def test_delv_refuses_the_zone_under_another_key(signed: World, server: int, home: Path, tool: Tool) -> None:
    other = keys.key(signed, "another zone")
    public = keys.dnskey(other).to_text().split(" ", 3)[3].replace(" ", "")
    (home / "trust-anchor.key").write_text(f'trust-anchors {{ acme.test. static-key 257 3 13 "{public}"; }};')
    assert "resolution failed" in delv(tool, home, server, "acme.test", "TXT")


def test_kdig_reads_records_and_signatures(signed: World, server: int, tool: Tool) -> None:
    command = [
        tool("kdig"),
        f"@{LOOPBACK}",
        "-p",
        str(server),
        "+dnssec",
        "acme.test",
        "TXT",
        "_dmarc.acme.test",
        "TXT",
    ]
    output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    assert '"v=spf1 include:_spf.mail.example -all"' in output
    assert '"v=DMARC1; p=reject; rua=mailto:dmarc@acme.test"' in output
    assert "RRSIG" in output


def test_signatures_come_only_when_asked_for(signed: World, ask: Ask) -> None:
    plain = ask("nobody.acme.test", "A")
    assert {rrset.rdtype.name for rrset in plain.authority} == {"SOA"}
    secure = ask("nobody.acme.test", "A", want_dnssec=True)
    assert {rrset.rdtype.name for rrset in secure.authority} == {"SOA", "NSEC", "RRSIG"}
    assert ask("acme.test", "RRSIG").answer


def test_a_zone_without_dnssec_carries_no_signatures(acme: World, ask: Ask) -> None:
    response = ask("acme.test", "MX", want_dnssec=True)
    assert [rrset.rdtype.name for rrset in response.answer] == ["MX"]
    assert ask("acme.test", "DNSKEY").answer == []
    assert trust_anchor(acme) == "trust-anchors {\n};\n"


def test_the_anchor_file_follows_the_world(acme: World, ask: Ask, home: Path, request: pytest.FixtureRequest) -> None:
    assert "static-key" not in (home / "trust-anchor.key").read_text()
    request.getfixturevalue("signed")
    ask("acme.test", "DNSKEY")
    assert (home / "trust-anchor.key").read_text() == trust_anchor(acme)
    assert "acme.test. static-key 257 3 13" in trust_anchor(acme)


def test_the_delegation_for_the_registrar_fits_the_key_that_is_served(signed: World, ask: Ask) -> None:
    told = keys.delegation(keys.key(signed, "zone-1"), "acme.test")
    served = ask("acme.test", "DNSKEY").answer[0][0]
    assert told["keyTag"] == dns.dnssec.key_id(served)
    ds = dns.dnssec.make_ds(dns.name.from_text("acme.test"), served, "SHA256")
    assert told["ds"] == f"acme.test. 3600 IN DS {str(ds).upper()}"


def test_whoever_makes_the_key_first_decides(signed: World) -> None:
    first = keys.key(signed, "zone-1").private_numbers()
    assert keys.key(signed, "zone-1").private_numbers() == first


def test_signatures_are_renewed_before_they_end(signed: World, home: Path) -> None:
    now = 1_800_000_000.0
    snapshot = Snapshot(signed, ports.load(home), lambda: now)

    def expiration() -> int:
        zone = snapshot.zones()[0]
        found = zone.signatures(zone.origin, dns.rdatatype.RdataType.MX)
        assert found is not None
        return int(found[0].expiration)

    assert expiration() == now + LIFETIME
    now += RENEW - 1
    assert expiration() == 1_800_000_000 + LIFETIME
    now += 1
    assert expiration() == now + LIFETIME

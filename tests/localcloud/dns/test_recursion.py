"""The resolver, asked by programs that nobody here wrote: from the root down, validated, along aliases."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.resolver
import pytest
from dns.message import Message

from localcloud import dns as local_dns
from localcloud.base import ports
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import Resource, World
from localcloud.dns import former_zones
from localcloud.dns.parent_zones import REGISTRATION

Tool = Callable[[str], str]
OLD = {"zone": "acme.test", "nameServers": ["ns1.host.example"]}


@pytest.fixture
def resolver(home: Path) -> Iterator[int]:
    """The port of a running resolver; use it after the fixture that fills the world."""
    with local_dns.serve(home):
        yield ports.load(home)["resolver"]


def ask(port: int, name: str, kind: str, *, checking: bool = True, **options: object) -> Message:
    query = dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]
    query.flags |= dns.flags.RD | dns.flags.AD | (0 if checking else dns.flags.CD)
    return dns.query.udp(query, LOOPBACK, timeout=5, port=port)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("acme.test", "TXT", "fully validated"),
        ("www.acme.test", "HTTPS", "fully validated"),
        ("alias.acme.test", "A", "203.0.113.9"),
        ("nobody.acme.test", "A", "negative response, fully validated"),
        ("direct.acme.test", "MX", "negative response, fully validated"),
        ("test", "DS", "fully validated"),
        ("nowhere", "A", "negative response, fully validated"),
        ("spf.mtasv.net", "TXT", "unsigned answer"),
    ],
)
def test_delv_validates_from_the_root(
    signed: World, resolver: int, home: Path, tool: Tool, name: str, kind: str, expected: str
) -> None:
    command = [tool("delv"), f"@{LOOPBACK}", "-p", str(resolver), "-a", str(home / "root-anchor.key")]
    done = subprocess.run([*command, name, kind], capture_output=True, text=True, timeout=20, check=False)
    assert expected in done.stdout + done.stderr


@pytest.mark.parametrize("program", ["dig", "kdig"])
def test_dig_and_kdig_hear_an_authentic_answer(signed: World, resolver: int, tool: Tool, program: str) -> None:
    command = [tool(program), f"@{LOOPBACK}", "-p", str(resolver), "+dnssec", "acme.test", "MX"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    flags = next(line for line in said.splitlines() if "flags:" in line.lower()).lower()
    assert " ra" in flags
    assert " ad" in flags
    assert "mx1.mail.example." in said


def test_dnspythons_stub_finds_addresses_of_name_servers_and_mail_providers(signed: World, resolver: int) -> None:
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers, stub.port = [LOOPBACK], resolver
    hosts = sorted(one.to_text() for one in stub.resolve("acme.test", "NS"))
    assert hosts == ["carl.ns.cloudflare.com.", "ines.ns.cloudflare.com."]
    assert stub.resolve("ada.ns.cloudflare.com", "A")[0].to_text() == LOOPBACK
    assert "v=spf1" in stub.resolve("_spf.google.com", "TXT")[0].to_text()
    with pytest.raises(dns.resolver.NXDOMAIN):
        stub.resolve("nobody.acme.test", "A")


def test_a_ds_record_of_another_key_makes_the_zone_bogus_unless_nobody_checks(signed: World, resolver: int) -> None:
    wrong = ["2371 13 2 " + "AB" * 32]
    servers = ["ines.ns.cloudflare.com", "carl.ns.cloudflare.com"]
    told = {"zone": "acme.test", "nameServers": servers, "ds": wrong}
    signed.put(Resource(REGISTRATION, "acme.test", "", told, told))
    assert ask(resolver, "acme.test", "MX").rcode() == dns.rcode.SERVFAIL
    unchecked = ask(resolver, "acme.test", "MX", checking=False)
    assert unchecked.answer
    assert not unchecked.flags & dns.flags.AD


def test_without_a_ds_record_the_zone_is_answered_for_and_not_authentic(signed: World, resolver: int) -> None:
    told = {"zone": "acme.test", "nameServers": ["ines.ns.cloudflare.com"], "ds": []}
    signed.put(Resource(REGISTRATION, "acme.test", "", told, told))
    answer = ask(resolver, "acme.test", "MX", want_dnssec=True)
    assert answer.answer
    assert not answer.flags & dns.flags.AD


def test_a_domain_that_was_not_moved_is_answered_for_by_the_host_before(acme: World, resolver: int) -> None:
    told = {**OLD, "ds": []}
    acme.put(Resource(REGISTRATION, "acme.test", "", told, told))
    assert ask(resolver, "acme.test", "A").rcode() == dns.rcode.SERVFAIL  # nobody serves it there
    assert former_zones.furnish(acme, "acme.test", "@ 300 IN A 203.0.113.80")
    assert ask(resolver, "acme.test", "A").answer[0][0].to_text() == "203.0.113.80"
    former_zones.leave(acme, "acme.test")
    assert ask(resolver, "acme.test", "A").answer[0][0].to_text() == LOOPBACK


def test_who_does_not_ask_for_recursion_is_refused(acme: World, resolver: int) -> None:
    query = dns.message.make_query("acme.test", "MX")
    query.flags &= ~dns.flags.RD
    assert dns.query.udp(query, LOOPBACK, timeout=5, port=resolver).rcode() == dns.rcode.REFUSED


def test_a_signed_zone_tells_the_registry_its_keys_and_a_proxied_name_what_it_speaks(
    signed: World, resolver: int
) -> None:
    told = ask(resolver, "acme.test", "CDS").answer[0][0].to_text()
    assert told == ask(resolver, "acme.test", "DS").answer[0][0].to_text()
    key = ask(resolver, "acme.test", "CDNSKEY").answer[0][0].to_text()
    assert key == ask(resolver, "acme.test", "DNSKEY").answer[0][0].to_text()
    spoken = ask(resolver, "www.acme.test", "HTTPS").answer[0][0].to_text()
    assert spoken.startswith('1 . alpn="h3,h2" ipv4hint="127.0.0.1"')
    off = {"zoneId": "zone-1", "settingId": "http3", "value": "off"}
    signed.put(Resource("cloudflare:index/zoneSetting:ZoneSetting", "zone-1/http3", "", off, off))
    assert 'alpn="h2"' in ask(resolver, "www.acme.test", "HTTPS").answer[0][0].to_text()
    assert not ask(resolver, "direct.acme.test", "HTTPS").answer

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import pytest
from dns.message import Message

from localcloud import dns as local_dns
from localcloud.base import ports
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import Resource, World

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
DKIM = f'"v=DKIM1; k=rsa; p={"A" * 200}" "{"B" * 200}IDAQAB"'
RECORDS: tuple[dict[str, Any], ...] = (
    {"name": "acme.test", "type": "CNAME", "content": "acme.hosting.test", "proxied": True},
    {"name": "www.acme.test", "type": "CNAME", "content": "acme.hosting.test", "proxied": True},
    {"name": "api.acme.test", "type": "A", "content": "203.0.113.7", "proxied": True},
    {"name": "old.acme.test", "type": "AAAA", "content": "100::", "proxied": True},
    {"name": "acme.test", "type": "MX", "content": "mx1.mail.example", "priority": 10.0},
    {"name": "acme.test", "type": "MX", "content": "mx2.mail.example", "priority": 20.0},
    {"name": "acme.test", "type": "TXT", "content": '"v=spf1 include:_spf.mail.example -all"'},
    {"name": "_dmarc.acme.test", "type": "TXT", "content": '"v=DMARC1; p=reject; rua=mailto:dmarc@acme.test"'},
    {"name": "s1._domainkey.acme.test", "type": "TXT", "content": DKIM},
    {"name": "acme.test", "type": "CAA", "data": {"flags": 0.0, "tag": "issue", "value": "pki.goog"}},
    {"name": "acme.test", "type": "CAA", "content": '0 issuewild "letsencrypt.org"'},
    {
        "name": "_sip._tcp.acme.test",
        "type": "SRV",
        "data": {"priority": 1.0, "weight": 2.0, "port": 5060.0, "target": "direct.acme.test"},
    },
    {"name": "direct.acme.test", "type": "A", "content": "203.0.113.9", "ttl": 60.0},
    {"name": "alias.acme.test", "type": "CNAME", "content": "direct.acme.test"},
    {"name": "outside.acme.test", "type": "CNAME", "content": "elsewhere.example"},
    {"name": "dangling.acme.test", "type": "CNAME", "content": "nobody.acme.test"},
    {"name": "ring.acme.test", "type": "CNAME", "content": "ring.acme.test"},
    {"name": "*.preview.acme.test", "type": "TXT", "content": '"any preview"'},
    {"name": "child.acme.test", "type": "NS", "content": "ns1.child.acme.test"},
    {"name": "ns1.child.acme.test", "type": "A", "content": "203.0.113.53"},
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ports.allocate(tmp_path)
    return tmp_path


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    world = World(home / "world.db")
    yield world
    world.close()


@pytest.fixture
def add(world: World) -> Callable[..., str]:
    """Put a record into the world as the provider does; returns its id."""

    def put(**inputs: Any) -> str:
        number = len(world.resources(RECORD))
        record = Resource(RECORD, f"record-{number}", f"urn:record-{number}", {"zoneId": "zone-1", "ttl": 1.0} | inputs)
        world.put(record)
        return record.id

    return put


@pytest.fixture
def acme(world: World, add: Callable[..., str]) -> World:
    """A world with the zone acme.test, not signed."""
    zone = {"name": "acme.test", "account": {"id": "account"}, "type": "full"}
    outputs = zone | {"nameServers": ["ines.ns.cloudflare.com", "carl.ns.cloudflare.com"]}
    world.put(Resource("cloudflare:index/zone:Zone", "zone-1", "urn:zone", zone, outputs))
    for record in RECORDS:
        add(**record)
    return world


@pytest.fixture
def signed(acme: World) -> World:
    """The zone acme.test with DNSSEC."""
    inputs = {"zoneId": "zone-1", "status": "active"}
    acme.put(Resource("cloudflare:index/zoneDnssec:ZoneDnssec", "zone-1", "urn:dnssec", inputs, inputs))
    return acme


@pytest.fixture
def server(home: Path) -> Iterator[int]:
    """A running server; use it after the fixture that fills the world. Yields its port."""
    with local_dns.serve(home):
        yield ports.load(home)["dns"]


Ask = Callable[..., Message]


@pytest.fixture
def ask(server: int) -> Ask:
    """Ask the running server by UDP, or by TCP: `ask("acme.test", "MX", want_dnssec=True, tcp=True)`."""

    def query(name: str, kind: str, tcp: bool = False, **options: Any) -> Message:
        send = dns.query.tcp if tcp else dns.query.udp
        return send(dns.message.make_query(name, kind, **options), LOOPBACK, timeout=5, port=server)

    return query


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return the path of a program that is used where it is installed."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"left out: {name} is not installed")
        return found

    return find

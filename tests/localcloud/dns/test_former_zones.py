from __future__ import annotations

from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype

from localcloud import dns as local_dns
from localcloud.base import ports
from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.dns import former_zones

TEXT = """@ SOA ns1.somewhere.example. host.somewhere.example. 1 2 3 4 5
@ NS ns1.somewhere.example.
legacy A 203.0.113.7
docs NS ns.docs.example.
* TXT "anything"
"""


def test_the_host_before_serves_its_zone_until_and_after_the_name_servers_change(home: Path, acme: World) -> None:
    assert former_zones.furnish(acme, "acme.test", TEXT)

    def asked(port: str, name: str, type_: str) -> dns.message.Message:
        return dns.query.udp(dns.message.make_query(name, type_), LOOPBACK, timeout=5, port=ports.load(home)[port])

    with local_dns.serve(home):
        assert "203.0.113.7" in asked("former", "legacy.acme.test", "A").to_text()
        assert "anything" in asked("former", "no-such.acme.test", "TXT").to_text()
        assert "ns.docs.example." in str(asked("former", "docs.acme.test", "A").authority)
        assert "ns1.former-host.example." in asked("former", "acme.test", "NS").to_text()
        assert "ns1.former-host.example." in asked("registry", "acme.test", "NS").to_text()
        former_zones.leave(acme, "acme.test")
        assert "cloudflare.com." in asked("registry", "acme.test", "NS").to_text()
        assert "203.0.113.7" in asked("former", "legacy.acme.test", "A").to_text()


def test_what_was_left_is_not_put_back(world: World) -> None:
    assert former_zones.furnish(world, "acme.test", TEXT)
    assert former_zones.points_there(world, "acme.test")
    former_zones.leave(world, "acme.test")
    assert not former_zones.furnish(world, "acme.test", TEXT)
    assert not former_zones.points_there(world, "acme.test")

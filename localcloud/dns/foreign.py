"""The few names of other people's zones that a launch leans on: the SPF records of the mail providers.

They are simulated. The shape is the real one (how many further lookups each costs a receiver), the addresses are the
documentation ranges of RFC 5737, so that no rehearsal says who really may send.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import dns.name

from localcloud.dns import building
from localcloud.dns.records import parse
from localcloud.dns.zone import Zone

SERIAL = 1
ZONES: Mapping[str, Mapping[str, str]] = {
    "google.com": {
        "_spf.google.com": (
            "v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all"
        ),
        "_netblocks.google.com": "v=spf1 ip4:192.0.2.0/26 ~all",
        "_netblocks2.google.com": "v=spf1 ip4:192.0.2.64/26 ~all",
        "_netblocks3.google.com": "v=spf1 ip4:192.0.2.128/26 ~all",
    },
    "amazonses.com": {"amazonses.com": "v=spf1 ip4:198.51.100.0/25 -all"},
    "mtasv.net": {"spf.mtasv.net": "v=spf1 ip4:198.51.100.128/25 ~all"},
    "zendesk.com": {"mail.zendesk.com": "v=spf1 ip4:203.0.113.0/25 ~all"},
}


@cache
def zones() -> tuple[Zone, ...]:
    """Return the foreign zones, unsigned."""
    return tuple(_zone(origin, texts) for origin, texts in ZONES.items())


def _zone(origin: str, texts: Mapping[str, str]) -> Zone:
    records = [parse({"name": name, "type": "TXT", "content": f'"{text}"'}) for name, text in texts.items()]
    nameservers = (f"ns1.{origin}", f"ns2.{origin}")
    zone = building.build(dns.name.from_text(origin), nameservers, records, lambda _name: False)
    building.number(zone.contents, nameservers, SERIAL)
    return zone

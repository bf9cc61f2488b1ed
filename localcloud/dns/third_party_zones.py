"""The few names of other people's zones that a launch leans on: of mail providers and of web hosts.

They are simulated. The shape is the real one (how many further lookups each costs a receiver), the addresses are the
documentation ranges of RFC 5737, so that no rehearsal says who really may send. One is more: the rehearsal's mailer
sends from loopback, and stands for Amazon SES, which sends for Resend. One key, whose private half nobody has, stands
for every key that a domain's CNAME leads to. What one spec alone leans on is in `localcloud/base/third_parties.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import dns.name

from blueprint.mail_authentication import txt_content
from localcloud.base.network import BY_OWN_NAME
from localcloud.base.ports import LOOPBACK
from localcloud.base.third_parties import KEY, NAMED, Named
from localcloud.base.world import Resource
from localcloud.dns import zone_builder
from localcloud.dns.records import Record, parse
from localcloud.dns.zone import Zone

SERIAL = 1
DKIM = "v=DKIM1; k=rsa; p=" + "".join(
    (
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqaALcJm0rZmq5EhIHocLqSr/XFp/hny0aJ6wBY3RD1Ood9p1vtCRBcrk",
        "LjS33VJFJqnorRGT6M0g9jJX2T3qKt7TgjkXPy2p1tmCtxFEQwth67P3ginX3gaBDlFSOKSZFVqI3OGajixgtPBRHY/MCApu+5Zz",
        "nhQl+5zB/e8WGOh0OSGyKi86+BSGLcGpPWjYFUOEzbrGQ0u9YeB77cIMPuV2TWuqZDKWy/lrrjtVQhDkwjywzNFnbFTriGris3LZ",
        "4RRGl9ApXH4hIzqXzs6yTTjqFyUfV5VQNXOaF+Aov+/RiTyugy1wcshVI7sIoc3zhdP6+9cm/8TfQ9q0sPUA/wIDAQAB",
    )
)
ZONES: Mapping[str, Mapping[str, str]] = {
    "google.com": {
        "_spf.google.com": (
            "v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all"
        ),
        "_netblocks.google.com": "v=spf1 ip4:192.0.2.0/26 ~all",
        "_netblocks2.google.com": "v=spf1 ip4:192.0.2.64/26 ~all",
        "_netblocks3.google.com": "v=spf1 ip4:192.0.2.128/26 ~all",
    },
    "amazonses.com": {"amazonses.com": f"v=spf1 ip4:198.51.100.0/25 ip4:{LOOPBACK} -all"},
    "mtasv.net": {"spf.mtasv.net": "v=spf1 ip4:198.51.100.128/25 ~all"},
    "zendesk.com": {"mail.zendesk.com": "v=spf1 ip4:203.0.113.0/25 ~all", "*.zendesk.com": DKIM},
    "outlook.com": {"spf.protection.outlook.com": "v=spf1 ip4:203.0.113.128/25 -all"},
    "onmicrosoft.com": {"*.onmicrosoft.com": DKIM},
    "mail.microsoft": {"*.dkim.mail.microsoft": DKIM},
    "sendgrid.net": {"*.sendgrid.net": DKIM},
}
HOSTS: Mapping[str, Mapping[str, str]] = {
    "google.com": {"smtp.google.com": "192.0.2.193"},
    "outlook.com": {"*.mail.protection.outlook.com": "203.0.113.200"},
    "amazonses.com": {
        f"feedback-smtp.{region}.amazonses.com": "198.51.100.1"
        for region in ("us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1")
    },
}

# Whose every name has an address: the rehearsal's own web host, and those that serve by their own name.
WEB_HOSTS = ("hosting.test", *(suffix.removeprefix(".") for suffix in BY_OWN_NAME))


SHORTEST = 4  # letters; a shorter second part may be a suffix, such as co.uk


def named(sources: Iterable[Resource]) -> tuple[Named, ...]:
    """Return what a spec leans on, of the resources of a world."""
    told = (one.inputs for one in sources if one.type == NAMED)
    return tuple((str(one["type"]), str(one["name"]), str(one["content"])) for one in told)


@cache
def zones(more: tuple[Named, ...] = ()) -> tuple[Zone, ...]:
    """Return the foreign zones, unsigned, with `more` records in those that they are of."""
    further: dict[str, list[Named]] = {}
    for one in more:
        further.setdefault(_origin(one[1]), []).append(one)
    origins = (origin for origin in dict.fromkeys((*ZONES, *further)) if origin not in WEB_HOSTS)
    made = (_zone(origin, _records(origin, further.get(origin, ()))) for origin in origins)
    return (*made, *map(_of_any_name, WEB_HOSTS))


def _origin(name: str) -> str:
    """Return the zone that a name is of, as far as that can be told by its parts."""
    known = next((origin for origin in (*ZONES, *WEB_HOSTS) if name == origin or name.endswith(f".{origin}")), None)
    labels = name.split(".")
    size = 3 if len(labels) > 2 and len(labels[-2]) < SHORTEST else 2
    return known or ".".join(labels[-size:])


def _of_any_name(origin: str) -> Zone:
    return _zone(origin, [parse({"name": f"*.{origin}", "type": "A", "content": LOOPBACK})])


def _records(origin: str, more: Iterable[Named]) -> list[Record]:
    named = [("TXT", name, txt_content(text)) for name, text in ZONES.get(origin, {}).items()]
    named += [("A", name, address) for name, address in HOSTS.get(origin, {}).items()]
    known = {(kind, name) for kind, name, _ in named}
    texts = [(kind, name, DKIM if content == KEY else content) for kind, name, content in more]
    named += [
        (kind, name, txt_content(content) if kind == "TXT" else content)
        for kind, name, content in texts
        if (kind, name) not in known
    ]
    return [parse({"name": name, "type": type_, "content": content}) for type_, name, content in named]


def _zone(origin: str, records: Sequence[Record]) -> Zone:
    nameservers = (f"ns1.{origin}", f"ns2.{origin}")
    zone = zone_builder.build(dns.name.from_text(origin), nameservers, records, lambda _name: False)
    zone_builder.number(zone.contents, nameservers, SERIAL)
    return zone

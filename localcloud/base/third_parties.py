"""Names of other people that a spec leans on, which a rehearsal has to have: senders, mail servers, who gets reports.

They are simulated, for nobody can be asked about them here: each answers as it has to, so that a rehearsal judges what
the launch publishes. Whether they really do is for `./launch verify` of production to say. The providers that everybody
may choose are in `localcloud/dns/third_party_zones.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from blueprint.mail_authentication import is_key, reports_elsewhere
from localcloud.base.world import OUTSIDE, Resource, World

if TYPE_CHECKING:
    from blueprint.spec import Spec  # which the DNS server does without

NAMED = "dns-others:record"  # inputs: type, name, content
SENDERS, SERVER = "v=spf1 ip4:203.0.113.64/26 ~all", "203.0.113.201"  # the documentation ranges of RFC 5737
ORGANIZATION = "v=DMARC1; p=reject; psd=n"  # psd=n: an organization of its own, RFC 9989 section 4.10.2
CONSENT = "v=DMARC1"  # RFC 9990 section 4
KEY = "key"  # stands for a DKIM key, whatever it is
Named = tuple[str, str, str]  # type, name, content


def furnish(world: World, spec: Spec) -> None:
    """Have the names that the spec leans on be there, and no others."""
    wanted = {f"{kind} {name}": {"type": kind, "name": name, "content": content} for kind, name, content in named(spec)}
    there = {one.id: one.inputs for one in world.resources(NAMED)}
    for gone in there.keys() - wanted.keys():
        world.remove(NAMED, gone)
    for id_, inputs in wanted.items():
        if there.get(id_) != inputs:
            world.put(Resource(NAMED, id_, OUTSIDE, inputs))


def named(spec: Spec) -> tuple[Named, ...]:
    """Return what has to be at which names of other people."""
    zones = (spec.domain, *spec.other_domains)
    return tuple(
        one for one in _wanted(spec) if not any(one[1] == zone or one[1].endswith(f".{zone}") for zone in zones)
    )


def _wanted(spec: Spec) -> Iterator[Named]:
    mail = spec.mail
    for include in mail.spf_includes:
        yield "TXT", include, SENDERS
    for _, host in mail.servers if mail.mx else ():
        yield "A", host, SERVER
    for target in (key for key in mail.dkim.values() if not is_key(key)):
        yield "TXT", target, KEY
    for target in mail.bounces.values():
        yield "A", target, SERVER
    host = mail.dmarc.report.rpartition("@")[2]
    yield "TXT", f"_dmarc.{host}", ORGANIZATION
    for domain in (spec.domain, *spec.other_domains):
        yield "TXT", reports_elsewhere(domain, mail.dmarc.report), CONSENT

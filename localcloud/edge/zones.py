"""The zones of the world as the edge serves them: settings, rules by phase, and where each proxied name leads."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from localcloud.base.world import Resource, World
from localcloud.edge import bulk_redirects, rules, settings
from localcloud.edge.bulk_redirects import Listed
from localcloud.edge.rules import Rule
from localcloud.edge.settings import Settings

ZONE = "cloudflare:index/zone:Zone"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
LIST = "cloudflare:index/list:List"
PACK = "cloudflare:index/certificatePack:CertificatePack"
UNIVERSAL_DAYS = 90  # of Universal SSL's certificates
ADDRESSES = frozenset({"A", "AAAA", "CNAME"})

log = logging.getLogger(__name__)
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Zone:
    """One zone. `origins` maps a proxied name to the contents of its records, `names` are all that have a record.

    `listed` are the redirects that rules of the account take from its lists, `certificate_days` how many days the
    certificates of packs are good for, by host.
    """

    name: str
    origins: Mapping[str, tuple[str, ...]]
    names: frozenset[str] = frozenset()
    settings: Settings = field(default_factory=Settings)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    listed: tuple[Listed, ...] = ()
    certificate_days: Mapping[str, int] = field(default_factory=dict)

    def certificate_life(self, host: str) -> timedelta:
        """Return for how long a certificate of the host is good: a pack that was ordered for it goes first."""
        return timedelta(days=self.certificate_days.get(host, UNIVERSAL_DAYS))

    def origin(self, host: str) -> tuple[str, ...] | None:
        """Return where a proxied host leads, by its records or a wildcard's (RFC 4592); None if it is not proxied."""
        if host in self.names or not host.endswith(f".{self.name}"):
            return self.origins.get(host)
        parent = host
        while parent != self.name:
            parent = parent.partition(".")[2]
            if f"*.{parent}" in self.origins or parent in self.names:
                return self.origins.get(f"*.{parent}")
        return None

    def has_certificate(self, host: str) -> bool:
        """Tell whether Universal SSL covers the host: the apex and one level below it, as far as it is proxied."""
        return self.name in (host, host.partition(".")[2]) and self.origin(host) is not None


def read(world: World) -> tuple[Zone, ...]:
    """Return all zones of the world; a rule that cannot be played is left out with a warning."""
    found = {type_: world.resources(type_) for type_ in (SETTING, RULESET, RECORD, PACK)}
    kept, zones = world.resources(LIST), world.resources(ZONE)
    return tuple(replace(_zone(zone, found), listed=_listed(zone, found[RULESET], kept)) for zone in zones)


def find(zones: Iterable[Zone], host: str) -> Zone | None:
    """Return the zone in which the host is a proxied name."""
    return next((zone for zone in zones if zone.origin(host) is not None), None)


def _zone(zone: Resource, resources: Mapping[str, Sequence[Resource]]) -> Zone:
    own = {
        type_: [one.inputs for one in found if one.inputs.get("zoneId") == zone.id]
        for type_, found in resources.items()
    }
    return Zone(
        name=_host(zone.inputs["name"]),
        origins=_origins(own[RECORD]),
        names=frozenset(_host(record.get("name")) for record in own[RECORD]),
        settings=settings.parse({str(one.get("settingId")): one.get("value") for one in own[SETTING]}),
        rules={phase: tuple(_rules(own[RULESET], phase)) for phase in rules.ACTIONS},
        certificate_days={
            _host(host): int(pack["validityDays"]) for pack in own[PACK] for host in pack.get("hosts") or ()
        },
    )


def _listed(zone: Resource, rulesets: Sequence[Resource], kept: Sequence[Resource]) -> tuple[Listed, ...]:
    """Return the items of the lists that rules of the zone's account play."""
    account = (zone.inputs.get("account") or {}).get("id")
    own = [one.inputs for one in rulesets if account and one.inputs.get("accountId") == account]
    named = [rule.parameters["fromList"]["name"] for rule in _rules(own, rules.LISTED)]
    items = (one.inputs.get("items") or () for one in kept if one.inputs.get("name") in named)
    return tuple(redirect for one in items for redirect in bulk_redirects.parse(one))


def _origins(records: Iterable[Inputs]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for record in records:
        if record.get("proxied") and record.get("type") in ADDRESSES:
            name = _host(record.get("name"))
            found[name] = (*found.get(name, ()), str(record.get("content", "")))
    return found


def _rules(rulesets: Iterable[Inputs], phase: str) -> list[Rule]:
    sound = []
    for rule in (rule for one in rulesets if one.get("phase") == phase for rule in rules.parse(one)):
        found = rules.rule_problems(rule, phase, "enterprise")
        if found:
            log.warning("left out %s of %s: %s", rule.name, phase, "; ".join(found))
        else:
            sound.append(rule)
    return sound


def _host(name: object) -> str:
    return str(name or "").lower().rstrip(".")

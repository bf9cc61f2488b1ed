"""The zones as the edge sees them: settings, rules by phase, and where each proxied name leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.world import Resource, World

ZONE = "cloudflare:index/zone:Zone"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Zone:
    """One zone. `hosts` maps each proxied name to its record's content; rules are those that are enabled."""

    name: str
    hosts: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def is_on(self, setting: str) -> bool:
        """Return whether an on/off setting is on."""
        return bool(self.settings.get(setting) == "on")

    def phase(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of a phase, in their order."""
        return self.rules.get(name, ())


def read(world: World) -> tuple[Zone, ...]:
    """Return all zones of the world."""
    settings, rulesets, records = (world.resources(type_) for type_ in (SETTING, RULESET, RECORD))
    return tuple(_zone(zone, settings, rulesets, records) for zone in world.resources(ZONE))


def find(zones: Iterable[Zone], host: str) -> Zone | None:
    """Return the zone in which `host` is a proxied name."""
    return next((zone for zone in zones if host in zone.hosts), None)


def _zone(
    zone: Resource, settings: Iterable[Resource], rulesets: Iterable[Resource], records: Iterable[Resource]
) -> Zone:
    def own(resources: Iterable[Resource]) -> list[Mapping[str, Any]]:
        return [resource.inputs for resource in resources if resource.inputs.get("zoneId") == zone.id]

    return Zone(
        name=str(zone.inputs["name"]),
        hosts={
            str(record["name"]).lower().rstrip("."): str(record.get("content", ""))
            for record in own(records)
            if record.get("proxied")
        },
        settings={str(setting["settingId"]): setting.get("value") for setting in own(settings)},
        rules={
            str(ruleset["phase"]): tuple(rule for rule in ruleset.get("rules", ()) if rule.get("enabled", True))
            for ruleset in own(rulesets)
        },
    )

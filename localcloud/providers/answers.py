"""What Cloudflare answers about a resource beyond what it was told, and which a refresh therefore finds changed.

A property that the provider's schema has as optional and not computed, and that the API answers all the same, is a
change in every preview: the program has nothing, the state has something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from localcloud.base.world import Resource, World
from localcloud.dns.parent_zones import registration
from localcloud.providers.tables.cloudflare_more import BOTS, NOTICE
from localcloud.providers.tables.cloudflare_zone import DNSSEC, SETTING, ZONE

Answer = Mapping[str, Any]
QUIET_BOTS: Answer = {
    "aiBotsProtection": "disabled",
    "cfRobotsVariant": "off",
    "crawlerProtection": "disabled",
    "enableJs": False,
}


def answered(world: World, found: Resource) -> Resource:
    """Return a resource as Cloudflare's API answers it now."""
    told = TOLD.get(found.type)
    if told is None:
        return found
    more = told(world, found)
    return replace(found, inputs={**found.inputs, **more}, outputs={**found.outputs, **more})


def _dnssec(world: World, found: Resource) -> Answer:
    """Signing is `pending` until the DS record is at the registrar (API, "DNSSEC details": status)."""
    zone = world.resource(ZONE, str(found.outputs.get("zoneId")))
    if zone is None or found.outputs.get("status") != "active":
        return {}
    entered = registration(world, str(zone.outputs["name"]))
    return {"status": "pending"} if entered is not None and not entered.get("ds") else {}


def _notice(_world: World, found: Resource) -> Answer:
    """A policy is answered whole, with all three ways to send (terraform-provider-cloudflare#7342)."""
    known = found.outputs
    ways = {"emails": [], "pagerduties": [], "webhooks": [], **(known.get("mechanisms") or {})}
    return {
        "mechanisms": ways,
        "description": known.get("description") or "",
        "alertInterval": known.get("alertInterval") or "",
        "filters": known.get("filters") or {},
    }


def _bots(_world: World, found: Resource) -> Answer:
    """Every setting of the zone's plan is answered (API, "Get Zone Bot Management Config")."""
    return {name: found.outputs.get(name) or value for name, value in QUIET_BOTS.items()}


def _setting(world: World, found: Resource) -> Answer:
    """TLS 1.3 with early data is `zrt`: the two settings are one (API, "Zone settings": tls_1_3, 0rtt)."""
    if found.outputs.get("settingId") != "tls_1_3" or found.outputs.get("value") != "on":
        return {}
    early = world.resource(SETTING, f"{found.outputs.get('zoneId')}/0rtt")
    return {"value": "zrt"} if early is not None and early.outputs.get("value") == "on" else {}


TOLD: Mapping[str, Callable[[World, Resource], Answer]] = {
    BOTS: _bots,
    DNSSEC: _dnssec,
    NOTICE: _notice,
    SETTING: _setting,
}

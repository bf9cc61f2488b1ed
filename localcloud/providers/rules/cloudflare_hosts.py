"""What Cloudflare refuses about hosts that do not lie in their zone, or are held by something else already.

Sources: cloudflare/wrangler-legacy#920 (code 10022, a route's pattern must include its zone's name; `*/*` is for all
hosts that lead to the zone), https://developers.cloudflare.com/workers/configuration/routing/custom-domains with code
100117 (records that are managed elsewhere), and
https://developers.cloudflare.com/dns/zone-setups/troubleshooting/cannot-add-domain (code 1099).
"""

from __future__ import annotations

import re

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloudflare_forms import CUSTOM_DOMAIN
from localcloud.providers.tables.cloudflare_zone import RECORD, ZONE

ROUTE = "cloudflare:index/workersRoute:WorkersRoute"
HOLDING = ("A", "AAAA", "CNAME")


def host_outside(case: Case) -> str | None:
    """Refuse a Worker's route or domain in a zone that it does not belong to."""
    path = {ROUTE: "pattern", CUSTOM_DOMAIN: "hostname"}.get(case.traits.token)
    told, zone = (case.inputs.get(name) for name in (path or "", "zoneId"))
    found = case.world.resource(ZONE, zone) if isinstance(zone, str) and isinstance(told, str) else None
    if found is None:
        return None
    origin = str(found.outputs.get("name"))
    host = re.sub(r"^https?://", "", str(told).lower()).partition("/")[0]
    if host == "*" or host.endswith(origin):
        return None
    code = "400, code 10022" if case.traits.token == ROUTE else "400"
    return f"{case.title}: {host} does not lie in the zone {origin} (Cloudflare answers {code}). Name a host of it."


def domain_beside_record(case: Case) -> str | None:
    """Refuse a Worker's own domain where a record says that the host is elsewhere."""
    host = case.inputs.get("hostname") if case.traits.token == CUSTOM_DOMAIN else None
    if not isinstance(host, str):
        return None
    for record in case.world.resources(RECORD):
        told = record.outputs
        in_zone = told.get("zoneId") == case.inputs.get("zoneId")
        if in_zone and told.get("type") in HOLDING and str(told.get("name")).lower() == host.lower():
            return (
                f'{case.title}: {host} has the {told["type"]} record "{record.urn.rpartition("::")[2]}" (Cloudflare '
                "answers 409, code 100117). Remove the record, or lead the host to the Worker by a WorkersRoute."
            )
    return None


def zone_below(case: Case) -> str | None:
    """Refuse a zone below another one, which Enterprise accounts alone can have."""
    name = case.inputs.get("name") if case.traits.token == ZONE else None
    if not isinstance(name, str):
        return None
    above = (str(zone.outputs.get("name")) for zone in case.world.resources(ZONE))
    found = next((each for each in above if name.lower().endswith(f".{each}")), None)
    if found is None:
        return None
    return (
        f"{case.title}: {name} is a subdomain of {found}, and Cloudflare takes registered domains alone (it answers "
        f"400, code 1099; subdomains as zones take Enterprise). Write its records into {found}."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("host-outside", Stage.APPLY, "Cloudflare Workers: routes, code 10022; custom domains", host_outside),
    LaunchRule("domain-held", Stage.APPLY, "Cloudflare Workers: custom domains, code 100117", domain_beside_record),
    LaunchRule("zone-below", Stage.APPLY, "Cloudflare DNS: cannot add domain, code 1099", zone_below),
)

"""What a Cloudflare plan holds: numbers of rules, shortest times, features.

Source: cloudflare/cloudflare-docs, src/content/plans/index.json; the rate limiting rows are at
https://developers.cloudflare.com/waf/rate-limiting-rules/#availability.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from localcloud.base.world import World
from localcloud.providers.launch_rules import Case
from localcloud.providers.tables.cloudflare_zone import SUBSCRIPTION, ZONE
from localcloud.providers.values import Unknown, at


class Plan(IntEnum):
    """A zone's plan, the larger the more."""

    FREE = 0
    PRO = 1
    BUSINESS = 2
    ENTERPRISE = 3

    @property
    def title(self) -> str:
        """The plan's name as Cloudflare writes it."""
        return self.name.title()


SOLD_AS: Mapping[str, Plan] = {
    "free": Plan.FREE,
    "lite": Plan.FREE,
    "pro": Plan.PRO,
    "pro_plus": Plan.PRO,
    "business": Plan.BUSINESS,
    "enterprise": Plan.ENTERPRISE,
}
_RULES = (10, 25, 50, 300)
MOST_RULES: Mapping[str, tuple[int, int, int, int]] = {
    "http_config_settings": _RULES,
    "http_ratelimit": (1, 2, 5, 100),
    "http_request_cache_settings": _RULES,
    "http_request_dynamic_redirect": _RULES,
    "http_request_firewall_custom": (5, 20, 100, 1000),
    "http_request_late_transform": _RULES,
    "http_request_origin": _RULES,
    "http_request_transform": _RULES,
    "http_response_headers_transform": _RULES,
}
SHORTEST_EDGE_TTL = (7200, 3600, 1, 1)  # seconds
LONGEST_RATE_PERIOD = (10, 60, 600, 3600)  # seconds
LONGEST_MITIGATION = (10, 3600, 86400, 86400)  # seconds
FREE_MANAGED_RULESET = "77454fe2d30c4220b5701f6fdfb893ba"
ADD_ONS: Mapping[str, str] = {
    "cloudflare:index/certificatePack:CertificatePack": "Advanced Certificate Manager",
    "cloudflare:index/totalTls:TotalTls": "Advanced Certificate Manager",
    "cloudflare:index/loadBalancer:LoadBalancer": "Load Balancing",
    "cloudflare:index/loadBalancerPool:LoadBalancerPool": "Load Balancing",
    "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor": "Load Balancing",
}
LEAST_PLAN: Mapping[str, Plan] = {
    "cloudflare:index/healthcheck:Healthcheck": Plan.PRO,
    "cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks": Plan.PRO,
}

BOT_MANAGEMENT = ("autoUpdateModel", "suppressSessionScore")
"""Settings of the bot management that Enterprise zones buy: tpc bot_management, SubscriptionConfiguration."""

ZONE_PLANS: Mapping[str, Plan] = {
    "partial": Plan.BUSINESS,
    "secondary": Plan.ENTERPRISE,
    "internal": Plan.ENTERPRISE,
}
"""Least plan of a zone's type: developers.cloudflare.com/dns/zone-setups, #availability of each."""

SOLD_ALERTS: Mapping[str, Plan] = {
    "health_check_status_notification": Plan.PRO,
    "clickhouse_alert_fw_anomaly": Plan.BUSINESS,
    "http_alert_edge_error": Plan.ENTERPRISE,
    "http_alert_origin_error": Plan.ENTERPRISE,
    "traffic_anomalies_alert": Plan.ENTERPRISE,
}
"""Least plan of an alert: developers.cloudflare.com/notifications/notification-available."""


def plan_of(world: World, zone: object) -> Plan | None:
    """Return the plan of a zone: that of its ZoneSubscription, else Free; None when the zone is not known yet."""
    if not isinstance(zone, str) or world.resource(ZONE, zone) is None:
        return None
    bought = world.resource(SUBSCRIPTION, zone)
    rate: Mapping[str, object] = (bought.outputs.get("ratePlan") or {}) if bought else {}
    return SOLD_AS.get(str(rate.get("id")), Plan.FREE)


def plan_to_be(case: Case) -> Plan:
    """Return the plan that a resource's zone will have at most, as far as a preview can tell.

    A zone that is new is on the plan that this preview bought (what needs the plan waits for it), else Free. Of a zone
    that is not in the world, nothing is known.
    """
    zone = case.inputs.get("zoneId")
    bought = [at(told, "ratePlan.id") for told in case.foreseen.values() if told.get("zoneId") == zone]
    plans = [SOLD_AS.get(str(plan), Plan.ENTERPRISE) for plan in bought]
    here = Plan.FREE if isinstance(zone, Unknown) else plan_of(case.world, zone)
    return max([*plans, Plan.ENTERPRISE if here is None else here])


def first_with(numbers: tuple[int, ...], wanted: int) -> Plan | None:
    """Return the least plan whose number is at least the wanted one."""
    return next((plan for plan in Plan if numbers[plan] >= wanted), None)

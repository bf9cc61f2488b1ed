"""Rows of Cloudflare beside the zone's basics: certificates, load balancing, notifications, mail routing, Workers.

The rehearsal keeps them and checks what a plan allows; no server of it acts on them. Sources: see cloudflare_zone.
"""

from __future__ import annotations

from typing import Any

from localcloud.providers.tables.cloudflare_zone import IN_ZONE, ZONE
from localcloud.providers.traits import Parent, Template, Traits, between, like, one_of

LIST = "cloudflare:index/list:List"
BOTS = "cloudflare:index/botManagement:BotManagement"
NOTICE = "cloudflare:index/notificationPolicy:NotificationPolicy"
SCRIPT = "cloudflare:index/workersScript:WorkersScript"
VALIDITY = (7, 30, 90, 365, 730, 1095, 5475)  # days


def _row(token: str, id_: Template, source: str, **rest: Any) -> Traits:
    name = token.rpartition(":")[2]
    full = f"cloudflare:index/{name[0].lower()}{name[1:]}:{name}"
    return Traits(full, id_, f"tpc {source}/schema.go", **rest)


def _in_zone(token: str, source: str, **rest: Any) -> Traits:
    """Return a row of which a zone has many."""
    return _row(token, "{hex32}", source, parents=(IN_ZONE,), **rest)


def _of_zone(token: str, source: str, **rest: Any) -> Traits:
    """Return a row of which a zone has exactly one, made with the zone: it can be set, not created or deleted."""
    return _row(token, "{zoneId}", source, parents=(IN_ZONE,), adopts=True, **rest)


ROWS: tuple[Traits, ...] = (
    _in_zone(
        "CertificatePack",
        "certificate_pack",
        computed={"status": "active"},
        limits=(one_of("validityDays", 14, 30, 90, 365),),
    ),
    _of_zone(
        "TotalTls",
        "total_tls",
    ),
    _in_zone(
        "LoadBalancer",
        "load_balancer",
        defaults={"enabled": True, "proxied": False, "sessionAffinity": "none"},
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}"},
    ),
    _row(
        "LoadBalancerPool",
        "{hex32}",
        "load_balancer_pool",
        defaults={"enabled": True, "minimumOrigins": 1},
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}"},
    ),
    _row(
        "LoadBalancerMonitor",
        "{hex32}",
        "load_balancer_monitor",
        defaults={"type": "http", "interval": 60, "retries": 2, "timeout": 5},
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}"},
    ),
    _in_zone(
        "Healthcheck",
        "healthcheck",
        defaults={"type": "HTTP", "interval": 60, "retries": 2, "timeout": 5, "suspended": False},
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}", "status": "healthy"},
    ),
    _row(
        "NotificationPolicy",
        "{hex32}",
        "notification_policy",
        defaults={"enabled": True},
        minted={"created": "{now}"},
        computed={"modified": "{now}"},
        limits=(
            like("mechanisms.emails.id", r"[^@\s]+@[^@\s]+", "an e-mail address"),
            like("name", r"(?s).+", "a name, not an empty text"),
        ),
    ),
    _row(
        "List",
        "{hex32}",
        "list",
        unique=("accountId", "name"),
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}", "numItems": lambda known: len(known.get("items") or [])},
        limits=(
            like("name", r"[a-z0-9_]{1,50}", "1 to 50 lower-case letters, digits or underscores"),
            one_of("items.redirect.statusCode", 301, 302, 307, 308),
            like("items.redirect.targetUrl", r"https?://.+", "a web address"),
        ),
    ),
    _of_zone("BotManagement", "bot_management: deletion is a no-op", remains=lambda _outputs: True),
    _row(
        "NotificationPolicyWebhooks",
        "{hex32}",
        "notification_policy_webhooks",
        minted={"createdAt": "{now}"},
        computed={"type": "generic"},
        limits=(like("url", r"https?://.+", "a web address"),),
    ),
    _row(
        "OriginCaCertificate",
        "{serial}",
        "origin_ca_certificate",
        defaults={"requestedValidity": 5475},
        limits=(one_of("requestedValidity", *VALIDITY),),
        refused="The rehearsal issues no Origin CA certificates; the load balancer's certificate is Google's instead.",
    ),
    _of_zone("AuthenticatedOriginPullsSettings", "authenticated_origin_pulls_settings", remains=lambda _outputs: True),
    _of_zone(
        "EmailRoutingSettings",
        "email_routing_settings",
        computed={"enabled": True, "status": "ready", "modified": "{now}"},
    ),
    _of_zone("EmailRoutingDns", "email_routing_dns", computed={"enabled": True, "status": "ready"}),
    _row(
        "EmailRoutingAddress",
        "{hex32}",
        "email_routing_address",
        unique=("accountId", "email"),
        minted={"created": "{now}"},
        computed={"modified": "{now}"},
        limits=(like("email", r"[^@\s]+@[^@\s]+", "an e-mail address"),),
    ),
    _in_zone(
        "EmailRoutingRule",
        "email_routing_rule",
        defaults={"enabled": True, "priority": 0},
        limits=(between("priority", 0, 1e9),),
    ),
    _of_zone(
        "EmailRoutingCatchAll",
        "email_routing_catch_all",
        defaults={"enabled": True},
    ),
    _row(
        "WorkersScript",
        "{scriptName}",
        "workers_script",
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}", "etag": "{hex32}"},
        limits=(
            like(
                "scriptName",
                r"[a-z0-9_][a-z0-9-_]{0,254}",
                "1 to 255 lower-case letters, digits, dashes or underscores",
            ),
            like("compatibilityDate", r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-01"),
        ),
        adopts=True,
    ),
    _row(
        "WorkersRoute",
        "{hex32}",
        "workers_route",
        unique=("zoneId", "pattern"),
        parents=(IN_ZONE, Parent("script", (SCRIPT,), ("{scriptName}",), cure="create the WorkersScript first")),
        limits=(
            like(
                "pattern",
                r"(https?://)?(\*|\*?[a-z0-9.-]+)/[^?*]*\*?",
                "host and path such as acme.com/*, without a query, and a star at the beginning or end alone",
            ),
        ),
    ),
    _row(
        "WorkersCustomDomain",
        "{hex32}",
        "workers_custom_domain",
        unique=("hostname",),
        parents=(
            Parent("zoneId", (ZONE,), cure="create the Zone first"),
            Parent("service", (SCRIPT,), ("{scriptName}",), cure="create the WorkersScript first"),
        ),
    ),
)

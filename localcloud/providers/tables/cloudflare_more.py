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
ALERT_TYPES = (
    *("advanced_http_alert_error", "billing_usage_alert", "clickhouse_alert_fw_anomaly", "dos_attack_l4"),
    *("dos_attack_l7", "expiring_service_token_alert", "failing_logpush_job_disabled_alert", "health_check_status"),
    *("http_alert_edge_error", "http_alert_origin_error", "incident_alert", "load_balancing_health_alert"),
    *("maintenance_event_notification", "real_origin_monitoring", "secondary_dns_all_primaries_failing"),
    *("stream_live_notifications", "traffic_anomalies_alert", "universal_ssl_event_type", "weekly_account_overview"),
)
VALIDITY = (7, 30, 90, 365, 730, 1095, 5475)  # days


def _row(token: str, id_: Template, source: str, **rest: Any) -> Traits:
    name = token.rpartition(":")[2]
    full = f"cloudflare:index/{name[0].lower()}{name[1:]}:{name}"
    return Traits(full, id_, f"tpc {source}/schema.go", **rest)


def _in_zone(token: str, source: str, *force_new: str, **rest: Any) -> Traits:
    """Return a row of which a zone has many."""
    return _row(token, "{hex32}", source, force_new=("zoneId", *force_new), parents=(IN_ZONE,), **rest)


def _of_zone(token: str, source: str, **rest: Any) -> Traits:
    """Return a row of which a zone has exactly one, made with the zone: it can be set, not created or deleted."""
    return _row(token, "{zoneId}", source, force_new=("zoneId",), parents=(IN_ZONE,), adopts=True, **rest)


ROWS: tuple[Traits, ...] = (
    _in_zone(
        "CertificatePack",
        "certificate_pack",
        *("certificateAuthority", "type", "validationMethod", "validityDays", "cloudflareBranding", "hosts"),
        computed={"status": "active"},
        limits=(
            one_of("certificateAuthority", "google", "lets_encrypt", "ssl_com"),
            one_of("type", "advanced"),
            one_of("validationMethod", "txt", "http", "email"),
            one_of("validityDays", 14, 30, 90, 365),
        ),
    ),
    _of_zone("TotalTls", "total_tls", limits=(one_of("certificateAuthority", "google", "lets_encrypt", "ssl_com"),)),
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
        force_new=("accountId",),
        defaults={"enabled": True, "minimumOrigins": 1},
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}"},
    ),
    _row(
        "LoadBalancerMonitor",
        "{hex32}",
        "load_balancer_monitor",
        force_new=("accountId",),
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
        force_new=("accountId",),
        defaults={"enabled": True},
        minted={"created": "{now}"},
        computed={"modified": "{now}"},
        limits=(
            one_of("alertType", *ALERT_TYPES),
            like("mechanisms.emails.id", r"[^@\s]+@[^@\s]+", "an e-mail address"),
        ),
    ),
    _row(
        "List",
        "{hex32}",
        "list",
        force_new=("accountId", "kind", "name"),
        unique=("accountId", "name"),
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}", "numItems": lambda known: len(known.get("items") or [])},
        limits=(
            one_of("kind", "asn", "hostname", "ip", "redirect"),
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
        force_new=("accountId",),
        minted={"createdAt": "{now}"},
        computed={"type": "generic"},
        limits=(like("url", r"https?://.+", "a web address"),),
    ),
    _row(
        "OriginCaCertificate",
        "{serial}",
        "origin_ca_certificate",
        force_new=("csr", "hostnames", "requestType", "requestedValidity"),
        defaults={"requestedValidity": 5475},
        limits=(
            one_of("requestType", "origin-rsa", "origin-ecc", "keyless-certificate"),
            one_of("requestedValidity", *VALIDITY),
        ),
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
        force_new=("accountId", "email"),
        unique=("accountId", "email"),
        minted={"created": "{now}"},
        computed={"modified": "{now}"},
        limits=(like("email", r"[^@\s]+@[^@\s]+", "an e-mail address"),),
    ),
    _in_zone(
        "EmailRoutingRule",
        "email_routing_rule",
        defaults={"enabled": True, "priority": 0},
        limits=(
            one_of("actions.type", "drop", "forward", "worker"),
            one_of("matchers.type", "all", "literal"),
            between("priority", 0, 1e9),
        ),
    ),
    _of_zone(
        "EmailRoutingCatchAll",
        "email_routing_catch_all",
        defaults={"enabled": True},
        limits=(one_of("actions.type", "drop", "forward", "worker"), one_of("matchers.type", "all")),
    ),
    _row(
        "WorkersScript",
        "{scriptName}",
        "workers_script",
        force_new=("accountId", "scriptName"),
        minted={"createdOn": "{now}"},
        computed={"modifiedOn": "{now}", "etag": "{hex32}"},
        limits=(
            like("scriptName", r"[a-z0-9_][a-z0-9-_]*", "lower-case letters, digits, dashes and underscores"),
            like("compatibilityDate", r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-01"),
        ),
        adopts=True,
    ),
    _row(
        "WorkersRoute",
        "{hex32}",
        "workers_route",
        force_new=("zoneId",),
        unique=("zoneId", "pattern"),
        parents=(IN_ZONE, Parent("script", (SCRIPT,), ("{scriptName}",), cure="create the WorkersScript first")),
        limits=(like("pattern", r"[a-z0-9.*-]+/[^?]*", "host and path such as acme.com/*, without a query"),),
    ),
    _row(
        "WorkersCustomDomain",
        "{hex32}",
        "workers_custom_domain",
        force_new=("accountId", "environment", "hostname", "service", "zoneId", "zoneName"),
        unique=("hostname",),
        parents=(
            Parent("zoneId", (ZONE,), cure="create the Zone first"),
            Parent("service", (SCRIPT,), ("{scriptName}",), cure="create the WorkersScript first"),
        ),
    ),
)

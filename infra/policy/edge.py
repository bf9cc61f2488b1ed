"""Rules on the way in: load balancer and Cloudflare."""

from __future__ import annotations

from infra.policy.rule import Resource, Rule, of

SETTING = of("cloudflare:index/ZoneSetting")
STRICT = ("strict", "origin_pull")
MODERN = ("1.2", "1.3")


def _is(resource: Resource, setting: str) -> bool:
    return bool(resource.properties["settingId"] == setting)


def _trusts_any_origin(resource: Resource) -> str | None:
    value = resource.properties["value"]
    return (
        f"sets ssl to {value}, so that anybody may pose as the origin"
        if _is(resource, "ssl") and value not in STRICT
        else None
    )


def _speaks_old_tls(resource: Resource) -> str | None:
    value = resource.properties["value"]
    return f"admits TLS {value}" if _is(resource, "min_tls_version") and str(value) not in MODERN else None


def _answers_in_the_open(resource: Resource) -> str | None:
    off = _is(resource, "always_use_https") and resource.properties["value"] != "on"
    return "answers by http, where everybody on the way can read along" if off else None


def _forgets_https(resource: Resource) -> str | None:
    if not _is(resource, "security_header"):
        return None
    header = resource.properties["value"].get("strict_transport_security", {})
    return None if header.get("enabled") else "switches HSTS off"


def _admits_weak_ciphers(resource: Resource) -> str | None:
    if resource.properties.get("minTlsVersion") != "TLS_1_2":
        return f"admits {resource.properties.get('minTlsVersion', 'TLS 1.0')}"
    profile = resource.properties.get("profile", "COMPATIBLE")
    return None if profile in ("MODERN", "RESTRICTED") else f"admits weak ciphers by its profile {profile}"


def _has_no_policy(resource: Resource) -> str | None:
    return None if resource.properties.get("sslPolicy") else "has no SSL policy and takes TLS 1.0"


def _is_silent(resource: Resource) -> str | None:
    return None if (resource.properties.get("logConfig") or {}).get("enable") else "logs no request"


def _trusts_any_certificate(resource: Resource) -> str | None:
    check = resource.properties.get("httpCheck")
    return "would not notice an expired certificate" if check and not check.get("validateSsl") else None


EDGE: tuple[Rule, ...] = (
    Rule(
        "edge.strict-ssl",
        "Cloudflare checks the origin's certificate",
        "developers.cloudflare.com/ssl/origin-configuration/ssl-modes/full-strict",
        SETTING,
        _trusts_any_origin,
        "Set it to strict",
    ),
    Rule(
        "edge.modern-tls",
        "Nothing older than TLS 1.2 is spoken",
        "RFC 8996, PCI DSS 4.2.1",
        SETTING,
        _speaks_old_tls,
        'Set min_tls_version to "1.2"',
    ),
    Rule(
        "edge.always-https",
        "http leads to https",
        "developers.cloudflare.com/ssl/edge-certificates/additional-options/always-use-https",
        SETTING,
        _answers_in_the_open,
        "Set always_use_https to on",
    ),
    Rule(
        "edge.hsts",
        "Browsers are told to come by https",
        "RFC 6797",
        SETTING,
        _forgets_https,
        "Enable it, with a max_age that grows in stages (cloudflare.hsts_max_age)",
    ),
    Rule(
        "gateway.strong-ciphers",
        "The load balancer speaks TLS 1.2 with strong ciphers",
        "CIS GCP 3.9, Checkov CKV_GCP_4",
        of("gcp:compute/SSLPolicy"),
        _admits_weak_ciphers,
        "Set min_tls_version to TLS_1_2 and profile to MODERN",
    ),
    Rule(
        "gateway.has-policy",
        "The load balancer's TLS is set by a policy",
        "CIS GCP 3.9",
        of("gcp:compute/TargetHttpsProxy"),
        _has_no_policy,
        "Set ssl_policy",
    ),
    Rule(
        "gateway.logged",
        "The load balancer logs its requests",
        "CIS GCP 2.16",
        of("gcp:compute/BackendService"),
        _is_silent,
        "Set log_config with enable",
    ),
    Rule(
        "uptime.checks-certificate",
        "The uptime check notices an expired certificate",
        "cloud.google.com/monitoring/uptime-checks",
        of("gcp:monitoring/UptimeCheckConfig"),
        _trusts_any_certificate,
        "Set validate_ssl and use_ssl",
    ),
)

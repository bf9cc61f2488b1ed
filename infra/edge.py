"""Cloudflare's edge: how the zone speaks TLS, where it redirects, what it caches and which headers it adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from blueprint.spec import Plan, Redirect
from handlers.roles import EDGE_HEADER
from infra.edgekey import EdgeKey
from infra.sdk import cloudflare

MIN_TLS_VERSION = "1.2"
CACHED_PREFIXES = ("/assets/", "/canvaskit/", "/icons/")
"""Below these a Flutter web build keeps fonts, pictures and the renderer."""
NEVER_CACHED = ("/assets/AssetManifest", "/assets/FontManifest")
"""These say which assets there are: an old one hides the new ones."""
EDGE_TTL = 7_200  # seconds; the least that the free plan allows
RULES_OF_A_PHASE: Mapping[Plan, int] = {"free": 10, "pro": 25, "business": 50, "enterprise": 300}
"""Rules a phase may hold: cloudflare/cloudflare-docs, src/content/plans/index.json."""

Rule = dict[str, Any]


@dataclass(frozen=True)
class EdgeConfig:
    """`web_hosts` are cached below `CACHED_PREFIXES`, `api_host` never; `hsts_max_age` is in seconds."""

    plan: Plan
    web_hosts: tuple[str, ...]
    api_host: str
    redirects: tuple[Redirect, ...]
    hsts_max_age: int

    def __post_init__(self) -> None:
        most = RULES_OF_A_PHASE[self.plan]
        if len(self.redirects) > most:
            raise ValueError(
                f"spec.redirects: {len(self.redirects)} redirects, but Cloudflare's {self.plan} plan allows {most}; "
                "drop some, or take a larger plan"
            )


class Edge(pulumi.ComponentResource):
    """Sets the zone up and gives each phase its one ruleset, which a second one could not join.

    Values are "on" and "off", for booleans come back as changes. Deleting a setting leaves it as it is at Cloudflare.
    HSTS starts short and spares other subdomains, because a browser that has learned it cannot be told otherwise.
    Rocket Loader stays off: it reorders scripts, and a Flutter app then shows a blank page.
    """

    def __init__(
        self,
        name: str,
        config: EdgeConfig,
        zone_id: pulumi.Input[str],
        key: EdgeKey,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Edge", name, {}, opts)
        self._zone_id = zone_id
        for setting, value in settings(config).items():
            cloudflare.ZoneSetting(
                setting,
                zone_id=zone_id,
                setting_id=setting,
                value=value,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self._ruleset("redirects", "http_request_dynamic_redirect", [redirect_rule(r) for r in config.redirects])
        self._ruleset("key", "http_request_late_transform", [key_rule(config, key.value)], after=[key.stored])
        self._ruleset("cache", "http_request_cache_settings", cache_rules(config))
        self._ruleset("headers", "http_response_headers_transform", [headers_rule()])
        self.register_outputs({})

    def _ruleset(self, name: str, phase: str, rules: Sequence[Rule], after: Sequence[pulumi.Resource] = ()) -> None:
        if not rules:
            return
        cloudflare.Ruleset(
            name,
            zone_id=self._zone_id,
            name=name,
            description="Kept by Launch Ready",
            kind="zone",
            phase=phase,
            rules=list(rules),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def settings(config: EdgeConfig) -> dict[str, Any]:
    """Return the zone's settings by their Cloudflare id."""
    return {
        "ssl": "strict",
        "min_tls_version": MIN_TLS_VERSION,
        "tls_1_3": "on",
        "always_use_https": "on",
        "automatic_https_rewrites": "on",
        "http3": "on",
        "brotli": "on",
        "rocket_loader": "off",
        "security_header": {
            "strict_transport_security": {
                "enabled": True,
                "max_age": config.hsts_max_age,
                "include_subdomains": False,
                "preload": False,
                "nosniff": True,
            }
        },
    }


def redirect_rule(redirect: Redirect) -> Rule:
    """Return the rule that sends every path of a host to the same path of another, query string included."""
    return {
        "ref": f"redirect_{_word(redirect.source)}",
        "description": f"{redirect.source} goes to {redirect.target}",
        "expression": f'(http.host eq "{redirect.source}")',
        "action": "redirect",
        "action_parameters": {
            "from_value": {
                "status_code": redirect.status,
                "target_url": {"expression": f'concat("{redirect.target}", http.request.uri.path)'},
                "preserve_query_string": True,
            }
        },
        "enabled": True,
    }


def cache_rules(config: EdgeConfig) -> list[Rule]:
    """Return what is kept at the edge and what never is; where several rules match, the last one decides."""
    hosts = " ".join(f'"{host}"' for host in config.web_hosts)
    kept = f"(http.host in {{{hosts}}} and ({_below(CACHED_PREFIXES)}))"
    keep = {
        "cache": True,
        "edge_ttl": {"mode": "override_origin", "default": EDGE_TTL},
        "browser_ttl": {"mode": "respect_origin"},
    }
    bypass = {"cache": False}
    return [
        _cache_rule("web_assets", "Assets of the web app", kept, keep),
        _cache_rule("web_manifests", "Lists of the assets, always fresh", f"({_below(NEVER_CACHED)})", bypass),
        _cache_rule("api", "Webhooks and intents, never kept", f'(http.host eq "{config.api_host}")', bypass),
    ]


def key_rule(config: EdgeConfig, value: pulumi.Input[str]) -> Rule:
    """Return the rule that tells the public service that a request came through the edge."""
    return {
        "ref": "edge_key",
        "description": "The header by which the API knows the edge",
        "expression": f'(http.host eq "{config.api_host}")',
        "action": "rewrite",
        "action_parameters": {"headers": {EDGE_HEADER: {"operation": "set", "value": value}}},
        "enabled": True,
    }


def headers_rule() -> Rule:
    """Return the rule that adds security headers to every answer."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    return {
        "ref": "security_headers",
        "description": "Security headers",
        "expression": "true",
        "action": "rewrite",
        "action_parameters": {
            "headers": {name: {"operation": "set", "value": value} for name, value in headers.items()}
        },
        "enabled": True,
    }


def _cache_rule(ref: str, description: str, expression: str, parameters: Mapping[str, Any]) -> Rule:
    return {
        "ref": ref,
        "description": description,
        "expression": expression,
        "action": "set_cache_settings",
        "action_parameters": dict(parameters),
        "enabled": True,
    }


def _below(prefixes: Sequence[str]) -> str:
    return " or ".join(f'starts_with(http.request.uri.path, "{prefix}")' for prefix in prefixes)


def _word(host: str) -> str:
    return host.replace(".", "_").replace("-", "_")

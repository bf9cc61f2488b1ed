"""Cloudflare's edge: how the zone speaks TLS, what it caches and which headers it adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import EDGE_HEADER
from infra.cloudflare_rulesets import Rule, rule, ruleset
from infra.edge_key import EdgeKey
from infra.loading.sdk import cloudflare

MIN_TLS_VERSION = "1.2"
CACHED_PREFIXES = ("/assets/", "/canvaskit/", "/icons/")
"""Below these a Flutter web build keeps fonts, pictures and the renderer."""
NEVER_CACHED = ("/assets/AssetManifest", "/assets/FontManifest")
"""These say which assets there are: an old one hides the new ones."""
FRESH = (".part.js", ".dart.js", ".dart.mjs", ".dart.wasm", "worker.js", "sw.js", "manifest.json", "version.json")
"""Ends of names that stay from build to build: deferred parts (`main.dart.js_1.part.js`), the program by JavaScript or
WebAssembly, service workers of any library. An old one would show the old app, or break the new one. They are compared
with the path in lower case, for some libraries write `PushServiceWorker.js` (`OneSignalSDKWorker.js`)."""
EDGE_TTL = 7_200  # seconds; the least that the free plan allows
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # log-ins of Firebase open a window that has to answer
}
POLICY = "Content-Security-Policy"
CONTENT_POLICY = {POLICY: "base-uri 'self'; frame-ancestors 'self'; object-src 'none'; upgrade-insecure-requests"}
"""What holds for every app. It joins the web host's own policy, which says what the app loads: browsers obey both."""
PRELOADED = 31_536_000  # seconds; what https://hstspreload.org asks for

CACHE = "set_cache_settings"


@dataclass(frozen=True)
class Hsts:
    """How long (seconds) browsers insist on https, and for what: `subdomains` and `preload` are the later stages."""

    max_age: int
    subdomains: bool = False
    preload: bool = False

    def __post_init__(self) -> None:
        if self.preload and not (self.subdomains and self.max_age >= PRELOADED):
            raise ValueError(
                f"cloudflare.hsts_preload needs hsts_subdomains and hsts_max_age {PRELOADED} or more: browsers' makers "
                "take no other domain into their list, from which it takes months to get out again"
            )


@dataclass(frozen=True)
class EdgeConfig:
    """`web_hosts` are cached below `CACHED_PREFIXES`, `api_host` never; `headers` join or replace the security ones."""

    web_hosts: tuple[str, ...]
    api_host: str
    hsts: Hsts
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return how the edge treats each host of the spec."""
        wanted = spec.cloudflare
        return cls(
            web_hosts=spec.web_hosts,
            api_host=spec.api_host,
            hsts=Hsts(wanted.hsts_max_age, wanted.hsts_subdomains, wanted.hsts_preload),
            headers=spec.web.headers,
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
        child = pulumi.ResourceOptions(parent=self)
        for setting, value in settings(config.hsts).items():
            cloudflare.ZoneSetting(
                setting,
                zone_id=zone_id,
                setting_id=setting,
                value=value,
                opts=child,
            )
        stored = pulumi.ResourceOptions(parent=self, depends_on=[key.stored])
        ruleset("key", zone_id, "http_request_late_transform", [key_rule(config, key.value)], stored)
        ruleset("cache", zone_id, "http_request_cache_settings", cache_rules(config), child)
        ruleset("headers", zone_id, "http_response_headers_transform", headers_rules(config), child)
        self.register_outputs({})


def settings(hsts: Hsts) -> dict[str, Any]:
    """Return a zone's settings by their Cloudflare id."""
    return {
        "ssl": "strict",
        "min_tls_version": MIN_TLS_VERSION,
        "0rtt": "off",  # early data can be replayed, and with it `tls_1_3` would be answered as another value
        "tls_1_3": "on",
        "always_use_https": "on",
        "automatic_https_rewrites": "on",
        "http3": "on",
        "rocket_loader": "off",
        "security_header": {
            "strict_transport_security": {
                "enabled": True,
                "max_age": hsts.max_age,
                "include_subdomains": hsts.subdomains,
                "preload": hsts.preload,
                "nosniff": True,
            }
        },
    }


def cache_rules(config: EdgeConfig) -> list[Rule]:
    """Return what is kept at the edge and what never is; where several rules match, the last one decides."""
    on_web = f"http.host in {_set(config.web_hosts)}"
    kept = f"({on_web} and ({_below(CACHED_PREFIXES)}))"
    entries = f"({on_web} and (not ({_below(CACHED_PREFIXES)}) or {_ending(FRESH)}))"
    keep = {
        "cache": True,
        "edge_ttl": {"mode": "override_origin", "default": EDGE_TTL},
        "browser_ttl": {"mode": "respect_origin"},
    }
    bypass = {"cache": False}
    return [
        rule("web_assets", "Assets of the web app", kept, CACHE, keep),
        rule("web_entries", "Where the web app begins, always fresh", entries, CACHE, bypass),
        rule("web_manifests", "Lists of the assets, always fresh", f"({_below(NEVER_CACHED)})", CACHE, bypass),
        rule("api", "Webhooks and intents, never kept", f'(http.host eq "{config.api_host}")', CACHE, bypass),
    ]


def key_rule(config: EdgeConfig, value: pulumi.Input[str]) -> Rule:
    """Return the rule that tells the public service that a request came through the edge."""
    sent = {"headers": {EDGE_HEADER: {"operation": "set", "value": value}}}
    return rule(
        "edge_key", "The header by which the API knows the edge", f'(http.host eq "{config.api_host}")', "rewrite", sent
    )


def headers_rules(config: EdgeConfig) -> list[Rule]:
    """Return the security headers of every answer, and what makes browsers ask again for everything but assets."""
    fresh = f"not ({_below(CACHED_PREFIXES)}) or {_below(NEVER_CACHED)} or {_ending(FRESH)}"
    rest = f"(http.host in {_set(config.web_hosts)} and ({fresh}))"
    has_policy = POLICY.lower() in map(str.lower, config.headers)
    return [
        _headers_rule("security_headers", "Security headers", "true", {**SECURITY_HEADERS, **config.headers}),
        _headers_rule("revalidated", "Pages are asked for anew", rest, {"Cache-Control": "no-cache"}),
        *([] if has_policy else [_headers_rule("policy", "Holds for every app", "true", CONTENT_POLICY, "add")]),
    ]


def _headers_rule(
    ref: str, description: str, expression: str, headers: Mapping[str, str], operation: str = "set"
) -> Rule:
    changed = {name: {"operation": operation, "value": value} for name, value in headers.items()}
    return rule(ref, description, expression, "rewrite", {"headers": changed})


def _below(prefixes: Sequence[str]) -> str:
    return " or ".join(f'starts_with(http.request.uri.path, "{prefix}")' for prefix in prefixes)


def _ending(ends: Sequence[str]) -> str:
    return " or ".join(f'ends_with(lower(http.request.uri.path), "{end}")' for end in ends)


def _set(texts: Sequence[str]) -> str:
    return "{" + " ".join(f'"{text}"' for text in texts) + "}"

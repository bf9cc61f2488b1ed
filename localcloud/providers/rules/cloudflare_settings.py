"""The zone settings of Cloudflare: which there are, what they may be, and the least plan that has them.

Sources: https://developers.cloudflare.com/api/resources/zones/subresources/settings/, and
https://developers.cloudflare.com/speed/optimization/protocol/http2 (which the Free plan cannot turn off).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.providers.rules.cloudflare_plans import Plan


@dataclass(frozen=True)
class Setting:
    """The values a setting takes (none listed: any that its own form allows) and the least plan that has it."""

    values: tuple[object, ...] = ("on", "off")
    plan: Plan = Plan.FREE
    plans: Mapping[str, Plan] = field(default_factory=dict)  # of single values

    def plan_of(self, value: object) -> Plan:
        """Return the least plan on which the setting may have a value."""
        return self.plans.get(value, self.plan) if isinstance(value, str) else self.plan


SWITCHES = [
    "0rtt",
    "always_online",
    "always_use_https",
    "automatic_https_rewrites",
    "browser_check",
    "development_mode",
    "early_hints",
    "email_obfuscation",
    "fonts",
    "hotlink_protection",
    "http3",
    "ip_geolocation",
    "ipv6",
    "opportunistic_encryption",
    "opportunistic_onion",
    "privacy_pass",
    "replace_insecure_js",
    "rocket_loader",
    "server_side_exclude",
    "speed_brain",
    "tls_client_auth",
    "websockets",
    *("content_converter", "ech", "pre_render", "redirects_for_ai_training", "search_for_agents"),
    *("sha1_support", "tls_1_2_only"),
]
PRO_SWITCHES = ["mirage", "waf", "webp"]
ENTERPRISE_SWITCHES = [
    "log_to_cloudflare",
    "orange_to_orange",
    "origin_error_page_pass_thru",
    "prefetch_preload",
    "response_buffering",
    "sort_query_string_for_cache",
    "true_client_ip_header",
]
BROWSER_TTLS = (
    *(30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800),
    *(259200, 345600, 432000, 691200, 1382400, 2073600, 2678400, 5356800, 16070400, 31536000),
)  # seconds
CHALLENGE_TTLS = (300, 900, 1800, 2700, 3600, 7200, 10800, 14400, 28800, 57600, 86400, 604800, 2592000, 31536000)
EDGE_TTLS = (
    *(30, 60, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600, 72000, 86400, 172800, 259200),
    *(345600, 432000, 518400, 604800),
)
FREELY = ("aegis", "automatic_platform_optimization", "nel", "origin_h2_max_streams", "security_header")
LEVELS = ("off", "essentially_off", "low", "medium", "high", "under_attack")

SETTINGS: Mapping[str, Setting] = {
    **dict.fromkeys(SWITCHES, Setting()),
    **dict.fromkeys(PRO_SWITCHES, Setting(plan=Plan.PRO)),
    **dict.fromkeys(ENTERPRISE_SWITCHES, Setting(plan=Plan.ENTERPRISE)),
    **dict.fromkeys(FREELY, Setting(())),
    "http2": Setting(plans={"off": Plan.PRO}),
    "h2_prioritization": Setting(("on", "off", "custom"), Plan.PRO),
    "proxy_read_timeout": Setting((), Plan.ENTERPRISE),
    "max_upload": Setting((*range(100, 525, 25), *range(1000, 5500, 500))),
    "edge_cache_ttl": Setting(EDGE_TTLS),
    "cname_flattening": Setting(("flatten_at_root", "flatten_all")),
    "origin_max_http_version": Setting(("1", "2")),
    **dict.fromkeys(("image_resizing", "transformations"), Setting(("on", "off", "open"))),
    "browser_cache_ttl": Setting((0, *BROWSER_TTLS)),
    "challenge_ttl": Setting(CHALLENGE_TTLS),
    "cache_level": Setting(("aggressive", "basic", "simplified")),
    "ciphers": Setting((), Plan.ENTERPRISE),
    "min_tls_version": Setting(("1.0", "1.1", "1.2", "1.3")),
    "polish": Setting(("off", "lossless", "lossy"), Plan.PRO),
    "pseudo_ipv4": Setting(("off", "add_header", "overwrite_header")),
    "security_level": Setting(LEVELS),
    "ssl": Setting(("off", "flexible", "full", "strict")),
    "tls_1_3": Setting(("on", "off", "zrt")),
}

"""What the edge turns away: probes, floods and known attacks, while webhooks pass untouched on every plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

import pulumi

from blueprint.spec import Plan, Spec
from infra.cloudflare_rulesets import Rule, rule, ruleset
from infra.loading.sdk import cloudflare

WEBHOOKS = "/webhooks/"
INTENT_PATH = "/v1/"  # and what the team's tools ask for
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
"""What the API's doors know."""
PROBES = ("/.env", "/.git/", "/wp-login.php", "/xmlrpc.php", "/phpmyadmin")
"""What nobody asks for but those who look for a hole; no Flutter build and no handler has it."""
PERIOD = 10  # seconds; the only one that the free plan has
FREE_MANAGED = "77454fe2d30c4220b5701f6fdfb893ba"
MANAGED: Mapping[str, str] = {
    "cloudflare": "efb7b8c949ac4650a09736fc376e9aee",
    "owasp": "4814384a9e5d4991b9815dcfc25d2f1f",
}
"""Rulesets kept by Cloudflare: developers.cloudflare.com/waf/managed-rules/reference."""
DDOS = "4d21379b4f9f4bb088e0729962c8b3cf"
"""The HTTP DDoS ruleset: developers.cloudflare.com/ddos-protection/managed-rulesets/http."""
SKIPPED_PRODUCTS = ("bic", "hot", "rateLimit", "securityLevel", "uaBlock", "waf", "zoneLockdown")

Sensitivity = Literal["default", "medium", "low"]


@dataclass(frozen=True)
class FirewallConfig:
    """`requests` is how many one address may send to `INTENT_PATH` in PERIOD seconds; see `ddos_rules` for `ddos`.

    `robots_txt`: whether Cloudflare answers for robots.txt; None leaves it, though the provider makes new ones without.
    """

    plan: Plan
    api_host: str
    requests: int
    ddos: Sensitivity = "default"
    robots_txt: bool | None = None

    def __post_init__(self) -> None:
        if self.requests < 1:
            raise ValueError(f"cloudflare.rate_limit is {self.requests}; nobody could send an intent any more")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return what the edge turns away from the spec's hosts."""
        wanted = spec.cloudflare
        return cls(
            wanted.plan,
            spec.api_host,
            requests=wanted.rate_limit,
            ddos=wanted.ddos_sensitivity,
            robots_txt=wanted.managed_robots_txt,
        )


class Firewall(pulumi.ComponentResource):
    """Gives each phase of the web application firewall its ruleset, as far as the plan has it.

    A sender of webhooks solves no challenge, and a lost payment event costs more than a probe let in: webhooks skip
    every phase that could stop them. Bot Fight Mode cannot be skipped by a rule (it comes before them), so it is off.
    The free plan has one rate limit, counted by address over ten seconds, whose expression knows only the path.
    """

    def __init__(
        self, name: str, config: FirewallConfig, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Firewall", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        cloudflare.BotManagement(
            "bots", zone_id=zone_id, fight_mode=False, is_robots_txt_managed=config.robots_txt, opts=child
        )
        wanted = {
            "firewall": ("http_request_firewall_custom", custom_rules(config)),
            "rate-limits": ("http_ratelimit", [rate_limit(config)]),
            "managed": ("http_request_firewall_managed", managed_rules(config)),
            "ddos": ("ddos_l7", ddos_rules(config)),
        }
        for title, (phase, rules) in wanted.items():
            if rules:
                ruleset(title, zone_id, phase, rules, child)
        self.register_outputs({})


def custom_rules(config: FirewallConfig) -> list[Rule]:
    """Return the rules of our own: webhooks pass, probes and methods that no door knows do not. The free plan has 5."""
    probes = " or ".join(f'http.request.uri.path contains "{probe}"' for probe in PROBES)
    methods = " ".join(f'"{method}"' for method in METHODS)
    passing = {
        "ruleset": "current",
        "phases": ["http_ratelimit", "http_request_firewall_managed", "http_request_sbfm"],
        "products": list(SKIPPED_PRODUCTS),
    }
    return [
        rule("webhooks_pass", "Webhooks are never challenged", _webhooks(config), "skip", passing),
        rule("probes", "Nobody asks for these but attackers", f"({probes})", "block"),
        rule(
            "methods",
            "The API knows no other methods",
            f'(http.host eq "{config.api_host}" and not http.request.method in {{{methods}}})',
            "block",
        ),
    ]


def rate_limit(config: FirewallConfig) -> Rule:
    """Return the one rate limit: intents by address. Webhooks of one sender come in floods, and are left out."""
    limit = {
        "characteristics": ["cf.colo.id", "ip.src"],
        "period": PERIOD,
        "requests_per_period": config.requests,
        "mitigation_timeout": PERIOD,
    }
    intents = rule("intents", "Intents by address", f'(starts_with(http.request.uri.path, "{INTENT_PATH}"))', "block")
    return {**intents, "ratelimit": limit}


def managed_rules(config: FirewallConfig) -> list[Rule]:
    """Return which of Cloudflare's own rulesets run: the free one, from Pro on the whole one and OWASP's."""
    passing = rule("webhooks_unread", "Webhooks are signed", _webhooks(config), "skip", {"ruleset": "current"})
    wanted = {"free": FREE_MANAGED} if config.plan == "free" else MANAGED
    return [
        passing,
        *(rule(name, f"Managed rules: {name}", "true", "execute", {"id": id_}) for name, id_ in wanted.items()),
    ]


def ddos_rules(config: FirewallConfig) -> list[Rule]:
    """Return the override of the DDoS protection's sensitivity, none for Cloudflare's default.

    Every plan may say it for the zone as a whole (expression `true`); switching the protection off takes Enterprise.
    """
    if config.ddos == "default":
        return []
    overrides = {"sensitivity_level": config.ddos}
    return [rule("ddos", "How soon traffic is an attack", "true", "execute", {"id": DDOS, "overrides": overrides})]


def _webhooks(config: FirewallConfig) -> str:
    return f'(http.host eq "{config.api_host}" and starts_with(http.request.uri.path, "{WEBHOOKS}"))'

"""What a launch costs a month, from its spec: list prices of November 2026 in US dollars, before tax.

What depends on traffic (requests, storage, log volume) is left out: a founder's first months stay within the vendors'
free tiers. Each price names the page that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.cloudflare_ranges import ARMOR_RANGES_A_RULE, RANGES
from blueprint.spec import Plan, Spec
from handlers.service_manifest import chosen

HOURS = 730.0  # in a month, as the vendors count
SECONDS = HOURS * 3_600
PLANS: Mapping[Plan, float] = {"free": 0.0, "pro": 25.0, "business": 250.0}  # paid by the month; enterprise by contract
FORWARDING_RULES = 0.025  # an hour, for the first five together
IDLE_SECOND = 0.0000025  # a vCPU second, and a GiB second, of an instance that waits
VCPUS, GIBS = 1.0, 0.5  # of one instance, see infra/services.py
FREE_VERSIONS, VERSION = 6, 0.06  # secret versions, two a secret once each was rotated
ARMOR, ARMOR_RULE = 5.0, 1.0  # a policy, and each of its rules
KEY_VERSION = 0.06  # of the key of Pulumi's state, which gets another one every 90 days


@dataclass(frozen=True)
class Cost:
    """One part of the bill: what for, US dollars a month, and the page with the price."""

    what: str
    dollars: float
    source: str


@dataclass(frozen=True)
class Choice:
    """Another choice: what to write into the spec, and what it adds (or spares, below zero) a month."""

    words: str
    dollars: float


def monthly(spec: Spec) -> tuple[Cost, ...]:
    """Return the parts of the bill, those that cost nothing too; Cloudflare's Enterprise plan counts as 0."""
    roles = chosen(spec.support.providers).values()
    instances = len(roles) * spec.services.min_instances
    versions = 2 * len({secret for role in roles for secret in role.secrets})
    behind_balancer = spec.origin == "load-balancer"
    rules = -(-len(RANGES) // ARMOR_RANGES_A_RULE) + 1 if spec.google.armor else 0
    return (
        Cost(f"Cloudflare {spec.cloudflare.plan} plan", PLANS.get(spec.cloudflare.plan, 0.0), "cloudflare.com/plans"),
        Cost("Load balancer", behind_balancer * FORWARDING_RULES * HOURS, "cloud.google.com/load-balancing/pricing"),
        Cost("Cloud Armor", ARMOR + rules * ARMOR_RULE if rules else 0.0, "cloud.google.com/armor/pricing"),
        Cost(
            f"{instances} Cloud Run instances that wait all the time",
            instances * SECONDS * IDLE_SECOND * (VCPUS + GIBS),
            "cloud.google.com/run/pricing",
        ),
        Cost("Secrets", max(0, versions - FREE_VERSIONS) * VERSION, "cloud.google.com/secret-manager/pricing"),
        Cost("Key of Pulumi's state", KEY_VERSION if spec.state else 0.0, "cloud.google.com/kms/pricing"),
    )


def total(spec: Spec) -> float:
    """Return US dollars a month."""
    return sum(cost.dollars for cost in monthly(spec))


def choices(spec: Spec) -> tuple[Choice, ...]:
    """Return what other choices would change, for everything that the spec can choose and that has a price."""
    others = ((words, change(spec)) for words, change in _CHANGES.items())
    return tuple(
        Choice(words, total(other) - total(spec)) for words, other in others if other != spec and is_possible(other)
    )


def is_possible(spec: Spec) -> bool:
    """Return whether the choices of a spec go together."""
    return spec.origin == "load-balancer" or not spec.google.armor


def _changed(part: str, **values: Any) -> Callable[[Spec], Spec]:
    def change(spec: Spec) -> Spec:
        return spec.model_copy(update={part: getattr(spec, part).model_copy(update=values)})

    return change


_CHANGES: Mapping[str, Callable[[Spec], Spec]] = {
    "origin: load-balancer": lambda spec: spec.model_copy(update={"origin": "load-balancer"}),
    "origin: worker, where the edge's secret header alone keeps strangers out": (
        lambda spec: spec.model_copy(update={"origin": "worker"})
    ),
    "google.armor: true, where strangers do not get as far as the load balancer": _changed("google", armor=True),
    "google.armor: false": _changed("google", armor=False),
    "cloudflare.plan: free": _changed("cloudflare", plan="free"),
    "cloudflare.plan: pro": _changed("cloudflare", plan="pro"),
    "cloudflare.plan: business": _changed("cloudflare", plan="business"),
    "services.min_instances: 0, the first visitor after a quiet hour waits": _changed("services", min_instances=0),
    "services.min_instances: 1, nobody waits": _changed("services", min_instances=1),
}

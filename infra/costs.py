"""What a launch costs a month, from its spec: list prices of November 2026 in US dollars, before tax.

What depends on traffic (requests, storage, log volume) is left out: a founder's first months stay within the vendors'
free tiers. Each price names the page that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.spec import Plan, Spec
from handlers.roles import ROLES

HOURS = 730.0  # in a month, as the vendors count
SECONDS = HOURS * 3_600
PLANS: Mapping[Plan, float] = {"free": 0.0, "pro": 25.0, "business": 250.0}  # paid by the month; enterprise by contract
FORWARDING_RULES = 0.025  # an hour, for the first five together
IDLE_SECOND = 0.0000025  # a vCPU second, and a GiB second, of an instance that waits
VCPUS, GIBS = 1.0, 0.5  # of one instance, see infra/services.py
FREE_VERSIONS, VERSION = 6, 0.06  # secret versions, two a secret once each was rotated


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
    instances = len(ROLES) * spec.services.min_instances
    return (
        Cost(f"Cloudflare {spec.cloudflare.plan} plan", PLANS.get(spec.cloudflare.plan, 0.0), "cloudflare.com/plans"),
        Cost("Load balancer", FORWARDING_RULES * HOURS, "cloud.google.com/load-balancing/pricing"),
        Cost(
            f"{instances} Cloud Run instances that wait all the time",
            instances * SECONDS * IDLE_SECOND * (VCPUS + GIBS),
            "cloud.google.com/run/pricing",
        ),
        Cost("Secrets", max(0, 2 * _secrets() - FREE_VERSIONS) * VERSION, "cloud.google.com/secret-manager/pricing"),
    )


def total(spec: Spec) -> float:
    """Return US dollars a month."""
    return sum(cost.dollars for cost in monthly(spec))


def choices(spec: Spec) -> tuple[Choice, ...]:
    """Return what other choices would change, for everything that the spec can choose and that has a price."""
    others = ((words, change(spec)) for words, change in _CHANGES.items())
    return tuple(Choice(words, total(other) - total(spec)) for words, other in others if other != spec)


def _secrets() -> int:
    return len({secret for role in ROLES.values() for secret in role.secrets})


def _changed(part: str, **values: Any) -> Callable[[Spec], Spec]:
    def change(spec: Spec) -> Spec:
        return spec.model_copy(update={part: getattr(spec, part).model_copy(update=values)})

    return change


_CHANGES: Mapping[str, Callable[[Spec], Spec]] = {
    "cloudflare.plan: free": _changed("cloudflare", plan="free"),
    "cloudflare.plan: pro": _changed("cloudflare", plan="pro"),
    "cloudflare.plan: business": _changed("cloudflare", plan="business"),
    "services.min_instances: 0, the first visitor after a quiet hour waits": _changed("services", min_instances=0),
    "services.min_instances: 1, nobody waits": _changed("services", min_instances=1),
}

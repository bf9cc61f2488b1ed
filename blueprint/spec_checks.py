"""What several parts of a launch spec have to agree on, each a pure check that tells all that contradicts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blueprint import detours, leads, mailboxes, name_claims, record_claims, zone_names
from blueprint.part import Problem

if TYPE_CHECKING:
    from blueprint.spec import Spec


@dataclass(frozen=True)
class Check:
    """One check, and the parts of the spec that it looks at: it runs as soon as those are right in themselves."""

    parts: tuple[str, ...]
    find: Callable[[Spec], Iterator[Problem]]


def problems(spec: Spec, parts: frozenset[str] | None = None) -> tuple[Problem, ...]:
    """Return all that contradicts itself in a spec, or in those `parts` of it that could be read."""
    return tuple(
        problem for check in CHECKS if parts is None or parts.issuperset(check.parts) for problem in check.find(spec)
    )


def _state_is_older(spec: Spec) -> Iterator[Problem]:
    if spec.state and spec.google.mode == "create" and spec.state.project in (None, spec.google.project):
        yield Problem(
            "",
            "state.project: the launch makes its own project, which its state has to be older than; name a project "
            "that is there, for the state alone",
        )


def _variables_of_services(spec: Spec) -> Iterator[Problem]:
    if "support-drafts" in spec.services.env and spec.support.drafts == "off":
        yield Problem("", "services.env: there is no support-drafts while support.drafts is off; drop its variables")


def _guarded_balancer(spec: Spec) -> Iterator[Problem]:
    if spec.google.armor and spec.origin == "worker":
        yield Problem("", "google.armor guards the load balancer, and origin worker has none; drop one of the two")


def _zones(spec: Spec) -> Iterator[Problem]:
    zones = (spec.domain, *spec.other_domains)
    for zone in dict.fromkeys(spec.other_domains):
        nested = any(zone.endswith(f".{other}") or other.endswith(f".{zone}") for other in zones)
        if nested or zones.count(zone) > 1:
            yield Problem("other_domains", f"{zone} is a zone of this launch already, or lies in one; drop it")


def _zones_that_can_be(spec: Spec) -> Iterator[Problem]:
    places = [("domain", spec.domain), *(("other_domains", name) for name in spec.other_domains)]
    for place, name in places:
        owner, above = zone_names.hoster(name), zone_names.registered(name)
        if owner:
            yield Problem(
                place, f"{name} is a host of {owner}, which no zone can be; name a domain that you registered"
            )
        elif above and (place != "domain" or spec.cloudflare.plan != "enterprise"):
            yield Problem(
                place,
                f"{name} is a subdomain, and Cloudflare takes one as a zone on the Enterprise plan only. Did you mean "
                f"{above}?",
            )


def _robots_of_a_live_zone(spec: Spec) -> Iterator[Problem]:
    if f"Zone/{spec.domain}" in spec.adopt and spec.cloudflare.managed_robots_txt is None:
        yield Problem(
            "cloudflare.managed_robots_txt",
            f"it is missing: {spec.domain} is adopted, and Cloudflare's provider would switch its robots.txt off "
            "unless told otherwise; write what the dashboard shows (Security, Settings, Bot traffic), true or false",
        )


PUBLISHED = (
    "domain",
    "api",
    "web",
    "redirects",
    "mail",
    "origin",
    "other_domains",
    "records",
    "certificate_authorities",
)
"""The parts of the spec that make records."""

CHECKS: tuple[Check, ...] = (
    Check(("domain", "mail", "support"), mailboxes.senders),
    Check(
        ("domain", "contact", "mail", "support", "alerts", "other_domains", "records"),
        mailboxes.receivers,
    ),
    Check(("domain", "api", "web", "redirects", "mail"), name_claims.hosts),
    Check(("domain", "api", "web", "redirects", "mail"), name_claims.beside_mail),
    Check((*PUBLISHED, "cloudflare"), record_claims.problems),
    Check(PUBLISHED, leads.problems),
    Check(("google", "state"), _state_is_older),
    Check(("services", "support"), _variables_of_services),
    Check(("google", "origin"), _guarded_balancer),
    Check(("domain", "other_domains"), _zones),
    Check(("domain", "other_domains", "cloudflare"), _zones_that_can_be),
    Check(("domain", "cloudflare", "adopt"), _robots_of_a_live_zone),
    Check(("domain", "web", "moved_pages"), detours.pages),
    Check(("domain", "redirects", "moved_pages", "other_domains"), detours.circles),
)

"""Hosts and pages that have moved: rules of the zone as far as the plan goes, a list of the account for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pulumi

from blueprint.spec import MovedPage, Plan, Redirect, Spec
from infra.cloudflare_rulesets import Rule, rule
from infra.loading.sdk import cloudflare

RULES_OF_A_PHASE: Mapping[Plan, int] = {"free": 10, "pro": 25, "business": 50, "enterprise": 300}
"""Rules a phase may hold: cloudflare/cloudflare-docs, src/content/plans/index.json."""
MOST_LISTED = 10_000
"""Redirects that the lists of an account may hold: developers.cloudflare.com/rules/url-forwarding/#availability."""

Item = dict[str, Any]


@dataclass(frozen=True)
class RedirectsConfig:
    """Hosts of the zone of `domain` that have moved as a whole, and single pages that have."""

    domain: str
    account: str
    plan: Plan
    hosts: tuple[Redirect, ...]
    pages: tuple[MovedPage, ...] = ()

    def __post_init__(self) -> None:
        if len(self.listed) > MOST_LISTED:
            raise ValueError(
                f"spec.redirects and spec.moved_pages: {len(self.listed)} redirects are more than the {MOST_LISTED} "
                "that Cloudflare keeps in an account's lists; drop some"
            )

    @property
    def single(self) -> tuple[Redirect, ...]:
        """Return the hosts that a rule of the zone's own redirects."""
        return self.hosts[: RULES_OF_A_PHASE[self.plan]]

    @property
    def listed(self) -> tuple[Item, ...]:
        """Return the items of the list: what the rules have no room for, and all pages."""
        hosts = self.hosts[len(self.single) :]
        return (*map(_listed_host, hosts), *map(_listed_page, self.pages))

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the spec's hosts and pages that have moved."""
        wanted = spec.cloudflare
        return cls(spec.domain, wanted.account, wanted.plan, spec.redirects, spec.moved_pages)


class Redirects(pulumi.ComponentResource):
    """Gives the phase of single redirects its one ruleset, and the account a list with the rule that plays it.

    A rule redirects a host with all its paths. The list costs one rule of the account, however long it is; the phase
    `http_request_redirect` has one ruleset an account, so an account whose dashboard has bulk redirects already imports
    it. The name of a list stays: rules name it.
    """

    def __init__(
        self, name: str, config: RedirectsConfig, zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Redirects", name, {}, opts)
        self._opts = pulumi.ResourceOptions(parent=self)
        if config.single:
            rules = [redirect_rule(redirect) for redirect in config.single]
            self._ruleset("redirects", "http_request_dynamic_redirect", rules, "zone", zone_id=zone_id)
        if config.listed:
            self._list(config)
        self.register_outputs({})

    def _list(self, config: RedirectsConfig) -> None:
        name = f"launch_{word(config.domain)}"[:50]
        kept = cloudflare.List(
            "moved",
            account_id=config.account,
            kind="redirect",
            name=name,
            description=f"What has moved at {config.domain}",
            items=[{"redirect": item} for item in config.listed],
            opts=self._opts,
        )
        self._ruleset("moved", "http_request_redirect", [kept.name.apply(list_rule)], "root", account_id=config.account)

    def _ruleset(
        self, name: str, phase: str, rules: Sequence[pulumi.Input[Rule]], kind: str, **owner: pulumi.Input[str]
    ) -> None:
        cloudflare.Ruleset(
            name,
            name=name,
            description="Kept by Launch Ready",
            kind=kind,
            phase=phase,
            rules=list(rules),
            **owner,
            opts=self._opts,
        )


def redirect_rule(redirect: Redirect) -> Rule:
    """Return the rule that sends every path of a host to the same path of another, query string included.

    To one page, the visitor's query goes along unless the page's address has one of its own, or a fragment.
    """
    same_path = {"expression": f'concat("{redirect.target}", http.request.uri.path)'}
    target = {
        "status_code": redirect.status,
        "target_url": {"value": redirect.target} if redirect.is_to_one_page else same_path,
        "preserve_query_string": redirect.keeps_query,
    }
    return rule(
        f"redirect_{word(redirect.source)}",
        f"{redirect.source} goes to {redirect.target}",
        f'(http.host eq "{redirect.source}")',
        "redirect",
        {"from_value": target},
    )


def list_rule(name: str) -> Rule:
    """Return the rule that plays the account's list of this name."""
    played = {"from_list": {"name": name, "key": "http.request.full_uri"}}
    return rule("moved", "What has moved, by a list", f"http.request.full_uri in ${name}", "redirect", played)


def word(host: str) -> str:
    """Return a host name as a part of a rule's or list's name, which may hold no dots and dashes."""
    return host.replace(".", "_").replace("-", "_")


def _listed_host(redirect: Redirect) -> Item:
    whole = {
        "subpath_matching": True,
        "preserve_path_suffix": not redirect.is_to_one_page,
        "preserve_query_string": redirect.keeps_query,
    }
    return _item(f"{redirect.source}/", redirect.target, redirect.status, whole)


def _listed_page(page: MovedPage) -> Item:
    return _item(page.source, page.target, page.status, {"preserve_query_string": page.keeps_query})


def _item(source: str, target: str, status: int, wanted: Mapping[str, bool]) -> Item:
    flags = ("include_subdomains", "preserve_path_suffix", "preserve_query_string", "subpath_matching")
    said = {**dict.fromkeys(flags, False), **wanted}  # in full: what is left out comes back as a change
    return {"source_url": source, "target_url": target, "status_code": status, **said}

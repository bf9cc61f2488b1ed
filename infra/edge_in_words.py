"""The rules of Cloudflare's edge as a founder reads them: under its name in the dashboard, what it does and to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blueprint.spec import Spec
from blueprint.suggestion import joined
from infra import edge, firewall
from infra.cloudflare_rulesets import Rule


def rules(spec: Spec) -> list[dict[str, str]]:
    """Return each rule as `phase`, `title`, `action` and `what`: the requests that it applies to, in words.

    Raises KeyError for a rule that has no words here; whoever adds a rule writes them.
    """
    wanted, guard = edge.EdgeConfig.of(spec), firewall.FirewallConfig.of(spec)
    words = _words(wanted, guard)
    by_phase: Mapping[str, list[Rule]] = {
        "Security rules": firewall.custom_rules(guard),
        "Rate limiting rules": [firewall.rate_limit(guard)],
        "Managed rules": firewall.managed_rules(guard),
    }
    return [
        *(_told(phase, rule, words) for phase, rules in by_phase.items() for rule in rules),
        {"phase": "DDoS protection", "title": "DDoS protection", "action": "block", "what": words["ddos"]},
        *(_told("Cache rules", rule, words) for rule in edge.cache_rules(wanted)),
    ]


def _told(phase: str, rule: Rule, words: Mapping[str, str]) -> dict[str, str]:
    kept = {True: "cache", False: "bypass"}
    action = kept[rule["action_parameters"]["cache"]] if phase == "Cache rules" else rule["action"]
    return {"phase": phase, "title": rule["description"], "action": action, "what": words[rule["ref"]]}


def _words(wanted: edge.EdgeConfig, guard: firewall.FirewallConfig) -> Mapping[str, str]:
    """Return what each rule applies to, by its `ref`."""
    webhooks, web = f"{guard.api_host}{firewall.WEBHOOKS}", joined(wanted.web_hosts)
    return {
        "webhooks_pass": f"requests to {webhooks}: no challenge, no rate limit",
        "probes": f"paths such as {', '.join(firewall.PROBES)}",
        "methods": f"requests to {guard.api_host} with a method other than {joined(firewall.METHODS, 'or')}",
        "intents": (
            f"more than {guard.requests} requests below {firewall.INTENT_PATH} in {firewall.PERIOD} s from one address"
        ),
        "webhooks_unread": f"requests to {webhooks}: the service checks their signature",
        **dict(_managed()),
        "ddos": f"floods of requests (HTTP DDoS attack protection), at sensitivity {guard.ddos}",
        "web_assets": f"files of {web} below {joined(edge.CACHED_PREFIXES)}",
        "web_entries": f"every other page of {web}, and the files that name a release, such as version.json",
        "web_manifests": f"lists of files, such as {edge.NEVER_CACHED[0]}",
        "api": f"every request to {wanted.api_host}",
    }


def _managed() -> Iterator[tuple[str, str]]:
    for name in ("free", *firewall.MANAGED):
        yield name, "every request for known attacks; Cloudflare keeps the list up to date"

"""What Cloudflare refuses about what a rule does: what it skips, answers, limits, and changes of a managed ruleset.

Sources: https://developers.cloudflare.com/waf/custom-rules/skip/options (phases that can be skipped),
https://developers.cloudflare.com/ruleset-engine/rules-language/actions (log: Enterprise; an answer of one's own: Pro),
https://developers.cloudflare.com/waf/custom-rules/create-api (its content types) and Cloudflare's OpenAPI on rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.cloudflare_plans import Plan, plan_to_be
from localcloud.providers.tables.cloudflare_zone import RULESET
from localcloud.providers.values import Properties, at, every, leaves, mappings

CUSTOM = "http_request_firewall_custom"
LIMITED = "http_ratelimit"
SKIPPED = ("http_ratelimit", "http_request_firewall_managed", "http_request_sbfm")
CONTENT_TYPES = ("application/json", "text/html", "text/plain", "text/xml")
OVERRIDES = ("overrides.action", "overrides.categories.action", "overrides.rules.action")
OVERRIDING = frozenset(
    {"block", "challenge", "compress_response", "ddos_dynamic", "ddos_mitigation", "execute", "force_connection_close"}
    | {"js_challenge", "log", "log_custom_field", "managed_challenge", "redirect", "rewrite", "route", "score"}
    | {"serve_error", "set_cache_settings", "set_config", "skip"}
)


def wrong_deed(case: Case) -> str | None:
    """Refuse rules that skip what cannot be skipped, or limit where nothing is counted, and unknown overrides."""
    phase = case.inputs.get("phase")
    if case.traits.token != RULESET or not isinstance(phase, str):
        return None
    rules = mappings(case.inputs.get("rules"))
    return case.told(problem for at_, rule in enumerate(rules, 1) for problem in _deed(rule, phase, _name(rule, at_)))


def _name(rule: Properties, position: int) -> str:
    return str(rule.get("ref") or rule.get("description") or f"rule {position}")


def _deed(rule: Properties, phase: str, name: str) -> Iterator[str]:
    parameters = rule.get("actionParameters")
    for skipped in leaves(parameters, "phases") if phase == CUSTOM else ():
        if isinstance(skipped, str) and skipped not in SKIPPED:
            yield f"{name}: the phase {skipped} cannot be skipped (Cloudflare answers 400). Use {', '.join(SKIPPED)}."
    if rule.get("ratelimit") is not None and phase != LIMITED:
        yield f"{name}: ratelimit goes with the phase {LIMITED} alone (Cloudflare answers 400). Move the rule there."
    kind = at(parameters, "response.contentType")
    if isinstance(kind, str) and kind not in CONTENT_TYPES:
        yield f"{name}: it answers with {kind} (Cloudflare answers 400). Use {', '.join(CONTENT_TYPES)}."
    for path in OVERRIDES:
        for action in every(parameters, path):
            if isinstance(action, str) and action not in OVERRIDING:
                yield f"{name}: {path} is {action}, which is no action (Cloudflare answers 400). Use block or log."


def sold_deed(case: Case) -> str | None:
    """Refuse to answer in one's own words below the Pro plan, and to log a managed rule below Enterprise."""
    if case.traits.token != RULESET or "zoneId" not in case.inputs:
        return None
    plan = plan_to_be(case)
    if plan < Plan.PRO and every(case.inputs, "rules.actionParameters.response"):
        return f"{case.title}: an answer of one's own takes the Pro plan (Cloudflare answers 400). Leave response out."
    logged = any("log" in every(case.inputs, f"rules.actionParameters.{path}") for path in OVERRIDES)
    if plan < Plan.ENTERPRISE and logged:
        return (
            f"{case.title}: to override a rule's action with log takes the Enterprise plan (Cloudflare answers 400). "
            "Use managed_challenge or block."
        )
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("rule-deed", Stage.CHECK, "Cloudflare WAF: skip options, custom responses; OpenAPI", wrong_deed),
    LaunchRule("rule-deed-sold", Stage.CHECK, "Cloudflare: availability of log and custom responses", sold_deed),
)

"""Rules of a ruleset as values, and what the real API or the rehearsal would refuse about them.

Sources: developers.cloudflare.com/ruleset-engine/reference/phases-list, .../rules (settings of each product) and
.../waf/rate-limiting-rules/parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.edge.checking import check, fields_of
from localcloud.edge.types import Type, includes

REDIRECT = "http_request_dynamic_redirect"
FIREWALL = "http_request_firewall_custom"
RATE_LIMIT = "http_ratelimit"
REQUEST_HEADERS = "http_request_late_transform"
CACHE = "http_request_cache_settings"
RESPONSE_HEADERS = "http_response_headers_transform"
MANAGED = "http_request_firewall_managed"
DDOS = "ddos_l7"
LISTED = "http_request_redirect"

CHALLENGES = frozenset({"challenge", "js_challenge", "managed_challenge"})
ACTIONS: Mapping[str, frozenset[str]] = {
    REDIRECT: frozenset({"redirect"}),
    FIREWALL: CHALLENGES | {"block", "log", "skip"},
    RATE_LIMIT: CHALLENGES | {"block", "log"},
    REQUEST_HEADERS: frozenset({"rewrite"}),
    CACHE: frozenset({"set_cache_settings"}),
    RESPONSE_HEADERS: frozenset({"rewrite"}),
    DDOS: frozenset({"execute"}),
    MANAGED: frozenset({"execute", "skip", "log"}),
    LISTED: frozenset({"redirect"}),
}
"""The phases that the rehearsal knows, and the actions of each. The edge plays all but the rules that Cloudflare keeps
itself: what `execute` runs is checked, and finds nothing here."""

STATUSES = (301, 302, 303, 307, 308)
EDGE_MODES = ("respect_origin", "override_origin", "bypass_by_default")
BROWSER_MODES = ("respect_origin", "override_origin")
CACHE_KEYS = frozenset({"cache", "edgeTtl", "browserTtl"})
LEAST_EDGE_TTL = {"free": 7_200, "pro": 3_600, "business": 1, "enterprise": 1}  # seconds
PERIODS = (10, 15, 20, 30, 40, 45, 60, 90, 120, 180, 240, 300, 480, 600, 900, 1_200, 1_800, 2_400, 3_600)  # seconds
LONGEST_PERIOD = {"free": 10, "pro": 60, "business": 600, "enterprise": 3_600}  # seconds
LONGEST_MITIGATION = {"free": 10, "pro": 3_600, "business": 86_400, "enterprise": 86_400}  # seconds
COLO = "cf.colo.id"
NOT_COUNTED = frozenset({"requestsToOrigin", "scorePerPeriod", "scoreResponseHeaderName"})
LIMITED_FIELDS: Mapping[str, frozenset[str]] = {
    "free": frozenset({"http.request.uri.path", "cf.client.bot"}),
    "pro": frozenset(
        f"http.{name}" for name in ("host", "request.uri", "request.uri.path", "request.full_uri", "request.uri.query")
    )
    | {"cf.client.bot"},
}
"""Fields that a rate limit may ask for: developers.cloudflare.com/waf/rate-limiting-rules/#availability."""
FROM_LIST = re.compile(r"http\.request\.full_uri in \$([a-z0-9_]{1,50})")
HEADER_NAME = re.compile(r"[A-Za-z0-9_-]+")
HEADER_VALUE = re.compile(r"[ -~]{0,4096}")
RESERVED = ("cf-", "x-cf-")
VISITORS = frozenset(
    {"cf-connecting-ip", "cookie", "true-client-ip", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"}
)
"""Headers of a request that tell of the visitor, which a rule may remove and not set:
developers.cloudflare.com/rules/transform/request-header-modification/#important-remarks."""
UNCHANGEABLE = frozenset({"server", "eh-cache-tag", "eh-cdn-cache-control", "connection", "content-length", "host"})


@dataclass(frozen=True)
class Rule:
    """One enabled rule; `parameters` and `limit` are its `actionParameters` and `ratelimit`, in Pulumi's camelCase."""

    name: str
    expression: str
    action: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limit: Mapping[str, Any] = field(default_factory=dict)


def parse(inputs: Mapping[str, Any]) -> list[Rule]:
    """Return the enabled rules of a `Ruleset` resource, in their order."""
    rules = enumerate(inputs.get("rules") or ())
    return [_rule(position, rule) for position, rule in rules if rule.get("enabled", True)]


def problems(inputs: Mapping[str, Any], plan: str) -> list[str]:
    """Return what is wrong with a `Ruleset` resource's inputs, as sentences that name the rule.

    Phases that the edge does not play are reported as such. Raises ValueError when `plan` is not a plan.
    """
    phase = str(inputs.get("phase", ""))
    if phase not in ACTIONS:
        return [f"the rehearsal does not play the phase {phase}; it plays {', '.join(ACTIONS)}"]
    rules = [_rule(position, rule) for position, rule in enumerate(inputs.get("rules") or ())]
    return [f"{rule.name}: {problem}" for rule in rules for problem in rule_problems(rule, phase, plan)]


def rule_problems(rule: Rule, phase: str, plan: str) -> list[str]:
    """Return what is wrong with one rule of a phase that the edge plays."""
    if rule.action not in ACTIONS[phase]:
        return [
            f"the action {rule.action} does not exist in the phase {phase}, only {', '.join(sorted(ACTIONS[phase]))}"
        ]
    found = [] if phase == LISTED else check(rule.expression, plan, phase=phase)
    look = {
        REDIRECT: _redirect,
        CACHE: _cache,
        RATE_LIMIT: _rate_limit,
        REQUEST_HEADERS: _headers,
        RESPONSE_HEADERS: _headers,
        FIREWALL: _firewall,
        MANAGED: _executed,
        DDOS: _executed,
        LISTED: _listed,
    }[phase]
    return [*found, *look(rule, phase, plan)]


def _rule(position: int, rule: Mapping[str, Any]) -> Rule:
    name = rule.get("ref") or rule.get("description") or f"rule {position + 1}"
    return Rule(
        str(name),
        str(rule.get("expression", "")),
        str(rule.get("action", "")),
        rule.get("actionParameters") or {},
        rule.get("ratelimit") or {},
    )


def _redirect(rule: Rule, phase: str, plan: str) -> Iterator[str]:
    wanted = rule.parameters.get("fromValue") or {}
    if int(wanted.get("statusCode", 301)) not in STATUSES:
        yield f"{wanted['statusCode']} is not a redirect status; use one of {', '.join(map(str, STATUSES))}"
    yield from _value(wanted.get("targetUrl") or {}, "targetUrl", phase, plan)


def _headers(rule: Rule, phase: str, plan: str) -> Iterator[str]:
    headers: Mapping[str, Mapping[str, Any]] = rule.parameters.get("headers") or {}
    if not headers or set(rule.parameters) - {"headers"}:
        yield "the rehearsal's transform rules change headers, and nothing else"
    operations = ("set", "remove", "add") if phase == RESPONSE_HEADERS else ("set", "remove")
    for name, change in headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield f"{name!r} is not a header name; it may hold letters, digits, _ and -"
        yield from _unchangeable(name, change, phase)
        if change.get("operation") not in operations:
            yield f"{change.get('operation')} is not an operation on {name}; use one of {', '.join(operations)}"
        elif change["operation"] != "remove":
            yield from _value(change, name, phase, plan)
            if not HEADER_VALUE.fullmatch(str(change.get("value") or "")):
                yield f"the value of {name} holds other characters than printable ASCII, or more than 4096"


def _unchangeable(name: str, change: Mapping[str, Any], phase: str) -> Iterator[str]:
    if phase == REQUEST_HEADERS and name.lower() in VISITORS:
        if change.get("operation") != "remove":
            yield f"the header {name} tells of the visitor; it can be removed, not set"
    elif name.lower().startswith(RESERVED) or name.lower() in UNCHANGEABLE:
        yield f"the header {name} cannot be changed"


def _value(given: Mapping[str, Any], name: str, phase: str, plan: str) -> Iterator[str]:
    if (given.get("value") is None) == (given.get("expression") is None):
        yield f"{name} needs either a value or an expression"
    elif given.get("expression") is not None:
        yield from check(str(given["expression"]), plan, result=Type.STRING, phase=phase)


def _cache(rule: Rule, _phase: str, plan: str) -> Iterator[str]:
    for key in sorted(set(rule.parameters) - CACHE_KEYS):
        yield f"the rehearsal does not know the cache setting {key}"
    for key, modes in (("edgeTtl", EDGE_MODES), ("browserTtl", BROWSER_MODES)):
        ttl = rule.parameters.get(key)
        if ttl is not None and ttl.get("mode") not in modes:
            yield f"{key}.mode is {ttl.get('mode')}, not one of {', '.join(modes)}"
        elif ttl is not None and ttl["mode"] == "override_origin" and not ttl.get("default"):
            yield f"{key} overrides the origin and needs a default, in seconds"
        elif ttl is not None and ttl["mode"] != "override_origin" and ttl.get("default") is not None:
            yield f"{key}.default does not go with mode {ttl['mode']}, which is not to override the origin"
    edge = (rule.parameters.get("edgeTtl") or {}).get("default")
    if edge is not None and int(edge) < LEAST_EDGE_TTL[plan]:
        yield f"the {plan.title()} plan keeps at the edge for at least {LEAST_EDGE_TTL[plan]} seconds, not {int(edge)}"


def _rate_limit(rule: Rule, phase: str, plan: str) -> Iterator[str]:
    names = [str(one) for one in rule.limit.get("characteristics") or ()]
    if COLO not in names:
        yield f"the characteristics need {COLO}, because every data centre counts by itself"
    if not includes(plan, "enterprise") and set(names) - {COLO, "ip.src"}:
        yield f"the {plan.title()} plan counts by ip.src only"
    yield from _unlimited(rule.expression, plan)
    for name in set(names) - {COLO, "ip.src"}:
        yield from check(name, plan, result=Type.STRING, phase=phase)
    yield from _rates(rule, plan)
    counting = str(rule.limit.get("countingExpression") or "")
    if "http.response" in counting or {name for name, value in rule.limit.items() if value} & NOT_COUNTED:
        yield "the rehearsal counts requests, not responses, scores or what reaches the origin"
    elif counting:
        yield from check(counting, plan, phase=phase)


def _unlimited(expression: str, plan: str) -> Iterator[str]:
    """Yield the fields that a rate limit of this plan cannot ask for."""
    known = LIMITED_FIELDS.get(plan)
    beyond = sorted(fields_of(expression) - known) if known is not None else []
    if beyond:
        yield f"rate limits of the {plan.title()} plan know {', '.join(sorted(known or ()))}, not {', '.join(beyond)}"


def _rates(rule: Rule, plan: str) -> Iterator[str]:
    period, mitigation = int(rule.limit.get("period", 0)), int(rule.limit.get("mitigationTimeout") or 0)
    if period not in PERIODS or period > LONGEST_PERIOD[plan]:
        yield f"a period of {period} seconds is not one that the {plan.title()} plan has"
    if mitigation > LONGEST_MITIGATION[plan]:
        yield f"a mitigation of {mitigation} seconds is longer than the {plan.title()} plan allows"
    if mitigation and rule.action in CHALLENGES:
        yield "every request is challenged again; mitigationTimeout has to be 0"
    if not int(rule.limit.get("requestsPerPeriod") or 0):
        yield "requestsPerPeriod says how many requests are allowed, and is missing"


def _firewall(rule: Rule, _phase: str, _plan: str) -> Iterator[str]:
    if rule.action == "skip" and not set(rule.parameters) & {"ruleset", "phases", "products"}:
        yield "skip needs to know what: ruleset, phases or products"


def _executed(rule: Rule, phase: str, plan: str) -> Iterator[str]:
    if rule.action == "execute" and not rule.parameters.get("id"):
        yield "execute needs the id of the ruleset to run"
    if rule.action == "skip":
        yield from _firewall(rule, phase, plan)
    if phase == DDOS and rule.expression != "true" and not includes(plan, "enterprise"):
        yield f"the {plan.title()} plan overrides the DDoS protection of a whole zone: the expression has to be true"


def _listed(rule: Rule, _phase: str, _plan: str) -> Iterator[str]:
    named = FROM_LIST.fullmatch(rule.expression)
    wanted = rule.parameters.get("fromList") or {}
    if named is None:
        yield "the rehearsal plays lists by the expression http.request.full_uri in $NAME, and no other"
    elif (wanted.get("name"), wanted.get("key")) != (named[1], "http.request.full_uri"):
        yield f"fromList needs the name {named[1]} and the key http.request.full_uri, as its expression says"

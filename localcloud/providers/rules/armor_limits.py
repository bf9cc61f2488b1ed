"""What Cloud Armor refuses about a rule's match, its limits and its redirect (compute API, SecurityPolicyRule…)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import ARMOR
from localcloud.providers.values import Properties, Unknown, at, mappings

# https://cloud.google.com/armor/docs/rate-limiting-overview
INTERVALS = (10, 30, 60, 120, 180, 240, 270, 300, 600, 900, 1200, 1800, 2700, 3600)  # seconds
# https://cloud.google.com/armor/quotas
MOST_PARTS, LONGEST = 5, 2_048
TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
NAMED = ("HTTP_HEADER", "HTTP_COOKIE")


def wrong_rule(case: Case) -> str | None:
    """Refuse rules whose parts do not go together."""
    if case.traits.token != ARMOR:
        return None
    return case.told(problem for rule in mappings(case.inputs.get("rules")) for problem in _rule(rule))


def _rule(rule: Properties) -> Iterator[str]:
    match, action = rule.get("match"), rule.get("action")
    yield from _match(match) if isinstance(match, dict) else ()
    if rule.get("redirectOptions") is not None and isinstance(action, str) and action != "redirect":
        yield f"a rule has redirectOptions and the action {action} ({REFUSED}). Leave them out, or redirect."
    options = rule.get("rateLimitOptions")
    yield from _limit(options, action) if isinstance(options, dict) else ()


def _match(match: Properties) -> Iterator[str]:
    if match.get("versionedExpr") and match.get("config") is None:
        yield f"a rule has versionedExpr without config ({REFUSED}). Set config.srcIpRanges."
    if match.get("config") is not None and not match.get("versionedExpr"):
        yield f"a rule has config without versionedExpr ({REFUSED}). Set versionedExpr to SRC_IPS_V1."
    text = at(match, "expr.expression")
    if not isinstance(text, str):
        return
    parts = len(re.findall(r"&&|\|\|", TEXTS.sub("''", text))) + 1
    if len(text) > LONGEST:
        yield f"a rule's expression has {len(text)} characters ({REFUSED}). Use {LONGEST}, or split it into two rules."
    if parts > MOST_PARTS:
        yield f"a rule's expression joins {parts} parts ({REFUSED}). Use {MOST_PARTS}, or split it into two rules."


def _limit(options: Properties, action: object) -> Iterator[str]:
    for path in ("rateLimitThreshold", "banThreshold"):
        time = at(options, f"{path}.intervalSec")
        if isinstance(time, int) and time not in INTERVALS:
            yield f"{path}.intervalSec is {time} ({REFUSED}). Use one of {', '.join(map(str, INTERVALS))}."
    for name in ("banDurationSec", "banThreshold"):
        if options.get(name) is not None and isinstance(action, str) and action != "rate_based_ban":
            yield f"{name} goes with the action rate_based_ban, not {action} ({REFUSED}). Leave it out."
    yield from _keyed(options)


def _keyed(options: Properties) -> Iterator[str]:
    key, name = options.get("enforceOnKey"), options.get("enforceOnKeyName")
    if isinstance(key, Unknown) or isinstance(name, Unknown):
        return
    if key in NAMED and not name:
        yield f"enforceOnKey is {key} without enforceOnKeyName ({REFUSED}). Name the header or cookie."
    if name and key not in NAMED:
        yield f"enforceOnKeyName goes with {' and '.join(NAMED)} alone, not {key} ({REFUSED}). Leave it out."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("armor-parts", Stage.CHECK, "compute API, SecurityPolicyRule; Cloud Armor quotas", wrong_rule),
)

"""What Cloud Armor refuses about what a rule does and what its expression asks for.

Sources: the compute API's descriptions of SecurityPolicyRule, SecurityPolicyRuleRedirectOptions and
SecurityPolicy.type; tpg compute_security_policy (the default rule matches *);
https://cloud.google.com/armor/docs/rules-language-reference (attributes) and …/docs/rate-limiting-overview.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.armor_limits import TEXTS
from localcloud.providers.rules.cloud_armor import DEFAULT
from localcloud.providers.tables.gcp_network import ARMOR
from localcloud.providers.values import Properties, Value, at, is_network, mappings

MEMBERS = {
    "request": ("headers", "method", "path", "scheme", "query", "body"),
    "origin": ("ip", "region_code", "asn", "user_ip", "tls_ja3_fingerprint", "tls_ja4_fingerprint"),
}
ASKED = re.compile(rf"\b({'|'.join(MEMBERS)})\.(\w+)")
BARE = re.compile(r"(request|origin)\.\w+")
RANGE = re.compile(r"inIpRange\([^,()]+,\s*(['\"])([^'\"]*)\1\)")
OF_BACKENDS = ("throttle", "rate_based_ban", "redirect")  # actions that edge policies do not have


def wrong_action(case: Case) -> str | None:
    """Refuse a default rule that is not for all, redirects to nowhere, bans without end, and actions of others."""
    if case.traits.token != ARMOR:
        return None
    rules, kind = mappings(case.inputs.get("rules")), case.inputs.get("type")
    return case.told(problem for rule in rules for problem in _rule(rule, kind))


def _rule(rule: Properties, kind: Value) -> Iterator[str]:
    action, options = rule.get("action"), rule.get("redirectOptions")
    if kind == "CLOUD_ARMOR_EDGE" and action in OF_BACKENDS:
        yield f"the action {action} is not one of CLOUD_ARMOR_EDGE ({REFUSED}). Use allow or deny(403)."
    if rule.get("priority") == DEFAULT and at(rule, "match.expr.expression") is not None:
        yield f"the default rule has an expression ({REFUSED}). Have it match *, and give the expression a rule before."
    if action == "redirect" and options is None:
        yield f"a rule redirects without redirectOptions ({REFUSED}). Set type to GOOGLE_RECAPTCHA, or give a target."
    yield from _redirect(options) if isinstance(options, dict) else ()
    limits = rule.get("rateLimitOptions")
    if action == "rate_based_ban" and isinstance(limits, dict) and limits.get("banDurationSec") is None:
        yield f"a rule bans without banDurationSec ({REFUSED}). Set it, such as 600."


def _redirect(options: Properties) -> Iterator[str]:
    kind, target = options.get("type"), options.get("target")
    if kind == "EXTERNAL_302" and target in (None, ""):
        yield f"redirectOptions of type EXTERNAL_302 have no target ({REFUSED}). Name the address."
    if kind == "GOOGLE_RECAPTCHA" and target not in (None, ""):
        yield f"redirectOptions of type GOOGLE_RECAPTCHA have a target ({REFUSED}). Leave it out."


def wrong_question(case: Case) -> str | None:
    """Refuse an expression that asks for what no request has, for a range that is none, or that is no condition."""
    for rule in mappings(case.inputs.get("rules")) if case.traits.token == ARMOR else ():
        text = at(rule, "match.expr.expression")
        problem = next(_question(text), None) if isinstance(text, str) else None
        if problem:
            return f"{case.title}: a rule's expression {problem} Correct it: {text}"
    return None


def _question(text: str) -> Iterator[str]:
    for root, member in ASKED.findall(TEXTS.sub("''", text)):
        if member not in MEMBERS[root]:
            close = difflib.get_close_matches(member, MEMBERS[root], n=1, cutoff=0.5)
            meant = f"Did you mean {root}.{close[0]}?" if close else f"It has {', '.join(MEMBERS[root])}."
            yield f"asks for {root}.{member}, which there is not ({REFUSED}). {meant}"
    for _, range_ in RANGE.findall(text):
        if not is_network(range_):
            yield f'asks for the range "{range_}", which is none ({REFUSED}). Write it such as 192.0.2.0/24.'
    if BARE.fullmatch(text.strip()):
        yield f"is neither true nor false ({REFUSED}). Compare it, such as request.path == '/login'."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("armor-action", Stage.CHECK, "compute API, SecurityPolicyRule, SecurityPolicy.type", wrong_action),
    LaunchRule("armor-question", Stage.CHECK, "Cloud Armor: rules language, attributes", wrong_question),
)

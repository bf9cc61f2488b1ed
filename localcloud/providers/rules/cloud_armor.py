"""What Google refuses about security policies of load balancers (reference of securityPolicies, rules)."""

from __future__ import annotations

from localcloud.providers.languages import cel
from localcloud.providers.languages.scanning import LanguageError
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import ARMOR
from localcloud.providers.values import Unknown, every, is_network, leaves

DEFAULT = 2_147_483_647


def shapeless_policy(case: Case) -> str | None:
    """Refuse a policy without its default rule or with two rules of one priority."""
    rules = case.inputs.get("rules")
    if case.traits.token != ARMOR or not rules or isinstance(rules, Unknown):
        return None
    priorities = [rule.get("priority") for rule in rules]
    if DEFAULT not in priorities:
        return f"{case.title} has no default rule. Add one with priority {DEFAULT} that matches *."
    if len(set(priorities)) != len(priorities):
        return f"{case.title} has two rules of one priority. Give each its own."
    return None


def wrong_range(case: Case) -> str | None:
    """Refuse ranges that are not addresses (400, invalid value for srcIpRanges)."""
    if case.traits.token != ARMOR:
        return None
    for text in leaves(case.inputs, "rules.match.config.srcIpRanges"):
        if isinstance(text, str) and text != "*" and not is_network(text):
            return (
                f"{case.title}: {text} in srcIpRanges is not a range of addresses (400 INVALID_ARGUMENT). Write "
                "it such as 192.0.2.0/24 or 2001:db8::/32."
            )
    return None


def wrong_expression(case: Case) -> str | None:
    """Refuse expressions that are not valid CEL (https://cloud.google.com/armor/docs/rules-language-reference)."""
    for text in every(case.inputs, "rules.match.expr.expression") if case.traits.token == ARMOR else ():
        try:
            cel.read(text) if isinstance(text, str) else None
        except LanguageError as error:
            return f"{case.title}: a rule's expression is not valid: {error} (400 INVALID_ARGUMENT). Correct it: {text}"
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("armor-rules", Stage.CHECK, "compute API, securityPolicies; Cloud Armor quotas", shapeless_policy),
    LaunchRule("armor-expression", Stage.CHECK, "Cloud Armor: rules language", wrong_expression),
    LaunchRule("armor-ranges", Stage.CHECK, "compute API, securityPolicies", wrong_range),
)

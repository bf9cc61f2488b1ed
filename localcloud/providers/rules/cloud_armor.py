"""What Google refuses about security policies of load balancers (reference of securityPolicies, rules)."""

from __future__ import annotations

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_network import ARMOR
from localcloud.providers.values import Unknown

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


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("armor-rules", Stage.CHECK, "compute API, securityPolicies; Cloud Armor quotas", shapeless_policy),
)

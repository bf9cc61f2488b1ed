"""What IAM refuses about long conditions, identities from elsewhere, and who is not logged.

Sources: https://cloud.google.com/iam/quotas (logical operators of a condition), the references of
projects.locations.workloadIdentityPools.providers (attributeMapping, Oidc.jwksJson) and of AuditLogConfig.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_project import POOL_PROVIDER
from localcloud.providers.values import at, leaves

AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
REFUSED = "IAM answers 400"
MOST_OPERATORS = 12
OPERATORS = re.compile(r"&&|\|\||!(?!=)")
TEXTS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
LONGEST_MAPPING = 2_048  # characters
MEMBER = re.compile(r"(user|group|serviceAccount|domain|principal|principalSet):\S+")


def long_condition(case: Case) -> str | None:
    """Refuse a condition that joins too much."""
    expression = at(case.inputs, "condition.expression")
    if not isinstance(expression, str) or "member" not in case.inputs:
        return None
    count = len(OPERATORS.findall(TEXTS.sub("''", expression)))
    if count <= MOST_OPERATORS:
        return None
    return (
        f"{case.title}: its condition has {count} logical operators, and IAM takes {MOST_OPERATORS} ({REFUSED}). Split "
        "it into several grants."
    )


def wrong_provider(case: Case) -> str | None:
    """Refuse mappings that are too long, and keys that are not JSON."""
    return case.told(_provider(case)) if case.traits.token == POOL_PROVIDER else None


def _provider(case: Case) -> Iterator[str]:
    mapping, keys = case.inputs.get("attributeMapping"), at(case.inputs, "oidc.jwksJson")
    for target, expression in mapping.items() if isinstance(mapping, dict) else ():
        if isinstance(expression, str) and len(expression) > LONGEST_MAPPING:
            yield f"attributeMapping.{target} has {len(expression)} characters ({REFUSED}). Use {LONGEST_MAPPING}."
    if isinstance(keys, str) and keys and not _has_keys(keys):
        yield f'oidc.jwksJson is not a set of keys in JSON ({REFUSED}). Write {{"keys": […]}}, or leave it out.'


def _has_keys(text: str) -> bool:
    try:
        told = json.loads(text)
    except ValueError:
        return False
    return isinstance(told, dict) and isinstance(told.get("keys"), list)


def wrong_exemption(case: Case) -> str | None:
    """Refuse members whose access is not logged in another form than IAM's."""
    if case.traits.token != AUDIT:
        return None
    for member in leaves(case.inputs, "auditLogConfigs.exemptedMembers"):
        if isinstance(member, str) and not MEMBER.fullmatch(member):
            return f'{case.title}: "{member}" in exemptedMembers is not a member ({REFUSED}). Write user:{member}.'
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("condition-size", Stage.CHECK, "IAM quotas: logical operators", long_condition),
    LaunchRule("identity-provider", Stage.CHECK, "IAM API, WorkloadIdentityPoolProvider", wrong_provider),
    LaunchRule("audit-member", Stage.CHECK, "IAM API, AuditLogConfig.exemptedMembers", wrong_exemption),
)

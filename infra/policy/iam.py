"""Rules on who may do what: Google's IAM."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from infra.policy.conditions import holds_only_where, is_constant
from infra.policy.rule import Resource, Rule, of
from infra.resource_names import DEPLOYER

EVERYBODY = {"allusers", "allauthenticatedusers", "principalset://goog/public:all"}
"""In lower case; the last is how newer policies write it (cloud.google.com/iam/docs/principal-identifiers)."""
BASIC = {"roles/owner", "roles/editor", "roles/viewer", "roles/admin", "roles/writer", "roles/reader"}
"""Older and newer ones."""
IMPERSONATING = {
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
}
DEFAULT_ACCOUNT = re.compile(r"(\d+-compute@developer|[a-z0-9.:-]+@appspot|\d+@cloudservices)\.gserviceaccount\.com$")
ADMIN = re.compile(r"roles/(?:.*\.)?(?:admin|\w+Admin|owner)(?:\.v\d+)?$")
MACHINES = ("serviceAccount:", "principal://", "principalSet://")
"""How members begin that are no people: accounts, and a CI's identities that have no account of ours."""


Judge = Callable[[Resource], str | None]
GRANT = re.compile(r"gcp:.*(?:Iam|IAM)(?:Member|Binding|Policy)$")
LIST = re.compile(r"gcp:(?:storage/.*(?:A[Cc][Ll]|AccessControl)|bigquery/datasetAccess):")
ABOVE = re.compile(r"gcp:(?:projects|folder|organizations)/(?:iam|iAM)(?:Member|Binding|Policy):")
"""On a project, a folder or an organization: what is granted there holds for everything in it."""
REPOSITORY = re.compile(
    r"""(?:assertion|attribute)\.repository_id(?:==(['"])\d+\1|in\[(?:(['"])\d+\2,?)+\])"""
    r"""|(['"])\d+\3==(?:assertion|attribute)\.repository_id"""
)


class Granted(NamedTuple):
    """One role, and who has it."""

    role: str
    members: Sequence[str]
    condition: str = ""


def _granted(resource: Resource) -> list[Granted]:
    """Return what an IAM member, binding or policy gives; the last holds it all as JSON (`policyData`)."""
    given = resource.properties
    if resource.type.endswith("Policy"):
        return [_binding(each) for each in json.loads(given["policyData"] or "{}").get("bindings", ())]
    members = [given["member"]] if given.get("member") else list(given.get("members") or ())
    return [Granted(given["role"], members, (given.get("condition") or {}).get("expression", ""))]


def _binding(written: Mapping[str, Any]) -> Granted:
    condition = (written.get("condition") or {}).get("expression", "")
    return Granted(written.get("role", ""), written.get("members") or (), condition)


def _each(judge: Callable[[Granted, Resource], str | None], where: re.Pattern[str] = GRANT) -> Judge:
    """Return a judge of resources from one of roles that are granted: the first that is wrong is told."""

    def judged(resource: Resource) -> str | None:
        if not (GRANT.match(resource.type) and where.match(resource.type)):
            return None
        return next((wrong for each in _granted(resource) if (wrong := judge(each, resource))), None)

    return judged


def _is_key(_resource: Resource) -> str:
    return "is a service account's key, a password in a file that never expires"


def _admits_everybody(given: Granted, _resource: Resource) -> str | None:
    found = {member for member in given.members if member.lower() in EVERYBODY}
    return f"gives {given.role} to {', '.join(sorted(found))}, that is to the whole world" if found else None


def _opens_a_list(resource: Resource) -> str | None:
    """Tell of access control lists, which open a thing beside IAM: by an entity, a special group or a ready list."""
    given = resource.properties
    named = [str(given.get(key) or "") for key in ("entity", "specialGroup", "iamMember", "predefinedAcl")]
    named += [str(each).rpartition(":")[2] for each in given.get("roleEntities") or ()]
    found = next((name for name in named if name.lower() in EVERYBODY or name.startswith("public")), None)
    return f"gives {found} access by a list of its own, that is to the whole world" if found else None


def _is_open_to_everybody(resource: Resource) -> str | None:
    return _opens_a_list(resource) if LIST.match(resource.type) else _each(_admits_everybody)(resource)


def _gives_basic_role(given: Granted, _resource: Resource) -> str | None:
    return f"gives the basic role {given.role}, which reaches thousands of things" if given.role in BASIC else None


def _gives_to_default_account(given: Granted, _resource: Resource) -> str | None:
    found = next((member for member in given.members if DEFAULT_ACCOUNT.search(member)), None)
    return f"gives {given.role} to the default account {found}, which others use too" if found else None


def _lets_impersonate(given: Granted, resource: Resource) -> str | None:
    others = [member for member in given.members if not _deploys(member, resource)]
    if not others or given.role not in IMPERSONATING:
        return None
    return f"gives {given.role} on the whole project, so that it can act as any account"


def _makes_admin(given: Granted, resource: Resource) -> str | None:
    if given.role in BASIC:  # told by another rule
        return None
    serves = any(member.startswith(MACHINES) and not _deploys(member, resource) for member in given.members)
    return f"makes a service account an administrator by {given.role}" if serves and ADMIN.match(given.role) else None


def _deploys(member: str, resource: Resource) -> bool:
    """The account that runs this program for a CI, in this very project, has to be able to make what it makes."""
    return member == f"serviceAccount:{DEPLOYER}@{resource.properties.get('project')}.iam.gserviceaccount.com"


def _always_holds(given: Granted, _resource: Resource) -> str | None:
    if not is_constant(given.condition):
        return None
    return f"gives {given.role} under a condition that always holds, or never: {given.condition}"


def _admits_any_repository(resource: Resource) -> str | None:
    condition = str(resource.properties.get("attributeCondition") or "")
    if not condition:
        return "lets any repository of the provider ask for our identity"
    mapped = dict(resource.properties.get("attributeMapping") or {}).get("attribute.repository_id")
    if mapped not in (None, "assertion.repository_id") and "attribute.repository_id" in condition:
        return "reads repository_id from another claim, which whoever asks may choose"
    if holds_only_where(condition, lambda part: REPOSITORY.fullmatch(part) is not None):
        return None
    return "binds no repository_id in every case, and a repository's name can be taken over when it is given up"


IAM: tuple[Rule, ...] = (
    Rule(
        "iam.no-keys",
        "No service account has a key",
        "CIS GCP 1.4, Checkov CKV2_GCP_3",
        of("gcp:serviceaccount/Key"),
        _is_key,
        "Use the identity that Cloud Run gives, and workload identity for a CI",
    ),
    Rule(
        "iam.not-everybody",
        "No role is given to everybody",
        "CIS GCP 5.1, Checkov CKV_GCP_28, CKV_GCP_101, CKV_GCP_102, CKV_GCP_112",
        None,
        _is_open_to_everybody,
        "Name the service account that needs it",
    ),
    Rule(
        "iam.no-basic-roles",
        "No basic role is given",
        "Checkov CKV_GCP_117, cloud.google.com/iam/docs/roles-overview#basic",
        None,
        _each(_gives_basic_role),
        "Give the predefined role of the one service that is used",
    ),
    Rule(
        "iam.no-default-account",
        "Default service accounts get no role",
        "Checkov CKV_GCP_46",
        None,
        _each(_gives_to_default_account),
        "Make an account for the one purpose, in infra/service_accounts.py",
    ),
    Rule(
        "iam.no-impersonation",
        "Nobody but the account that deploys may act as every account of the project",
        "CIS GCP 1.6, Checkov CKV_GCP_41, CKV_GCP_49",
        None,
        _each(_lets_impersonate, ABOVE),
        "Give it on the one account with serviceaccount.IAMMember",
    ),
    Rule(
        "iam.no-admin",
        "No service account but the one that deploys is an administrator of the project",
        "CIS GCP 1.5, Checkov CKV_GCP_42",
        None,
        _each(_makes_admin, ABOVE),
        "Give the role that it needs for its work, on the one resource",
    ),
    Rule(
        "iam.real-conditions",
        "A condition of a role asks something",
        "cloud.google.com/iam/docs/conditions-overview",
        None,
        _each(_always_holds),
        "Drop the side that always holds, or the whole condition",
    ),
    Rule(
        "iam.bound-ci",
        "A CI's identity is bound to one repository",
        "Checkov CKV_GCP_118, CKV_GCP_125, cloud.google.com/iam/docs/workload-identity-federation",
        of("gcp:iam/WorkloadIdentityPoolProvider"),
        _admits_any_repository,
        "Set attribute_condition to the repository's id",
    ),
)

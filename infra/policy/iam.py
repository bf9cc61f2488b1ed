"""Rules on who may do what: Google's IAM."""

from __future__ import annotations

import re

from infra.policy.rule import Resource, Rule, of
from infra.resource_names import DEPLOYER

IN_PROJECT = of("gcp:projects/IAMMember", "gcp:projects/IAMBinding")
ANYWHERE = IN_PROJECT | of(
    "gcp:artifactregistry/RepositoryIamMember",
    "gcp:cloudrunv2/ServiceIamMember",
    "gcp:cloudtasks/QueueIamMember",
    "gcp:kms/CryptoKeyIAMMember",
    "gcp:pubsub/SubscriptionIAMMember",
    "gcp:pubsub/TopicIAMMember",
    "gcp:secretmanager/SecretIamMember",
    "gcp:serviceaccount/IAMMember",
    "gcp:storage/BucketIAMMember",
)
EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}
IMPERSONATING = {
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
}
DEFAULT_ACCOUNT = re.compile(r"(\d+-compute@developer|[a-z0-9-]+@appspot|\d+@cloudservices)\.gserviceaccount\.com$")
ADMIN = re.compile(r"roles/(?:.*\.)?(?:admin|\w+Admin)$")


def _members(resource: Resource) -> list[str]:
    single = resource.properties.get("member")
    return [single] if single else list(resource.properties.get("members") or ())


def _is_key(_resource: Resource) -> str:
    return "is a service account's key, a password in a file that never expires"


def _admits_everybody(resource: Resource) -> str | None:
    found = EVERYBODY & set(_members(resource))
    return (
        f"gives {resource.properties['role']} to {', '.join(sorted(found))}, that is to the whole world"
        if found
        else None
    )


def _gives_basic_role(resource: Resource) -> str | None:
    role = resource.properties["role"]
    return f"gives the basic role {role}, which reaches thousands of things" if role in BASIC else None


def _gives_to_default_account(resource: Resource) -> str | None:
    found = next((member for member in _members(resource) if DEFAULT_ACCOUNT.search(member)), None)
    return (
        f"gives {resource.properties['role']} to the default account {found}, which others use too" if found else None
    )


def _lets_impersonate(resource: Resource) -> str | None:
    role = resource.properties["role"]
    others = [member for member in _members(resource) if not _deploys(member)]
    return (
        f"gives {role} on the whole project, so that it can act as any account"
        if others and role in IMPERSONATING
        else None
    )


def _makes_admin(resource: Resource) -> str | None:
    role = resource.properties["role"]
    serves = any(member.startswith("serviceAccount:") and not _deploys(member) for member in _members(resource))
    return f"makes a service account an administrator by {role}" if serves and ADMIN.match(role) else None


def _deploys(member: str) -> bool:
    """The account that runs this program for a CI has to be able to make what it makes."""
    return member.startswith(f"serviceAccount:{DEPLOYER}@")


def _admits_any_repository(resource: Resource) -> str | None:
    condition = str(resource.properties.get("attributeCondition") or "")
    if "assertion.repository_id" in condition or "attribute.repository_id" in condition:
        return None
    return (
        "lets any repository of the provider ask for our identity"
        if not condition
        else ("binds no repository_id, and a repository's name can be taken over when it is given up")
    )


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
        ANYWHERE,
        _admits_everybody,
        "Name the service account that needs it",
    ),
    Rule(
        "iam.no-basic-roles",
        "No basic role is given",
        "Checkov CKV_GCP_117, cloud.google.com/iam/docs/roles-overview#basic",
        ANYWHERE,
        _gives_basic_role,
        "Give the predefined role of the one service that is used",
    ),
    Rule(
        "iam.no-default-account",
        "Default service accounts get no role",
        "Checkov CKV_GCP_46",
        ANYWHERE,
        _gives_to_default_account,
        "Make an account for the one purpose, in infra/service_accounts.py",
    ),
    Rule(
        "iam.no-impersonation",
        "Nobody but the account that deploys may act as every account of the project",
        "CIS GCP 1.6, Checkov CKV_GCP_41, CKV_GCP_49",
        IN_PROJECT,
        _lets_impersonate,
        "Give it on the one account with serviceaccount.IAMMember",
    ),
    Rule(
        "iam.no-admin",
        "No service account but the one that deploys is an administrator of the project",
        "CIS GCP 1.5, Checkov CKV_GCP_42",
        IN_PROJECT,
        _makes_admin,
        "Give the role that it needs for its work, on the one resource",
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

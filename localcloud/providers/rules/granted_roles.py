"""What IAM refuses about a role on a resource that it says nothing about (400, not supported for this resource).

https://cloud.google.com/iam/docs/roles-permissions names the least resource of each role; the refusal itself is in
hashicorp/terraform-provider-google#9130. Only roles are judged whose permissions are of one service alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.rules.grants import PROJECT_MEMBER

NARROW: Mapping[str, frozenset[str]] = {  # service → its roles that hold nothing of another service
    "artifactregistry": frozenset({"reader", "writer", "repoAdmin"}),
    "billing": frozenset({"admin", "costsManager", "creator", "user", "viewer"}),
    "cloudkms": frozenset({"cryptoKeyDecrypter", "cryptoKeyEncrypter", "cryptoKeyEncrypterDecrypter", "signer"}),
    "cloudtasks": frozenset({"enqueuer", "queueAdmin", "taskDeleter", "taskRunner", "viewer"}),
    "datastore": frozenset({"user", "viewer"}),
    "iam": frozenset(
        {
            *("serviceAccountOpenIdTokenCreator", "serviceAccountTokenCreator", "serviceAccountUser"),
            "workloadIdentityUser",
        }
    ),
    "logging": frozenset({"logWriter", "viewer"}),
    "monitoring": frozenset({"metricWriter", "viewer"}),
    "pubsub": frozenset({"publisher", "subscriber", "viewer"}),
    "run": frozenset({"invoker", "viewer"}),
    "secretmanager": frozenset({"secretAccessor", "secretVersionAdder", "secretVersionManager", "viewer"}),
    "storage": frozenset({"objectAdmin", "objectCreator", "objectUser", "objectViewer"}),
}
ON: Mapping[str, tuple[str, str]] = {  # type of a grant → the service of its resource, and a role for it
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ("artifactregistry", "reader"),
    "gcp:billing/accountIamMember:AccountIamMember": ("billing", "viewer"),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": ("run", "invoker"),
    "gcp:cloudtasks/queueIamMember:QueueIamMember": ("cloudtasks", "enqueuer"),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("cloudkms", "cryptoKeyEncrypterDecrypter"),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("pubsub", "publisher"),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("secretmanager", "secretAccessor"),
    "gcp:serviceaccount/iAMMember:IAMMember": ("iam", "serviceAccountUser"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("storage", "objectViewer"),
}
BASIC = ("roles/editor", "roles/owner", "roles/viewer")
ELSEWHERE: Mapping[str, str] = {  # roles that a project does not take → where they are given
    **{f"roles/billing.{name}": "the billing account" for name in ("admin", "costsManager", "user", "viewer")},
    **{
        f"roles/resourcemanager.{name}": "the organization"
        for name in ("organizationAdmin", "organizationViewer", "projectCreator")
    },
    **{
        f"roles/storage.legacy{name}": "a bucket"
        for name in ("BucketOwner", "BucketReader", "BucketWriter", "ObjectOwner", "ObjectReader")
    },
}


def role_elsewhere(case: Case) -> str | None:
    """Refuse a role on a resource of another service, and one that is not given on a project."""
    role, token = case.inputs.get("role"), case.traits.token
    if not isinstance(role, str):
        return None
    if token == PROJECT_MEMBER and role in ELSEWHERE:
        return (
            f"{case.title}: {role} is not a role for a project (IAM answers 400, not supported for this resource). "
            f"Give it on {ELSEWHERE[role]}."
        )
    service, _, name = role.removeprefix("roles/").partition(".")
    own, meant = ON.get(token, (service, ""))
    if own == "storage" and token in ON and role in BASIC:
        return (
            f"{case.title}: {role} is given on projects alone (IAM answers 400, not supported for this resource). Use "
            f"roles/{own}.{meant}."
        )
    if service == own or name not in NARROW.get(service, ()):
        return None
    return (
        f"{case.title}: {role} says nothing about what it is given on here (IAM answers 400, not supported for this "
        f"resource). Use a role of this service, such as roles/{own}.{meant}, or give it where it belongs."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("role-elsewhere", Stage.CHECK, "IAM: roles, least resource; tpg#9130", role_elsewhere),
)

"""Who holds which role on which resource: as Pulumi's IAM members say it, and as Google's policies do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Pulumi token of an IAM member → the resource it is bound on, filled with the member's own properties; a property that
# may hold a short id or a full resource name is cut to its last part first.
BOUND_ON: Mapping[str, tuple[str, str]] = {
    "gcp:projects/iAMMember:IAMMember": ("projects/{project}", ""),
    "gcp:secretmanager/secretIamMember:SecretIamMember": ("projects/{project}/secrets/{secretId}", "secretId"),
    "gcp:cloudtasks/queueIamMember:QueueIamMember": ("projects/{project}/locations/{location}/queues/{name}", "name"),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": (
        "projects/{project}/locations/{location}/services/{name}",
        "name",
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": ("{serviceAccountId}", ""),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": ("projects/{project}/topics/{topic}", "topic"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": ("projects/_/buckets/{bucket}", "bucket"),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": (
        "projects/{project}/locations/{location}/repositories/{repository}",
        "repository",
    ),
    "gcp:billing/accountIamMember:AccountIamMember": ("billingAccounts/{billingAccountId}", ""),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ("{cryptoKeyId}", ""),
}
ACCOUNT = "gcp:serviceaccount/account:Account"


@dataclass(frozen=True, order=True)
class Grant:
    """One member holding one role on one resource (relative resource name)."""

    resource: str
    role: str
    member: str


def grant_of(token: str, properties: Mapping[str, Any]) -> Grant | None:
    """Return what an IAM member resource grants; None when it is conditional, incomplete or of another type."""
    template, short = BOUND_ON.get(token, ("", ""))
    if not template or properties.get("condition"):
        return None
    known = dict(properties)
    if short in known:
        known[short] = str(known[short]).rpartition("/")[2]
    try:
        return Grant(template.format_map(known), known["role"], known["member"])
    except KeyError:
        return None


@dataclass(frozen=True)
class Promised:
    """What a stack grants in its project, and the names of its service accounts by the number Google gave each."""

    project: str
    number: str
    grants: frozenset[Grant]
    accounts: Mapping[str, str]


def promised(project: str, number: str, state: Mapping[str, Any]) -> Promised:
    """Return what the exported state of a stack (`pulumi stack export`) grants."""
    made = [each for each in state["deployment"].get("resources") or () if each.get("outputs")]
    found = (grant_of(each["type"], {**each.get("inputs", {}), **each["outputs"]}) for each in made)
    accounts = {
        str(each["outputs"].get("uniqueId")): each["outputs"]["name"] for each in made if each["type"] == ACCOUNT
    }
    return Promised(project, number, frozenset(each for each in found if each), accounts)


def granted(policies: Iterable[Mapping[str, Any]], stack: Promised) -> Iterator[Grant]:
    """Yield every grant of the policies that Cloud Asset Inventory found, with the resource named as a stack does.

    https://cloud.google.com/asset-inventory/docs/asset-names: projects come by id or number, accounts by their number.
    """
    for policy in policies:
        resource = _relative(str(policy["resource"]), stack)
        for binding in policy["policy"].get("bindings") or ():
            yield from (Grant(resource, str(binding["role"]), str(member)) for member in binding["members"])


def is_googles_own(grant: Grant, stack: Promised) -> bool:
    """Tell whether Google itself made a grant, when an API was enabled: to one of its own agents, or Firebase's.

    https://cloud.google.com/iam/docs/service-agents
    """
    name = grant.member.removeprefix("serviceAccount:")
    agent = re.fullmatch(rf"(service-)?{stack.number}@([a-z0-9-]+)(\.iam)?\.gserviceaccount\.com", name)
    admin = re.fullmatch(rf"firebase-adminsdk-[a-z0-9]+@{re.escape(stack.project)}\.iam\.gserviceaccount\.com", name)
    if agent and agent[2] == "cloudservices":
        return grant.role == "roles/editor"
    if admin and grant.role == "roles/iam.serviceAccountTokenCreator":
        return True
    return bool(agent or admin) and grant.role.lower().endswith("serviceagent")


def _relative(full: str, stack: Promised) -> str:
    service, _, name = full.removeprefix("//").partition("/")
    if service == "storage.googleapis.com":
        return f"projects/_/buckets/{name}"
    name = re.sub(rf"^projects/{stack.number}(?=/|$)", f"projects/{stack.project}", name)
    parent, _, last = name.rpartition("/")
    return stack.accounts.get(last, name) if parent.endswith("serviceAccounts") else name

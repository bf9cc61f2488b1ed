"""Cloud Asset Inventory's answer to who holds which role in a project.

It names resources in full, projects of secrets by their number, and service accounts by theirs
(https://cloud.google.com/asset-inventory/docs/asset-names).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from blueprint.iam_grants import ACCOUNT
from localcloud import iam
from localcloud.base.world import World

KINDS = {  # last but one part of a relative name → the API that the resource belongs to
    "projects": "cloudresourcemanager.googleapis.com",
    "secrets": "secretmanager.googleapis.com",
    "queues": "cloudtasks.googleapis.com",
    "services": "run.googleapis.com",
    "serviceAccounts": "iam.googleapis.com",
    "topics": "pubsub.googleapis.com",
    "buckets": "storage.googleapis.com",
    "repositories": "artifactregistry.googleapis.com",
    "cryptoKeys": "cloudkms.googleapis.com",
}


def search(world: World, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of policies, each resource's in one; `query` has pageSize (up to 500) and pageToken."""
    held: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for grant in (each for each in iam.bindings(world) if not each.resource.startswith("billingAccounts/")):
        held[_full(world, grant.resource)][grant.role].append(grant.member)
    size, start = min(int(query.get("pageSize") or 100), 500), int(query.get("pageToken") or 0)
    names = sorted(held)
    more = {"nextPageToken": str(start + size)} if start + size < len(names) else {}
    return {"results": [_policy(name, held[name]) for name in names[start : start + size]], **more}


def _policy(name: str, roles: Mapping[str, list[str]]) -> dict[str, Any]:
    bindings = [{"role": role, "members": members} for role, members in sorted(roles.items())]
    return {"resource": name, "policy": {"bindings": bindings}}


def _full(world: World, relative: str) -> str:
    *_, kind, last = relative.split("/")
    if kind == "buckets":
        return f"//{KINDS[kind]}/{last}"
    project, name = relative.split("/")[1], relative
    if kind == "secrets":
        name = name.replace(f"projects/{project}/", f"projects/{iam.project_number(world, project)}/", 1)
    if kind == "serviceAccounts":
        numbers = {made.outputs.get("email"): made.outputs.get("uniqueId") for made in world.resources(ACCOUNT)}
        name = name.removesuffix(last) + str(numbers.get(last) or last)
    return f"//{KINDS[kind]}/{name}"

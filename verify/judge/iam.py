"""Judges who holds a role that the stack does not grant. A refresh does not see them: they are in no state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from blueprint.finding import Finding, Status
from blueprint.iam_grants import Grant, Promised, granted, is_googles_own

ID = "iam.grants"
EXPECTED = "only the roles that the stack grants, and Google's own to its agents"
OWNER = "roles/owner"
GCLOUD = {  # last but one part of a resource's name → the command group for it
    "projects": "projects",
    "secrets": "secrets",
    "queues": "tasks queues",
    "services": "run services",
    "serviceAccounts": "iam service-accounts",
    "topics": "pubsub topics",
    "buckets": "storage buckets",
    "repositories": "artifacts repositories",
}


def judge(stack: Promised, policies: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return a finding for each grant that nobody promised, or one that there is none.

    A person who owns the project is a warning: whoever created it does. An empty answer is unknown.
    """
    held = set(granted(policies, stack))
    if not held:
        return [unknown(stack.project, "no roles were found")]
    strange = sorted(grant for grant in held - stack.grants if not is_googles_own(grant, stack))
    return [_strange(grant, stack) for grant in strange] or [
        Finding(ID, stack.project, Status.PASS, EXPECTED, f"{len(held)} roles, all of them promised")
    ]


def unknown(project: str, why: str) -> Finding:
    """Return the finding when nobody answered."""
    cure = f"Enable cloudasset.googleapis.com, have the role roles/cloudasset.viewer on {project}, and look again."
    return Finding(ID, project, Status.UNKNOWN, EXPECTED, f"it could not be seen who holds a role ({why})", fix=cure)


def _strange(grant: Grant, stack: Promised) -> Finding:
    where = "the project" if grant.resource == f"projects/{stack.project}" else grant.resource
    person = grant.role == OWNER and grant.member.startswith("user:")
    seen = f"{grant.member} holds {grant.role} on {where}, which the stack does not grant"
    cure = f"Remove it ({_command(grant, stack)}), or grant it in infra/ so that it is on record."
    if person:
        cure = (
            f"Leave it if you know this person: whoever creates a project owns it. Otherwise: {_command(grant, stack)}"
        )
    return Finding(ID, grant.member, Status.WARN if person else Status.FAIL, EXPECTED, seen, grant.resource, cure)


def _command(grant: Grant, stack: Promised) -> str:
    """Return the command that takes a grant away; its resource is KIND/NAME, mostly below projects/P[/locations/L]."""
    *above, kind, name = grant.resource.split("/")
    words = [f"gcloud {GCLOUD[kind]} remove-iam-policy-binding", f"gs://{name}" if kind == "buckets" else name]
    words += [f"--member={grant.member}", f"--role={grant.role}"]
    if "locations" in above:
        words.append(f"--{'region' if kind == 'services' else 'location'}={above[-1]}")
    return " ".join(words if kind in ("projects", "buckets") else [*words, f"--project={stack.project}"])

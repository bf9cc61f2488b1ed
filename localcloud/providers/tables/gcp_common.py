"""What rows of Google Cloud have in common: the project, deletion policies, labels, IAM members.

Sources named `tpg` are files under google-beta/services/ of hashicorp/terraform-provider-google-beta (8.x), on which
pulumi-gcp 10.x is built: ForceNew, Default, ValidateFunc and the ids are read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.providers.traits import DeletionProtection, Limit, Parent, Template, Traits, like, one_of, render
from localcloud.providers.values import UNKNOWN, Unknown, Value

PROJECT = "gcp:organizations/project:Project"
POLICIES = one_of("deletionPolicy", "DELETE", "ABANDON", "PREVENT")
PREVENTED = DeletionProtection("deletionPolicy", "PREVENT", "set deletionPolicy to DELETE")
PROTECTED = DeletionProtection("deletionProtection", True, "set deletionProtection to false")
ATTRIBUTION = {"goog-pulumi-provisioned": "true"}  # added by pulumi-gcp unless addPulumiAttributionLabel is false
COMPUTE = "https://www.googleapis.com/compute/v1/"
ROLE = like("role", r"(roles|projects/[^/]+/roles|organizations/[^/]+/roles)/.+", "a role such as roles/run.invoker")
MEMBER = like(
    "member",
    r"(user|serviceAccount|group|domain|deleted|principal|principalSet|projectOwner|projectEditor|projectViewer):.+"
    r"|allUsers|allAuthenticatedUsers",
    "a member such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com, user:NAME@EXAMPLE.COM or allUsers",
)


FROM_PROVIDER: Mapping[str, Template] = {
    "project": lambda known: known.get("project"),
    "location": lambda known: known.get("region"),
    "region": lambda known: known.get("region"),
}
"""What a resource takes from the provider's settings when it says nothing itself."""


def google(token: str, id_: Template, source: str, *, has_policy: bool = True, **rest: Any) -> Traits:
    """Return a row of a resource type that lies in a project, which it takes from the provider when it names none.

    `has_policy` tells whether it has a deletionPolicy.
    """
    return Traits(
        token,
        id_,
        f"tpg {source}",
        **{
            **rest,
            "defaults": {"project": FROM_PROVIDER["project"], **rest.get("defaults", {})},
            "limits": (*((POLICIES,) if has_policy else ()), *rest.get("limits", ())),
            "guards": (*((PREVENTED,) if has_policy else ()), *rest.get("guards", ())),
        },
    )


def iam_member(
    token: str, on: Template, source: str, fields: tuple[str, ...], parents: tuple[Parent, ...], service: str = ""
) -> Traits:
    """Return the row of a role binding for one member `on` a resource, which `fields` name.

    Adding a member that is there already succeeds (tpgiamresource/resource_iam_member.go).
    """
    return Traits(
        token,
        lambda known: _binding(on, known),
        f"tpg {source}, tpgiamresource/resource_iam_member.go",
        service=service,
        defaults={name: FROM_PROVIDER[name] for name in fields if name in FROM_PROVIDER},
        minted={"etag": "{hex32}"},
        limits=(ROLE, MEMBER),
        parents=parents,
        adopts=True,
    )


def labelled() -> Mapping[str, Template]:
    """Return the label outputs of a type that has labels."""
    return {"effectiveLabels": _labels, "pulumiLabels": _labels}


def annotated() -> Mapping[str, Template]:
    """Return the outputs of a type that has labels and annotations."""
    return {**labelled(), "effectiveAnnotations": lambda known: known.get("annotations") or {}}


def duration(path: str) -> Limit:
    """Return the limit to a duration as Google writes it: seconds with an s."""
    return like(path, r"\d+(\.\d{1,9})?s", "a duration in seconds such as 30s")


def short(value: Value) -> Value:
    """Return the last part of a resource name, which may have been given in full."""
    return value.rpartition("/")[2] if isinstance(value, str) else value


def _labels(known: Mapping[str, Value]) -> Value:
    return {**(known.get("labels") or {}), **ATTRIBUTION}


def _binding(on: Template, known: Mapping[str, Value]) -> Value:
    resource = render(on, known)
    condition = known.get("condition") or {}
    parts = [resource, known["role"], known["member"], *([condition["title"]] if condition.get("title") else [])]
    return UNKNOWN if any(isinstance(part, Unknown) for part in parts) else "/".join(parts)

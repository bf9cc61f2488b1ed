"""The launch spec's part on where Pulumi keeps the state of a stack in the real clouds."""

from __future__ import annotations

import re
from typing import Annotated

from blueprint.field_types import ProjectId, form
from blueprint.part import Part

RING = "launch"
"""The name of the key ring that all stacks of a project share."""

BucketName = Annotated[
    str,
    form(
        r"(?!goog)(?!.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]",
        "the name of a bucket: 3 to 63 lower-case letters, digits and dashes, without google, such as acme-prod-state",
        meant=lambda text: re.sub(r"[^a-z0-9]+", "-", text.strip().lower().removeprefix("gs://")).strip("-"),
    ),
]


class StateBackend(Part):
    """The bucket that holds the state, and the project that the bucket and the key of the state's secrets are in.

    That is the launch's own project, unless `project` names another: one that the launch makes is not there yet.
    """

    bucket: BucketName
    project: ProjectId | None = None


def ring_name(project: str, region: str) -> str:
    """Return the full name of the ring of the keys that encrypt the secrets in states."""
    return f"projects/{project}/locations/{region}/keyRings/{RING}"


def key_name(project: str, region: str, stack: str) -> str:
    """Return the full name of the key that encrypts the secrets in a stack's state."""
    return f"{ring_name(project, region)}/cryptoKeys/pulumi-{stack}"

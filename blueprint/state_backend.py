"""The launch spec's part on where Pulumi keeps the state of a stack in the real clouds."""

from __future__ import annotations

from typing import Annotated

from blueprint.field_types import ProjectId, form
from blueprint.part import Part

BucketName = Annotated[
    str,
    form(
        r"(?!goog)(?!.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]",
        "the name of a bucket: 3 to 63 lower-case letters, digits and dashes, without google, such as acme-prod-state",
    ),
]


class StateBackend(Part):
    """The bucket that holds the state, and the project that the bucket and the key of the state's secrets are in.

    That is the launch's own project, unless `project` names another: one that the launch makes is not there yet.
    """

    bucket: BucketName
    project: ProjectId | None = None

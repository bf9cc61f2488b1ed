"""The launch spec's part on delivery from GitHub."""

from __future__ import annotations

from typing import Annotated

from blueprint.field_types import form
from blueprint.part import Part

Plain = Annotated[str, form(r"[A-Za-z0-9._/-]+", "a plain name of letters, digits, dots, dashes and slashes", 255)]
Branch = Annotated[
    str,
    form(
        r"(?!refs/|/)[A-Za-z0-9._/-]+",
        "a branch by its name alone, such as main",
        meant=lambda text: text.strip().removeprefix("refs/").removeprefix("heads/"),
    ),
]
"""GitHub's tokens have refs/heads/ in front of the name, and so has the condition that is made of it."""


class Delivery(Part):
    """The GitHub repository that previews on pull requests and deploys from `branch` after `environment` approves.

    A preview runs in `preview_environment`, whose reviewers see the pull request before it gets an identity.

    The repository is known by its number, because its name can be taken over.
    """

    repository_id: Annotated[
        str, form(r"[0-9]+", "the id that https://api.github.com/repos/OWNER/NAME shows, in quotes")
    ]
    branch: Branch = "main"
    environment: Plain = "production"
    preview_environment: Plain = "preview"

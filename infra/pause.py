"""A wait after something that the clouds take a while to know everywhere, as a resource of the stack.

Google's provider does not repeat a call that is refused because an API was just enabled, an account just made or a role
just granted (terraform-provider-google#8214, #15042), so what needs them depends on a pause. It waits once: when it is
made, and again when something joins what it waits for.

Pulumi runs the provider in a process of its own (`python -m pulumi.dynamic`) that imports this module by name.
Every stack's state names it as `infra.pause.PauseProvider`. Rename neither: existing stacks could not be destroyed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult
from pulumi.dynamic import ResourceProvider as DynamicProvider

APIS = 60  # seconds; "wait a few minutes" says the refusal, and most work within one
ACCOUNTS = 30  # seconds; "up to 60 seconds" for the rare one, https://cloud.google.com/iam/docs/service-accounts-create
ROLES = 120  # seconds; "typically 2 minutes", https://cloud.google.com/iam/docs/access-change-propagation
SETTLING = "LAUNCH_SETTLING"  # seconds that a rehearsal's clouds take, in place of the real ones'


class PauseProvider(DynamicProvider):
    """Waits when what is waited for is new."""

    serialize_as_secret_always = False  # it is this class's name, nothing more

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Wait again only for what was not waited for yet."""
        return DiffResult(changes=not set(news["after"]) <= set(olds.get("after", ())))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait for the first time."""
        time.sleep(patience(props, os.environ))
        return CreateResult("waited", props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Wait for what joined."""
        time.sleep(patience(news, os.environ))
        return UpdateResult(news)


class Pause(Resource, module="launch", name="Pause"):
    """Waits `seconds` after the resources named `after`, on which it depends by its options."""

    def __init__(self, name: str, seconds: int, after: Sequence[str], opts: pulumi.ResourceOptions) -> None:
        super().__init__(PauseProvider(), name, {"seconds": seconds, "after": sorted(after)}, opts)


def patience(props: Mapping[str, Any], environ: Mapping[str, str]) -> float:
    """Return how many seconds to wait."""
    return float(environ.get(SETTLING) or props["seconds"])

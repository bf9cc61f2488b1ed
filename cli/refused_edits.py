"""Edits of a spec that no cloud can make on a stack that is up: refused before anything happens, with the way there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from blueprint.spec import Spec
from engine.errors import USAGE, LaunchError
from engine.home import Home
from engine.pulumi import Pulumi

LOCATIONS = "https://firebase.google.com/docs/firestore/locations"


def require_possible(home: Home, wanted: Spec, pulumi: Pulumi) -> None:
    """Return when the stack that is up, if one is, can become what is `wanted`; raises LaunchError with the steps."""
    refused = refusal(_outputs(home, pulumi), wanted, home)
    if refused:
        raise refused


def refusal(before: Mapping[str, Any], wanted: Spec, home: Home) -> LaunchError | None:
    """Return why a stack with these outputs (none for one that was never up) cannot become what is `wanted`."""
    file = f"Pulumi.{home.stack}.yaml"
    for name, why, cure in _FIXED:
        old, new = before.get(name), getattr(wanted.google, name)
        if old and old != new:
            return LaunchError(
                f"{file}: google.{name} is {new}, but this stack is up with {old}, which cannot be changed.",
                why,
                f"Set google.{name} back to {old}. {_START_AGAIN if home.plays_people else cure}",
                USAGE,
            )
    return None


_START_AGAIN = "In the rehearsal you can also start again: ./launch destroy, then ./launch up."
_FIXED = (
    (
        "region",
        f"A Firestore database never moves ({LOCATIONS}): it would be deleted, with all its documents and backups.",
        "To really move: export the data (gcloud firestore export), bring up a new project in the other region as a "
        "stack of its own, import the data there, and then point the domain to it.",
    ),
    (
        "project",
        "A project id is for ever: another one is another project, and this one would be deleted, with all its data.",
        "To really change: bring up the other project as a stack of its own, move the data there, and then point the "
        "domain to it.",
    ),
)


def _outputs(home: Home, pulumi: Pulumi) -> Mapping[str, Any]:
    """Return the outputs of the last `up`: by the file beside the local cloud, or for real clouds by their state."""
    if not home.is_local:
        return pulumi.outputs()
    found: dict[str, Any] = json.loads(home.outputs.read_text()) if home.outputs.exists() else {}
    return found

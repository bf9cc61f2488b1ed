"""The stack's config, as the engine hands it to the program."""

from __future__ import annotations

import pulumi

from blueprint.spec import Spec, SpecError, parse


def read() -> Spec:
    """Return the launch spec of the selected stack; raises SpecError with every mistake in it."""
    config = pulumi.Config("launch").get_object("spec")
    if not isinstance(config, dict):
        raise SpecError(("launch:spec is missing; see Pulumi.local.yaml for one that works",))
    return parse(config)

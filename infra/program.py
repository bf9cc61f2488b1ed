"""The Pulumi program: config → components → outputs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from blueprint.spec import SpecError, parse
from infra.guard import require_matching_world
from infra.stack import outputs, provision


def launch() -> None:
    """Provision the selected stack. A mistake ends the program with plain sentences, raised as pulumi.RunError."""
    try:
        require_matching_world(pulumi.get_stack(), os.environ)
        spec = parse(_config())
        promised = outputs(spec, provision(spec, Path()))
    except SpecError as error:
        problems = "\n".join(f"  - {problem}" for problem in error.problems)
        raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml needs a hand:\n{problems}") from None
    except (ValueError, OSError) as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in promised.items():
        pulumi.export(name, value)


def _config() -> Mapping[str, Any]:
    config = pulumi.Config("launch").get_object("spec")
    if not isinstance(config, dict):
        raise SpecError(("launch:spec is missing; see Pulumi.local.yaml for one that works",))
    return config

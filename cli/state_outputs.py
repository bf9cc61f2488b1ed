"""A stack's outputs out of its state: for a clone in which `up` has never run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from blueprint import spec
from blueprint.spec import SpecError
from cli.prepared_stack import EXAMPLES, of_real_clouds
from engine import locate, state_backend
from engine.errors import LaunchError
from engine.home import Home
from engine.pulumi import EngineError, Pulumi

NEVER_UP = ("no stack named", "not found")  # how the engine says that there is no such state


def ask(home: Home) -> Mapping[str, Any]:
    """Return the outputs that the engine finds in the state of a stack in the real clouds, none where it never was up.

    Raises LaunchError when the state cannot be read.
    """
    try:
        wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    except SpecError:
        return {}  # whoever needs the spec tells what is wrong with it
    if wanted.domain in EXAMPLES:
        return {}
    engine = locate.ensure(os.environ, lambda _: None)
    keeper = state_backend.of(wanted, home.stack)
    pulumi = Pulumi(home, engine, of_real_clouds(engine, keeper), lambda _: None)
    try:
        return pulumi.outputs()
    except EngineError as error:
        said = str(error)
        if any(words in said for words in NEVER_UP):
            return {}
        raise pulumi.without_state(said) or LaunchError(
            f"What stack {home.stack} promises is in its state, which cannot be read.", said, error.cure
        ) from error

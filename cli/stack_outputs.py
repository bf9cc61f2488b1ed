"""A stack's outputs as they are kept: by us on this machine, by the engine for a clean clone and a second laptop."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from blueprint import outputs as promised
from blueprint import spec
from blueprint.outputs import Outputs
from blueprint.spec import Spec, SpecError
from cli.prepared_stack import EXAMPLES, of_real_clouds
from engine import locate, state_backend, state_file
from engine.errors import LaunchError
from engine.home import Home
from engine.pulumi import EngineError, Pulumi
from localcloud.base.supervisor import attach

NEVER_UP = ("no stack named", "not found")  # how the engine says that there is no such state


def kept(home: Home) -> Outputs | None:
    """Return the outputs that the last `up` on this machine wrote down, None where there are none.

    Raises OutputsError when they are older than the program.
    """
    return promised.parse(json.loads(home.outputs.read_text())) if home.outputs.exists() else None


def ask(home: Home) -> Mapping[str, Any]:
    """Return the outputs that the engine knows, none where there is no such stack.

    Raises LaunchError where the state cannot be reached.
    """
    try:
        wanted = spec.load(home.project / f"Pulumi.{home.stack}.yaml")
    except SpecError:
        return {}  # whoever needs the spec says what is wrong with it
    if home.is_local:
        return _asked(home, wanted) if state_file.exists(home) else {}
    return {} if wanted.domain in EXAMPLES else _asked(home, wanted)


def _asked(home: Home, wanted: Spec) -> Mapping[str, Any]:
    engine = locate.ensure(os.environ, lambda _: None)
    pulumi = Pulumi(home, engine, _environ(home, engine, wanted), lambda _: None)
    try:
        return pulumi.outputs()
    except EngineError as error:
        said = error.why
        if any(words in said for words in NEVER_UP):
            return {}
        raise pulumi.without_state(said) or LaunchError(
            f"What stack {home.stack} promises is in its state, which cannot be read.", said, error.cure
        ) from error


def _environ(home: Home, engine: locate.Engine, wanted: Spec) -> dict[str, str]:
    if not home.is_local:
        return of_real_clouds(engine, state_backend.of(wanted, home.stack), wanted)
    base = attach.without_real_accounts(os.environ)
    path = f"{engine.folder}:{os.environ.get('PATH', '')}"
    kept = {"PULUMI_BACKEND_URL": home.backend, "PULUMI_CONFIG_PASSPHRASE": attach.REHEARSAL_PASSPHRASE}
    return {**base, "PATH": path, **kept, "PULUMI_SKIP_UPDATE_CHECK": "true"}

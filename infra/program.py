"""The Pulumi program: config → components → outputs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pulumi

from blueprint.spec import SpecError
from infra import config
from infra.loading.exit_code import USER_WAS_TOLD
from infra.loading.flush import flush
from infra.outputs import outputs
from infra.preflight import require_matching_clouds, require_real_drafter
from infra.stack import provision


async def launch() -> None:
    """Provision the selected stack.

    Mistakes are told in plain sentences, all at once, before it exits with USER_WAS_TOLD.
    """
    _drop_debugging(os.environ)
    stack = pulumi.get_stack()
    try:
        require_matching_clouds(stack, os.environ)
        spec = config.read()
        require_real_drafter(spec.support.drafts, os.environ)
        promised = outputs(spec, await provision(spec, Path(), datetime.now(UTC)))
    except SpecError as error:
        _stop(f"Pulumi.{stack}.yaml has mistakes:", *error.problems)
    except (ValueError, OSError) as error:
        _stop(str(error))
    for name, value in promised.items():
        pulumi.export(name, value)
    await flush()


def _drop_debugging(environ: Mapping[str, str]) -> None:
    """Leave out what Pulumi's SDK tells of itself: five lines a resource, shown by nothing but `pulumi up --debug`.

    Each is a call to the engine that the program waits for, a fifth of all its time. LAUNCH_DEBUG=1 keeps them.
    """
    if environ.get("LAUNCH_DEBUG") != "1":
        pulumi.log.debug = lambda *_, **__: None


def _stop(*lines: str) -> NoReturn:
    """End with an error. Raising pulumi.RunError would add that "an unhandled error occurred"."""
    pulumi.log.error("\n  - ".join(lines))
    sys.exit(USER_WAS_TOLD)

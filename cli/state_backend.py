"""Creates the place where Pulumi keeps a stack's state, after a person has agreed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

import typer

from blueprint.spec import Spec
from cli.terminal import Terminal
from engine import state_backend
from engine.errors import USAGE, LaunchError
from engine.google_api import Google
from engine.home import Home
from engine.state_backend import Backend, BootstrapStep
from engine.state_bootstrap import StateBootstrap


def ensure(home: Home, spec: Spec, show: Terminal, *, yes: bool) -> None:
    """Have bucket and key for the stack's state, made now where they are missing and `yes` or the person agrees.

    Raises LaunchError, which names the person's step where only a person can go on.
    """
    wanted = state_backend.of(spec, home.stack)
    if home.is_local:
        show.note("State: kept on this machine, where the stack is rehearsed.")
    elif wanted is None:
        show.note("State: kept where `pulumi login` leads; log in before ./launch up.")
    else:
        _ensure(wanted, StateBootstrap(wanted, _google(home, wanted), datetime.now(UTC)), show, yes=yes)


def _google(home: Home, wanted: Backend) -> Google:
    return Google(wanted.project, os.environ, f"./launch init{home.flag}")


def _ensure(wanted: Backend, groundwork: StateBootstrap, show: Terminal, *, yes: bool) -> None:
    with show.step(f"State of stack {wanted.stack}"):
        steps = state_backend.left(groundwork.look())
    if steps:
        _agree(steps, wanted, show, yes=yes)
        for step in steps:
            with show.step(step.words(wanted).capitalize()):
                groundwork.make(step)
        _require_whole(state_backend.left(groundwork.look()), wanted)
    show.note(f"✓ Pulumi keeps the state in {wanted.url}, its secrets encrypted by {wanted.key}")


def _agree(steps: Sequence[BootstrapStep], wanted: Backend, show: Terminal, *, yes: bool) -> None:
    show.note(f"For Pulumi's state, this would, in project {wanted.project}:")
    for step in steps:
        show.note(f"  + {step.words(wanted)}")
    if yes:
        return
    if not show.progress.is_terminal:
        cure = f"Run ./launch init --stack {wanted.stack} --yes to agree; the file that was written stays as it is."
        raise LaunchError("This would change the real clouds.", cure=cure, code=USAGE)
    typer.confirm("Make this?", abort=True, err=True)


def _require_whole(steps: Sequence[BootstrapStep], wanted: Backend) -> None:
    if steps:
        missing = "\n".join(f"  - {step.words(wanted)}" for step in steps)
        cure = f"Run ./launch init --stack {wanted.stack} again: it makes what is missing."
        raise LaunchError("Google Cloud does not show everything that was made yet.", missing, cure)

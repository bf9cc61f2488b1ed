"""Options that many commands share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine import home
from engine.errors import USAGE, LaunchError
from engine.home import Home

if TYPE_CHECKING:
    from localcloud.base.weather import Weather as Conditions

Stack = Annotated[
    str, typer.Option("--stack", metavar="NAME", help="Which stack: local (the rehearsal), staging or prod.")
]
Json = Annotated[bool, typer.Option("--json", help="Results as JSON lines on stdout.")]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="First look at what the clouds really contain, and undo changes made by hand.")
]
Weather = Annotated[
    str,
    typer.Option(
        metavar="WEATHER",
        help="In the local cloud: fair, or rough, where what was just enabled, made or granted works seconds later.",
    ),
]

As = Annotated[
    str,
    typer.Option(
        "--as", metavar="ACCOUNT", help="In the local cloud: with the roles of ci-preview or ci-deploy alone."
    ),
]


def home_of(stack: str) -> Home:
    """Return the home of a stack of this project, with all of Google's clients counting their calls for its project.

    Raises LaunchError when there is none of that name.
    """
    found = new_home_of(stack)
    if not (found.project / f"Pulumi.{stack}.yaml").exists():
        known = sorted(path.name.split(".")[1] for path in found.project.glob("Pulumi.*.yaml"))
        raise LaunchError(
            f"Pulumi.{stack}.yaml: there is no such file, so there is no stack {stack}.",
            cure=f"Name one of {', '.join(known)}, or write a new one with ./launch init --stack {stack}.",
            code=USAGE,
        )
    if not found.is_local:
        from engine import quota_project  # loads the spec, which a rehearsal's command may do without

        os.environ.update(quota_project.of(found, os.environ))
    return found


def new_home_of(stack: str) -> Home:
    """Return the home of a stack that need not exist; raises LaunchError when the name is none."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", stack):
        raise LaunchError(
            f"{stack!r} is not a stack name.", cure="Use lower-case letters, digits and dashes.", code=USAGE
        )
    return home.locate(stack, os.environ)


def weather_of(home: Home, text: str) -> Conditions | None:
    """Return the weather that was asked for, None when it is fair; raises LaunchError where nobody can have it."""
    from localcloud.base import weather  # loads the world, which most commands never open

    try:
        wanted = weather.parse(text)
    except ValueError as error:
        raise LaunchError(f"{error}.", cure="Write it as in ./launch up --weather rough.", code=USAGE) from error
    if wanted and not home.is_local:
        cure = "Leave --weather out: the real clouds have their own."
        raise LaunchError(f"The weather of stack {home.stack} cannot be chosen.", cure=cure, code=USAGE)
    return wanted


def given(path: Path) -> Path:
    """Return a path from the command line, which means the folder where the user typed it."""
    return Path(os.environ.get("LAUNCH_CWD", "."), path.expanduser())

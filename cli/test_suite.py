"""`./launch test`: the test suite."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli.terminal import Terminal
from engine import locate
from engine.home import PROJECT

WORKERS = "3"  # on two cores: tests wait for servers now and then
# What would change where a test's stack lies, and what would have each of its hundreds of processes compile us again.
LEFT_OUT = frozenset({"LAUNCH_CWD", "LAUNCH_HOME", "PYTHONDONTWRITEBYTECODE"})


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "test",
        epilog="Example: ./launch test -- -k recovery",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": False},
    )(suite)


def suite(
    context: typer.Context,
    long: Annotated[bool, typer.Option("--long", help="Also soak, kill and fuzz runs at full length.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="Fail when a test was left out for a missing tool.")
    ] = False,
) -> None:
    """Run the test suite; it names what it left out and why. What follows `--` goes to pytest."""
    locate.ensure(os.environ, Terminal(json=False).tell)  # its first build takes longer than a test may
    selection = [] if long else ["-m", "not long"]
    options = [*(["--complete"] if complete else []), *context.args]
    command = ["-m", "pytest", "-n", WORKERS, "--dist", "loadscope", "--no-loadscope-reorder", *selection, *options]
    environ = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, *command], environ)  # noqa: S606 - that is the point

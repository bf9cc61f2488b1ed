"""`./launch test`: the test suite."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import Terminal
from engine import locate
from engine.home import PROJECT

MORE = 3  # workers than processors: many tests wait for a server, a limit or a retry for most of their time
MOST = 8  # workers; each takes half a GiB, and those on a stack 1.5 GiB more (tests/sharing.py)
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder that is in memory, and the same on every Linux
ENOUGH = 4 << 30  # bytes; a run leaves half a GiB behind, and keeps it when a test failed
TEMPORARY = "PYTEST_DEBUG_TEMPROOT"  # where pytest makes tests' folders
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
    environ = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    kept: list[str] = []
    if TEMPORARY not in environ and _is_roomy(MEMORY):
        environ[TEMPORARY] = str(MEMORY)
        kept = ["-o", "tmp_path_retention_count=1", "-o", "tmp_path_retention_policy=failed"]
    workers = ["-n", str(min(MOST, (os.cpu_count() or 1) + MORE)), "--dist", "loadscope", "--no-loadscope-reorder"]
    command = ["-m", "pytest", *workers, *kept, *selection, *options]
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, *command], environ)  # noqa: S606 - that is the point


def _is_roomy(folder: Path) -> bool:
    """Tell whether tests may keep their files in a folder: their hundreds of worlds wait for the disk otherwise."""
    try:
        told = os.statvfs(folder)
    except OSError:
        return False
    runs_programs = not told.f_flag & os.ST_NOEXEC
    return runs_programs and os.access(folder, os.W_OK) and told.f_bavail * told.f_frsize >= ENOUGH

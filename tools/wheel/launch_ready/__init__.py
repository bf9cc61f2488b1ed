"""The installed toolkit: enters its rooms, whatever the folder that it is run in calls its own packages.

A founder's `__main__.py`, which is the Pulumi program, has two lines:

    import launch_ready
    launch_ready.program()

Standard library only until `enter` has run. Decision: docs/adr/0018-imports-after-installation.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOMS = Path(__file__).parent / "rooms"


def enter(
    path: list[str] = sys.path,
    environ: MutableMapping[str, str] = os.environ,
    loaded: Mapping[str, ModuleType] = sys.modules,
) -> None:
    """Make imports find the rooms first, in this process and in every Python process that it starts.

    Both `path` and `environ` change in place. PYTHONSAFEPATH does what `-P` does: Python leaves the working folder out
    of its search path (https://docs.python.org/3/using/cmdline.html#envvar-PYTHONSAFEPATH). Raises ImportError when a
    package with the name of a room was imported from elsewhere before.
    """
    _refuse_strangers(loaded)
    rooms = str(ROOMS)
    path[:] = [rooms, *(folder for folder in path if folder != rooms)]
    environ.update(for_children(environ))


def for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables by which other Python processes find the rooms, such as the engine's own."""
    others = [folder for folder in environ.get("PYTHONPATH", "").split(os.pathsep) if folder not in {"", str(ROOMS)}]
    return {"PYTHONPATH": os.pathsep.join([str(ROOMS), *others]), "PYTHONSAFEPATH": "1"}


def command() -> None:
    """Run the command line."""
    enter()
    import_module("cli.app").create(sys.argv[1:])(prog_name="launch-ready")


def program() -> None:
    """Run the Pulumi program, as the engine asks for it."""
    enter()
    import_module("pulumi").run(import_module("infra.program").launch)


def _refuse_strangers(loaded: Mapping[str, ModuleType]) -> None:
    for name in _names(ROOMS):
        home = getattr(loaded.get(name), "__file__", None)
        if home and not Path(home).is_relative_to(ROOMS):
            raise ImportError(
                f"The package {name} was imported from {home} before launch_ready, which has a package of that name. "
                "Call launch_ready.enter() before other imports."
            )


def _names(rooms: Path) -> Iterable[str]:
    return (folder.name for folder in rooms.iterdir() if folder.is_dir()) if rooms.is_dir() else ()

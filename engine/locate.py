"""Finds the Pulumi engine, in this order: on PATH, in our cache, from Pulumi's archive, built from source."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import build, home, locks, pulumi_archive
from engine.errors import LaunchError

OLDEST = (3, 200)  # the first engine whose JSON events and providers attached by port we have seen working
LANGUAGE_HOST = "pulumi-language-python"
VERSION_TIMEOUT = 30.0  # seconds for `pulumi version`

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """A usable engine: the folder that holds `pulumi`, its version, and which of the four ways it came from."""

    folder: Path
    version: str
    origin: str

    @property
    def command(self) -> Path:
        """The `pulumi` executable."""
        return self.folder / "pulumi"


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder of cached engines, shared by all clones of one user."""
    return home.cache(environ) / "engine"


def find(environ: Mapping[str, str]) -> Engine | None:
    """Return an engine that is already on this machine, or None."""
    return on_path(environ) or cached(cache(environ))


def ensure(environ: Mapping[str, str], tell: Tell) -> Engine:
    """Return an engine, installing or building one when there is none; raises LaunchError when no way works.

    `tell` is given a sentence for each thing that takes time.
    """
    found = find(environ)
    if found:
        return found
    root = cache(environ)
    with locks.awaited(root / ".lock", "setting up the Pulumi engine", lambda held: tell(f"Waiting: {held.holder}")):
        return cached(root) or _acquire(root, environ, tell)


def on_path(environ: Mapping[str, str]) -> Engine | None:
    """Return the engine on PATH when it is recent enough and its Python language host is there too."""
    path = environ.get("PATH", "")
    command, host = shutil.which("pulumi", path=path), shutil.which(LANGUAGE_HOST, path=path)
    if not command or not host:
        return None
    version = version_of(Path(command), environ)
    if version is None or numbers(version) < OLDEST:
        return None
    return Engine(Path(command).parent, version, "PATH")


def cached(root: Path) -> Engine | None:
    """Return the cached engine: the official one before the one built here."""
    for version in (pulumi_archive.VERSION, build.VERSION):
        folder = root / version / "bin"
        if (folder / "pulumi").is_file() and (folder / LANGUAGE_HOST).is_file():
            return Engine(folder, version, "cache")
    return None


def version_of(command: Path, environ: Mapping[str, str]) -> str | None:
    """Return what `pulumi version` says, without its `v`, or None when that is not a version."""
    quiet = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        run = subprocess.run(
            [command, "version"], env=quiet, capture_output=True, text=True, timeout=VERSION_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(r"v?(\d+\.\d+\.\d+\S*)", run.stdout.strip())
    return found.group(1) if found and run.returncode == 0 else None


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version: `3.200.1-dev` → (3, 200, 1)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _acquire(root: Path, environ: Mapping[str, str], tell: Tell) -> Engine:
    refusals = []
    for origin, way in (("archive", pulumi_archive.install), ("build", build.build)):
        try:
            folder = way(root, environ, tell)
        except LaunchError as error:
            refusals.append(f"{error.what}: {error.why}")
            tell(refusals[-1])
            continue
        return Engine(folder, folder.parent.name, origin)
    raise LaunchError(
        "No Pulumi engine could be found or made.",
        "\n".join(refusals),
        "Install Pulumi 3.200 or newer with its Python language host and put it on PATH, or install Go 1.24 or newer, "
        "then run the command again. `./launch doctor` shows what is there.",
    )

"""Pulumi's own installer, through the automation API of the locked SDK, in a process that can be given up on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from engine.atomic_folders import complete_or_absent
from engine.errors import LaunchError

VERSION = version("pulumi")  # the engine that belongs to the locked SDK
CONNECT_TIMEOUT = 15  # seconds the installer's server may stay silent
TIMEOUT = 900.0  # seconds for the whole download
INSTALL = """
import socket, sys
from pulumi.automation import PulumiCommand
socket.setdefaulttimeout(int(sys.argv[2]))
PulumiCommand.install(root=sys.argv[1])
"""


def install(root: Path, environ: Mapping[str, str], tell: Callable[[str], None]) -> Path:
    """Install the engine below `root` and return its `bin` folder; raises LaunchError when that cannot be done."""
    tell(f"Fetching the Pulumi engine {VERSION} with Pulumi's installer …")
    with complete_or_absent(root / VERSION) as draft:
        _run([sys.executable, "-c", INSTALL, str(draft), str(CONNECT_TIMEOUT)], environ)
    return root / VERSION / "bin"


def _run(command: list[str], environ: Mapping[str, str]) -> None:
    try:
        run = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        why = f"it took more than {TIMEOUT / 60:.0f} minutes"
        raise LaunchError("Pulumi's installer could not be used", why) from error
    if run.returncode:
        reason = run.stderr.strip().splitlines() or ["it gave no reason"]
        raise LaunchError("Pulumi's installer could not be used", plain(reason[-1]))


def plain(line: str) -> str:
    """Return the last line of a traceback without the exception's name and what it is wrapped in."""
    return re.sub(r"^[\w.]+: |<urlopen error (?:\[Errno -?\d+\] )?|>$", "", line)

"""At which commit the program is, as git says."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path


@cache
def commit_of(project: Path) -> str:
    """Return the commit of the program, marked where files differ from it; nothing where it is no checkout of git.

    Git is asked once in a command, so that all that it writes names the same.
    """
    try:
        run = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""

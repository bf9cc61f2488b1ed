"""Answers of typical founders to `./launch init`, and a rehearsal of production with them.

Each file in `founders/` is what `./launch init --answers FILE` takes: mail providers, regions, plans, new projects and
such as are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.variants.play import Workbench

FOLDER = Path(__file__).parent / "founders"
UNREACHABLE = 3  # the exit code of a launch that waits for a person
STOPPED = "that only a person can do"
REHEARSED = {"LAUNCH_REHEARSE_PROD": "1"}
PROD = ("--stack", "prod")


@dataclass(frozen=True)
class Founder:
    """One founder: the name of the file with the answers, its first line without the #, and where it is."""

    name: str
    about: str
    file: Path


def founders(folder: Path = FOLDER) -> tuple[Founder, ...]:
    """Return the founders whose answers lie in a folder, by name."""
    files = sorted(folder.glob("*.yaml"))
    return tuple(Founder(file.stem, file.read_text().partition("\n")[0].lstrip("# "), file) for file in files)


def rehearsed(founder: Founder, bench: Workbench) -> bool:
    """Take the answers, look what would be made, and launch; tell whether only a person's steps were left."""
    answered = bench.run("init", *PROD, "--answers", str(founder.file))
    if answered.code:
        return False
    if bench.run("preview", *PROD).code:
        return False
    launched = bench.run("up", *PROD, "--yes")
    return launched.code == UNREACHABLE and STOPPED in launched.said

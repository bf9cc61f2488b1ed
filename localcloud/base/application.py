"""Which application the images of Cloud Run hold: the one thing the local cloud cannot read from a resource.

In production the container's own entry point says it. The rehearsal runs the source archive without its container, so
it is told by argument.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUIREMENTS = "requirements.txt"
TARGET = "main:app"


@dataclass(frozen=True)
class Application:
    """`requirements` is the path of the hash-locked requirements in the source archive, `target` an ASGI application.

    The target is written as uvicorn takes it, MODULE:ATTRIBUTE.
    """

    requirements: str = REQUIREMENTS
    target: str = TARGET

    @property
    def arguments(self) -> Mapping[str, Sequence[str]]:
        """The arguments of the servers that build and run images, by the server's name."""
        requirements = ("--requirements", self.requirements)
        return {"control": requirements, "run": (*requirements, "--application", self.target)}


def add_requirements(parser: argparse.ArgumentParser) -> None:
    """Add the option `--requirements` to a command."""
    parser.add_argument(
        "--requirements",
        default=REQUIREMENTS,
        metavar="PATH",
        help="path, in the source archive of a Cloud Run service, of its hash-locked requirements (%(default)s)",
    )


def add_application(parser: argparse.ArgumentParser) -> None:
    """Add the option `--application` to a command."""
    parser.add_argument(
        "--application",
        default=TARGET,
        metavar="MODULE:ATTRIBUTE",
        help="ASGI application that a Cloud Run service's source archive holds (%(default)s)",
    )

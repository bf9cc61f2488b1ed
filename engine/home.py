"""Where a stack keeps what it knows on this machine: `.launch/<stack>/`, or below LAUNCH_HOME when that is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent  # the folder that holds Pulumi.yaml
LOCAL = "local"  # the stack whose clouds are on this machine
PROGRAMMED = ("up", "preview")  # the commands that have the program run
REHEARSE = "LAUNCH_REHEARSE_PROD"  # set to 1: the clouds of every stack are, to rehearse its configuration


@dataclass(frozen=True)
class Home:
    """The files of one stack. `path` is its folder; nothing in it is tracked by git."""

    stack: str
    path: Path
    project: Path = PROJECT
    rehearsed: bool = False

    @property
    def is_local(self) -> bool:
        """Whether this stack's clouds are on this machine."""
        return self.rehearsed or self.stack == LOCAL

    @property
    def flag(self) -> str:
        """What to add to a command so that it means this stack."""
        return "" if self.stack == LOCAL else f" --stack {self.stack}"

    @property
    def plays_people(self) -> bool:
        """Whether the toolkit does what only a person can do in production: enter secrets, press buttons."""
        return self.stack == LOCAL

    @property
    def state(self) -> Path:
        """The engine's file backend."""
        return self.path / "state"

    @property
    def backend(self) -> str:
        """The URL of the engine's file backend.

        Without `metadata=skip` the engine keeps a second file beside each, which it does not replace at once: killed
        while it writes one, it cannot read its own state any more ("failed to load checkpoint: EOF").
        """
        return f"file://{self.state}?metadata=skip"

    @property
    def logs(self) -> Path:
        """The folder of log files: `engine.log` and one for each server."""
        return self.path / "logs"

    @property
    def pids(self) -> Path:
        """The folder that records which processes are ours."""
        return self.path / "pids"

    @property
    def evidence(self) -> Path:
        """The folder of raw proofs."""
        return self.path / "evidence"

    @property
    def outputs(self) -> Path:
        """The stack's outputs as JSON."""
        return self.path / "outputs.json"

    @property
    def app(self) -> Path:
        """The file that says where the app's folder is on this machine."""
        return self.path / "app"

    @property
    def findings(self) -> Path:
        """The findings of the last run, one JSON line each."""
        return self.path / "findings.jsonl"


def locate(stack: str, environ: Mapping[str, str], project: Path = PROJECT) -> Home:
    """Return the home of `stack`, below `LAUNCH_HOME` when the environment sets it, else in the project."""
    root = Path(environ.get("LAUNCH_HOME") or project / ".launch")
    return Home(stack, root.absolute() / stack, project, environ.get(REHEARSE) == "1")


def cache(environ: Mapping[str, str]) -> Path:
    """Return the folder of what all clones of one user share."""
    base = environ.get("XDG_CACHE_HOME") or f"{environ.get('HOME') or Path.home()}/.cache"
    return Path(base) / "launch-ready"

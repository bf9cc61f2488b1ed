"""`python -m localcloud up | down | ports`: a local cloud for any Pulumi program on Google Cloud and Cloudflare."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from localcloud.base import application, keyfile
from localcloud.base import ports as listening
from localcloud.base.application import Application
from localcloud.base.ports import Ports
from localcloud.base.supervisor import attach, processes, report, servers
from localcloud.base.supervisor.errors import StartError
from localcloud.base.supervisor.home import StandaloneHome
from localcloud.base.supervisor.orphan_processes import strays
from localcloud.base.supervisor.server_code import ServerCode

FAILED, USAGE, INTERRUPTED = 1, 2, 130  # exit codes; the last is 128 + SIGINT, as shells count
FOLDER = ".localcloud"
HERE = Path()
DESCRIPTION = "A local cloud for a Pulumi program: providers for Google Cloud and Cloudflare, and servers behind them."
NEXT = """\
The local cloud is up. To have Pulumi work on it, in this shell and in the folder {project}:
  eval "$({ports})"
  pulumi stack select --create dev
  pulumi up --yes
`{down}` ends it and keeps what it holds."""


class CommandError(Exception):
    """A command cannot do what it was asked: what happened, why, and what to do; `code` is the exit code."""

    def __init__(self, text: str, code: int = FAILED) -> None:
        self.code = code
        super().__init__(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; everything expected ends in words on stderr."""
    given = parser().parse_args(arguments)
    try:
        home = home_of(given)
        code: int = given.run(home, given)
    except (CommandError, StartError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n{_cure(error)}")
        return error.code if isinstance(error, CommandError) else FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What this command started has been ended.\n")
        return INTERRUPTED
    return code


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    whole = argparse.ArgumentParser(prog="python -m localcloud", description=DESCRIPTION)
    commands = whole.add_subparsers(required=True, metavar="up | down | ports")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--project", type=Path, default=HERE, help="folder of the Pulumi program (this folder)")
    shared.add_argument("--home", type=Path, help=f"folder of the local cloud's files ({FOLDER} in the project)")
    start = commands.add_parser("up", parents=[shared], help="start what is not running, and say how to use it")
    application.add_requirements(start)
    application.add_application(start)
    start.set_defaults(run=up)
    end = commands.add_parser("down", parents=[shared], help="end every process; what the local cloud holds is kept")
    end.set_defaults(run=down)
    shown = commands.add_parser("ports", parents=[shared], help="show what runs and where it listens")
    shown.add_argument("--export", action="store_true", help="as shell lines that point pulumi and clients at it")
    shown.add_argument("--json", action="store_true", help="as JSON")
    shown.set_defaults(run=ports)
    return whole


def home_of(given: argparse.Namespace) -> StandaloneHome:
    """Return where the local cloud of the command keeps its files; raises CommandError without a program."""
    project: Path = given.project.resolve()
    if not any((project / name).is_file() for name in ("Pulumi.yaml", "Pulumi.yml")):
        raise CommandError(
            f"There is no Pulumi program in {project}: it has no Pulumi.yaml.\n"
            "Run the command in the program's folder, or name it with --project.",
            USAGE,
        )
    return StandaloneHome((given.home or project / FOLDER).resolve(), project)


def up(home: StandaloneHome, given: argparse.Namespace) -> int:
    """Start what is not running. An interrupt ends what was started here, and leaves alone what ran before."""
    code = ServerCode(arguments=Application(given.requirements, given.application).arguments)
    home.state.mkdir(parents=True, exist_ok=True)
    (home.path / ".gitignore").write_text("*\n")  # it holds keys, and lies in the program's repository
    with keyfile.locked(home.pids):  # not the home itself: the servers hold that one while they make their keys
        before = servers.alive(home).values()
        try:
            servers.ensure(home, attach.without_real_accounts(os.environ), _tell, code)
        except KeyboardInterrupt:
            _end_started(home, before)
            raise
    words = {"ports": _command(given, "ports", "--export"), "down": _command(given, "down")}
    _print(NEXT.format(project=home.project, **words))
    return 0


def _end_started(home: StandaloneHome, before: Iterable[psutil.Process]) -> None:
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave some of them behind
    try:
        processes.end(strays(home, before))
    finally:
        signal.signal(signal.SIGINT, interrupted)


def down(home: StandaloneHome, _given: argparse.Namespace) -> int:
    """End every process of the local cloud."""
    if home.path.exists():
        with keyfile.locked(home.pids):
            ended = servers.down(home)
    else:
        ended = []
    _print(f"Ended {', '.join(ended)}." if ended else "Nothing was running.")
    return 0


def ports(home: StandaloneHome, given: argparse.Namespace) -> int:
    """Show the servers, or what a shell needs to reach them."""
    known = _known_ports(home, given)
    states = servers.states(home)
    if given.export:
        gone = [state.name for state in states if not state.pid]
        if gone:
            sys.stderr.write(f"Not running: {', '.join(gone)}. Start them with `{_command(given, 'up')}`.\n")
        wanted = attach.of_shell(os.environ, known, home.backend)
        _print(report.exports_as_json(wanted) if given.json else report.exports(wanted))
    else:
        _print(report.states_as_json(states) if given.json else report.table(states))
    return 0


def _known_ports(home: StandaloneHome, given: argparse.Namespace) -> Ports:
    try:
        return listening.load(home.path)
    except FileNotFoundError:
        raise CommandError(
            f"There is no local cloud in {home.path} yet.\nStart it with `{_command(given, 'up')}`."
        ) from None


def _command(given: argparse.Namespace, *words: str) -> str:
    """Return a command on the same project and home, for the user to copy."""
    project = ["--project", str(given.project)] if given.project != HERE else []
    home = ["--home", str(given.home)] if given.home else []
    return shlex.join(["python", "-m", "localcloud", *words, *project, *home])


def _cure(error: Exception) -> str:
    return (
        "Fix what the log says and run `up` again; `down` ends the others.\n" if isinstance(error, StartError) else ""
    )


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())

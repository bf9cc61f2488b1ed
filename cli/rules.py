"""`./launch rules`: what Firestore's security rules allow, and a suite of tests of them without Google's emulator."""

from __future__ import annotations

import difflib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Json, given
from cli.terminal import Terminal, object_line
from engine.errors import FAILED, UNREACHABLE, USAGE, LaunchError
from engine.home import PROJECT as PROJECT_ROOT

if TYPE_CHECKING:
    from rules import Ruleset
    from rules.probe import Risk

PROJECT = "demo-rules"  # Google's tools take a project that begins with demo- for one that exists nowhere else
USUAL = "firestore.rules"
MOST = 600  # characters of a proof

app = typer.Typer(help="Question Firestore's security rules, or test them.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The rules, such as firestore.rules.")]


@app.command(epilog="Example: ./launch rules probe firestore.rules")
def probe(file: File, json: Json = False) -> None:
    """Ask hostile questions of a rules file, and show the shortest proof of each hole. Exits 1 when one is open."""
    show = Terminal(json)
    found = _risks(given(file), datetime.now(UTC))
    is_open = [risk for risk in found if risk.level != "loose"]
    for risk in [*is_open, *(risk for risk in found if risk.level == "loose")]:
        _tell(show, file, risk)
    loose = len(found) - len(is_open)
    show.note(f"{file}: {len(is_open)} open, {loose} to weigh." if found else f"{file}: no hole was found.")
    raise typer.Exit(FAILED if is_open else 0)


@app.command(
    "test",
    epilog="Example: ./launch rules test firestore.rules -- npm test",
    context_settings={"allow_extra_args": True},
)
def run_suite(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The rules, or the folder of firestore.rules.")],
) -> None:
    """Run a command with a local Firestore that has the rules: its tests need no Java. Exits 1 when the command fails.

    The command finds the Firestore in FIRESTORE_EMULATOR_HOST and the project in GCLOUD_PROJECT. A client comes as a
    user with an unsigned JWT, and passes the rules by with the token `owner`.
    """
    if not context.args:
        cure = "Write it behind --, as in ./launch rules test firestore.rules -- npm test."
        raise LaunchError("There is no command to run.", cure=cure, code=USAGE)
    text = _text(_rules_file(given(path)))
    _compiled(path, text)  # tells what does not compile before anything starts
    code = _run(context.args, text)
    Terminal().note(f"{context.args[0]} ended with {code}.")
    raise typer.Exit(FAILED if code else 0)


@app.command(epilog="Example: ./launch rules merge ../app/firestore.rules | git apply")
def merge(file: File) -> None:
    """Show as a diff what an app's own rules need for the toolkit's collections. Nothing is written."""
    from rules.merge import NoServiceError, merged

    path, ours = _rules_file(given(file)), PROJECT_ROOT / "firestore" / USUAL
    theirs = _text(path)
    _compiled(file, theirs)
    try:
        text = merged(theirs, _text(ours))
    except NoServiceError as error:
        raise LaunchError(f"{file}: {error}", cure="Name the rules of Firestore.", code=USAGE) from error
    show = Terminal()
    lines = difflib.unified_diff(theirs.splitlines(True), text.splitlines(True), f"a/{file}", f"b/{file}")
    for line in lines:
        show.raw(line.rstrip("\n"))
    if text == theirs:
        show.note(f"{file} has what the toolkit's collections need.")


def _risks(file: Path, now: datetime) -> list[Risk]:
    from rules import probe as probing  # takes long, and few commands need it
    from rules.values.kinds import NANOS, Timestamp

    ruleset = _compiled(file, _text(file))
    return list(probing.risks(probing.questions(ruleset, Timestamp(int(now.timestamp()) * NANOS))))


def _tell(show: Terminal, file: Path, risk: Risk) -> None:
    sign, style = ("!", "yellow") if risk.level == "loose" else ("✗", "bold red")
    proof = str(risk.proof)[:MOST]
    lines = (f"{sign} {file}:{risk.line}  {risk.words}", f"    proof: {proof}", f"    do: {risk.fix}")
    values = {
        "id": risk.id,
        "target": risk.target,
        "level": risk.level,
        "certain": risk.is_certain,
        "line": risk.line,
        "words": risk.words,
        "proof": proof,
        "fix": risk.fix,
    }
    if show.json:
        show.raw(object_line(values))
    else:
        show.result("\n".join(lines), style)


def _compiled(file: Path, text: str) -> Ruleset:
    import rules as language

    try:
        return language.compile(text)
    except language.RulesError as error:
        told = "\n".join(f"{file}:{problem}" for problem in error.problems[:5])
        cure = "Correct the lines above; Firestore refuses such rules too."
        raise LaunchError("These rules do not compile.", told, cure, USAGE) from error


def _rules_file(path: Path) -> Path:
    return path / USUAL if path.is_dir() else path


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(
            f"{file} cannot be read: {error}.", cure="Name the file with the security rules.", code=USAGE
        ) from error


def _run(command: Sequence[str], text: str) -> int:
    """Return the exit code of a command that runs where the user typed it, beside a Firestore with these rules."""
    from localcloud.base import ports, process
    from localcloud.base.world import World
    from localcloud.firestore import rulebook, server

    with tempfile.TemporaryDirectory(prefix="launch-rules-") as folder:
        home = Path(folder)
        world, numbers = World(home / "world.db"), ports.allocate(home)
        rulebook.deploy(world, PROJECT, text)
        with process.on_thread(server.serve(home)):
            code = _wait(command, numbers.address("firestore"))
        world.close()
    return code


def _wait(command: Iterable[str], address: str) -> int:
    told = {"FIRESTORE_EMULATOR_HOST": address, "GCLOUD_PROJECT": PROJECT, "GOOGLE_CLOUD_PROJECT": PROJECT}
    folder = os.environ.get("LAUNCH_CWD", ".")
    words = list(command)
    try:
        return subprocess.run(words, env={**os.environ, **told}, cwd=folder, check=False).returncode
    except OSError as error:
        raise LaunchError(f"{words[0]} cannot be run: {error.strerror}.", code=UNREACHABLE) from error

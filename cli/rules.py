"""`./launch rules`: what Firestore's security rules allow, and a suite of tests of them without Google's emulator."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import rules_suite
from cli.options import Json, given
from cli.terminal import Terminal, object_line
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import PROJECT as PROJECT_ROOT

if TYPE_CHECKING:
    from rules import Ruleset
    from rules.probe import Risk

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
    engine: Annotated[
        str, typer.Option(metavar="PROGRAM", help="Another emulator for the suite: hidane, or Google's .jar.")
    ] = "",
    indexes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ask for these indexes; else firestore.indexes.json of PATH.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--import", metavar="EXPORT", help="Begin with the documents of an export of Firestore."),
    ] = None,
) -> None:
    """Run a command with a local Firestore that has the rules: its tests need no Java. Exits 1 when the command fails.

    The command finds the Firestore in FIRESTORE_EMULATOR_HOST and the project in GCLOUD_PROJECT. A client comes as a
    user with an unsigned JWT, and passes the rules by with the token `owner`. Queries need the composite indexes of a
    firestore.indexes.json, where there is one, as in production.
    """
    if not context.args:
        cure = "Write it behind --, as in ./launch rules test firestore.rules -- npm test."
        raise LaunchError("There is no command to run.", cure=cure, code=USAGE)
    file = _rules_file(given(path))
    text = _text(file)
    metadata = rules_suite.exported(given(data)) if data else None
    if engine:
        firestore = rules_suite.foreign(engine, text)
    else:
        _compiled(path, text)  # tells what does not compile before anything starts
        firestore = rules_suite.ours(text, given(indexes) if indexes else file.with_name(rules_suite.INDEXES))
    with firestore as address:
        if metadata:
            rules_suite.import_(address, metadata)
        code = rules_suite.run(context.args, address)
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

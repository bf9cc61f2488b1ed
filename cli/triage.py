"""`./launch triage` and `./launch review`: what an existing app leaks, loses and doubles, without running any of it."""

from __future__ import annotations

import json as jsons
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from blueprint.finding import Status
from cli.options import Json, given
from cli.terminal import Terminal
from engine.errors import FAILED, UNREACHABLE, USAGE, LaunchError
from triage import baseline, plan
from triage.model import Found, Report
from triage.online.answers import Source
from triage.project.whole import App
from triage.render import jsonl, sarif, text
from triage.scan import Options, Scanned, scan

EPILOG = """Example: ./launch triage ~/code/my-app --html report.html

Example: ./launch triage . --baseline .triage.json"""
REVIEW_EPILOG = "Example: ./launch review ~/code/my-app --since origin/main --sarif triage.sarif"
STYLES = {"✗": "bold red", "!": "yellow", "?": "magenta"}

Asking = Callable[[App], Source]
Folder = Annotated[Path, typer.Argument(metavar="PATH", help="The app's folder: Flutter, functions, or both.")]
Sarif = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", help="Write the findings as SARIF for code scanning.")
]
History = Annotated[bool, typer.Option("--history/--no-history", help="Search the git history for secrets too.")]
Online = Annotated[
    bool, typer.Option("--online", help="Ask your accounts too, read-only, with the credentials in the environment.")
]
FromDir = Annotated[
    Path | None, typer.Option("--from-dir", metavar="DIR", help="Read what accounts answered from a folder instead.")
]
RecordDir = Annotated[
    Path | None,
    typer.Option(
        "--record", metavar="DIR", help="With --online: keep the answers in a folder, secrets and personal data masked."
    ),
]
Project = Annotated[
    str, typer.Option("--project", metavar="ID", help="The Google Cloud project to ask; .firebaserc's by default.")
]
Caching = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Remember what files gave away (outside of the app's folder).")
]


def register(app: typer.Typer) -> None:
    """Add the triage to the application."""
    app.command(epilog=EPILOG)(triage)


def triage(
    path: Folder,
    json: Json = False,
    sarif_file: Sarif = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the report as one page.")] = None,
    baseline_file: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="FILE", help="Tell only what is new against this file; written when it is not there."
        ),
    ] = None,
    fix_plan: Annotated[bool, typer.Option("--fix-plan", help="The findings in the order of repair.")] = False,
    history: History = True,
    cache: Caching = True,
    online: Online = False,
    from_dir: FromDir = None,
    record: RecordDir = None,
    project: Project = "",
) -> None:
    """Read an existing app and say where it loses events, leaks data and makes busywork; nothing of it is run."""
    terminal = Terminal(json)
    known = _known(baseline_file)
    source = _source(online, from_dir, record, project)
    scanned = _scanned(given(path), terminal, history=history, cache=cache, known=known, source=source)
    report = scanned.report
    if baseline_file and known is None:
        sizes = {name: dict(parts) for name, parts in scanned.sizes.items()}
        _write(given(baseline_file), baseline.text(report, sizes), "--baseline")
        terminal.note(
            f"Wrote {len(report.found)} known findings to {baseline_file}; the next run tells only what is new."
        )
    found = baseline.new(report.found, known.known) if known else list(report.found)
    report = _with(report, found)
    _files(report, sarif_file, html)
    _tell(report, terminal, fix_plan=fix_plan)
    raise typer.Exit(_code(found, 0 if known is None and baseline_file else FAILED))


def review(
    path: Folder = Path(),
    since: Annotated[
        str, typer.Option("--since", metavar="REV", help="The revision that changes are compared with.")
    ] = "HEAD",
    json: Json = False,
    sarif_file: Sarif = None,
    cache: Caching = True,
) -> None:
    """Fail only on what is new since a revision: the gate for a Flutter repository's pull requests."""
    from triage.changed import ChangesError, new_since

    terminal = Terminal(json)
    root = given(path)
    scanned = _scanned(root, terminal, history=False, cache=cache, known=None)
    try:
        found = new_since(root, since, scanned.report, datetime.now(UTC))
    except ChangesError as error:
        raise LaunchError(
            f"Cannot compare with {since}.",
            str(error),
            "Name a revision that this repository has (git fetch it first).",
            UNREACHABLE,
        ) from error
    report = _with(scanned.report, found)
    _files(report, sarif_file, None)
    _tell_new(report, since, terminal)
    raise typer.Exit(_code(found, FAILED))


def _source(online: bool, from_dir: Path | None, record: Path | None, project: str) -> Asking | None:
    """Return what answers for the accounts of an app: they themselves, a folder, or nothing; raises LaunchError."""
    if online and from_dir:
        raise LaunchError("--online and --from-dir exclude each other.", cure="Leave one of them out.", code=USAGE)
    if record and not online:
        raise LaunchError("--record keeps what accounts answer.", cure="Add --online.", code=USAGE)
    if from_dir:
        return _recorded(given(from_dir))
    return _live(record and given(record), project) if online else None


def _recorded(folder: Path) -> Asking:
    from triage.online.recorded import Recorded

    if not folder.is_dir():
        raise LaunchError(f"{folder}: there is no such folder.", cure="Record one with --online --record.", code=USAGE)
    return lambda _app: Recorded(folder)


def _live(record: Path | None, project: str) -> Asking:
    from secrets import token_bytes

    from triage.online.accounts import bases, live
    from triage.online.answers import RefusedError
    from triage.online.mask import Mask
    from triage.online.recorded import Recording

    try:
        bases(os.environ)
    except RefusedError as error:
        raise LaunchError("An account cannot be asked.", str(error), "Correct the variable.", USAGE) from error

    def asking(app: App) -> Source:
        source = live(os.environ, project or app.project, app.collections, datetime.now(UTC))
        return Recording(source, record, Mask(token_bytes(32))) if record else source

    return asking


def _scanned(
    root: Path,
    terminal: Terminal,
    *,
    history: bool,
    cache: bool,
    known: baseline.Baseline | None,
    source: Asking | None = None,
) -> Scanned:
    if not root.is_dir():
        raise LaunchError(
            f"{root}: there is no such folder.",
            cure="Name the folder that holds pubspec.yaml or firebase.json.",
            code=USAGE,
        )
    place = Path(platformdirs.user_cache_dir("launch-ready"), "triage", "facts.sqlite") if cache else None
    options = Options(datetime.now(UTC), history, place, known.sizes if known else None, source=source)
    with terminal.step("Read the app"):
        scanned = scan(root.resolve(), options, terminal.tell)
    if not scanned.report.files:
        raise LaunchError(f"{root}: there is nothing to read.", cure="Name the app's folder.", code=USAGE)
    return scanned


def _known(file: Path | None) -> baseline.Baseline | None:
    if file is None or not given(file).exists():
        return None
    try:
        return baseline.read(given(file))
    except baseline.BaselineError as error:
        raise LaunchError(str(error), cure="Delete the file to have it written again.", code=USAGE) from error


def _with(report: Report, found: list[Found]) -> Report:
    return replace(report, found=tuple(found))


def _files(report: Report, sarif_file: Path | None, html: Path | None) -> None:
    if sarif_file:
        titles = {
            found.check.id: (found.check.title, found.check.why)
            for found in [*report.found, *(one for one, _ in report.exempted)]
        }
        accepted = [(found.finding, f"until {by.until}: {by.reason}") for found, by in report.exempted]
        log = sarif.document([found.finding for found in report.found], titles, accepted)
        _write(given(sarif_file), jsons.dumps(log, indent=1, ensure_ascii=False) + "\n", "--sarif")
    if html:
        from triage.render import page  # loads a template engine, which no other form needs

        _write(given(html), page.html(report, datetime.now(UTC).date().isoformat()), "--html")


def _write(path: Path, content: str, option: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise LaunchError(
            f"{option} {path}: {error.strerror}.", cure="Name a file that can be written.", code=USAGE
        ) from error


def _tell(report: Report, terminal: Terminal, *, fix_plan: bool) -> None:
    if terminal.json:
        for line in jsonl.lines(report):
            terminal.raw(line)
        return
    for line in plan.lines(report) if fix_plan else text.lines(report):
        terminal.result(line, STYLES.get(line.strip()[:1], ""))


def _tell_new(report: Report, since: str, terminal: Terminal) -> None:
    if terminal.json:
        for found in report.found:
            terminal.raw(jsons.dumps({"kind": "finding", **jsonl.as_dict(found)}, ensure_ascii=False))
        return
    for found in report.found:
        terminal.result(
            f"{text.SIGNS[found.finding.status]} {text.where(found)}  {found.check.title}: {found.finding.observed}",
            "bold red",
        )
        terminal.result(f"    do: {found.finding.fix}")
    terminal.note(f"{len(report.found)} new since {since}." if report.found else f"Nothing new since {since}.")
    for found, by in report.exempted:
        terminal.note(f"accepted until {by.until}: {text.where(found)} ({by.reason})")


def _code(found: list[Found], failed: int) -> int:
    """Return the exit code: an unreadable part alone is 3, warnings alone are 0."""
    statuses = {one.finding.status for one in found}
    if Status.FAIL in statuses:
        return failed
    return UNREACHABLE if Status.UNKNOWN in statuses and failed else 0

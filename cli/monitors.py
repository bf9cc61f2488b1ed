"""`./launch monitors`: whether alerts fire when they should, and only then."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, given
from cli.terminal import Terminal
from engine.errors import FAILED, USAGE, LaunchError
from monitors import recorded
from monitors.alerts import Alert
from monitors.cases.case import Case
from monitors.cases.catalogue import CASES, watched
from monitors.cases.outside import HOST
from monitors.cases.promtool import files
from monitors.cases.requests import DOOR
from monitors.cases.verdict import Verdict, judge
from monitors.chance import MINUTE, MONTH
from monitors.fatigue import MOST, Fatigue, fatigue
from monitors.month import month

PROMTOOL = "promtool"
SEED = 1
PATIENCE = 600  # seconds for one alert's cases

app = typer.Typer(help="Hold alerts to cases and to weeks of series.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Hold alerts to cases and to weeks of series."""


@app.command("test", epilog="Example: ./launch monitors test --only error-rate")
def play(
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ALERT", help="Only this alert.")] = None,
    series: Annotated[
        Path | None,
        typer.Option("--recorded", metavar="FILE", help="Recorded series instead of an invented month (JSON lines)."),
    ] = None,
    json: Json = False,
) -> None:
    """Play every alert's cases, by our evaluator and by Prometheus' own, and count how often alerts begin."""
    show, alerts = Terminal(json), _chosen(only or ())
    good = [_cases(alert, show) for alert in alerts]
    good.append(_weeks(alerts, series, show))
    if not all(good):
        raise typer.Exit(FAILED)


def _chosen(names: Sequence[str]) -> tuple[Alert, ...]:
    known = watched()
    if unknown := [name for name in names if name not in known]:
        raise LaunchError(f"There is no alert {unknown[0]}.", cure=f"Name one of {', '.join(known)}.", code=USAGE)
    return tuple(known[name] for name in names) or tuple(known.values())


def _cases(alert: Alert, show: Terminal) -> bool:
    """Play an alert's cases twice, say how they went, and return whether all is well."""
    cases = [case for case in CASES if case.alert == alert.id]
    with show.step(alert.title):
        verdict = judge(alert, cases)
        disagrees = _promtool(alert, cases)
    for line in (*verdict.wrong, *(f"a rule with a mistake passes: {each}" for each in verdict.unnoticed)):
        show.note(f"  {line}", style="red")
    if disagrees:
        show.note(f"  promtool sees it otherwise:\n{disagrees}", style="red")
    is_good = verdict.is_good and not disagrees
    show.result(
        f"{'✓' if is_good else '✗'} {alert.id}: {_in_words(verdict, disagrees)}",
        alert=alert.id,
        good=is_good,
        cases=verdict.cases,
        wrong=list(verdict.wrong),
        mistakes=verdict.mistakes,
        unnoticed=list(verdict.unnoticed),
        promtool=None if disagrees is None else not disagrees,
    )
    return is_good


def _in_words(verdict: Verdict, disagrees: str | None) -> str:
    of_prometheus = {None: "promtool is not installed (Debian package prometheus)", "": "promtool agrees"}
    held = verdict.cases - len(verdict.wrong)
    noticed = verdict.mistakes - len(verdict.unnoticed)
    return (
        f"{held} of {verdict.cases} cases hold, {noticed} of {verdict.mistakes} mistakes are noticed, "
        f"{of_prometheus.get(disagrees, 'promtool disagrees')}"
    )


def _promtool(alert: Alert, cases: Sequence[Case]) -> str | None:
    """Return where Prometheus' engine disagrees, nothing where it does not, None where it is not installed."""
    program = shutil.which(PROMTOOL)
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        written = files(alert, cases)
        for name, content in written.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        tests = [name for name in written if name.startswith("test-")]
        ran = subprocess.run(
            [program, "test", "rules", *tests],
            cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    said = "\n".join(line for line in f"{ran.stdout}{ran.stderr}".splitlines() if line.strip())
    return said[-2_000:] or "it failed without a word" if ran.returncode else ""


def _weeks(alerts: Sequence[Alert], series: Path | None, show: Terminal) -> bool:
    """Say how often alerts began over weeks, and return whether that is bearable."""
    title = f"Alerts over the series in {series}" if series else "Alerts over an invented month"
    with show.step(title):
        seen = _of_recorded(alerts, series) if series else fatigue(alerts, month(DOOR, HOST, SEED), MONTH)
    for each in seen.starts:
        begun = f"began {len(each.begun)} times, open for {sum(each.lasted)} minutes" if each.begun else "never began"
        show.result(f"  {each.alert.id}: {begun}", alert=each.alert.id, begun=each.begun, lasted=each.lasted)
    weeks = ", ".join(map(str, seen.weeks))
    show.result(
        f"{'✓' if seen.is_bearable else '✗'} starts a week: {weeks} (at most {MOST})",
        weeks=seen.weeks,
        most=MOST,
        good=seen.is_bearable,
    )
    return seen.is_bearable


def _of_recorded(alerts: Sequence[Alert], series: Path) -> Fatigue:
    try:
        measured = recorded.parse(given(series).read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise LaunchError(
            f"{series} cannot be read: {error}.", cure="Give series as JSON lines.", code=USAGE
        ) from error
    first, last = recorded.span(measured)
    return fatigue(alerts, measured, (last - first) // MINUTE + 1, first)

"""`./launch monitors`: whether alerts fire when they should, and only then."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from blueprint import spec
from cli.options import Json, given, home_of
from cli.prepared_stack import at_work
from cli.reachability import ports_of, require_running
from cli.results import read_outputs
from cli.terminal import Terminal
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers.service_manifest import INTAKE
from monitors import recorded
from monitors.alerts import Alert
from monitors.cases.case import Case
from monitors.cases.catalogue import CASES, watched
from monitors.cases.outside import HOST
from monitors.cases.promtool import files
from monitors.cases.requests import DOOR
from monitors.cases.verdict import Verdict, judge
from monitors.chance import MINUTE, MONTH
from monitors.essential import api_health
from monitors.fatigue import MOST, Fatigue, fatigue
from monitors.month import month
from monitors.sets import alerts

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


@app.command(epilog="Example: ./launch monitors drill")
def drill(json: Json = False) -> None:
    """Injure the running rehearsal until every alert has opened: each has to tell the channel once, and close."""
    from flows.drill import drill as fire  # takes half a second, which every other command would pay
    from flows.drill.table import INJURIES

    show, home = Terminal(json), home_of(LOCAL)
    outputs = read_outputs(home)
    require_running(home)
    written = spec.load(home.project / "Pulumi.local.yaml")
    chosen = {each.id: each for each in alerts(written.alerts, INTAKE, api_health(outputs.api_host, "/health"))}
    if lacking := sorted({injury.alert for injury in INJURIES} - set(chosen)):
        raise LaunchError(
            f"The stack has no alert {', '.join(lacking)}.",
            cure="Write `watch: full` below `alerts` in Pulumi.local.yaml and run ./launch up.",
            code=USAGE,
        )
    with _rehearsed(home) as (drilled, watching), show.step("Fire drill"):
        result = _fought(fire.Drill(drilled, watching, chosen, written.alerts.email, show.tell))
    for outcome in result.outcomes:
        show.result(
            str(outcome),
            injury=outcome.injury,
            alert=outcome.alert,
            minutes=outcome.minutes,
            wrong=list(outcome.wrong),
            good=outcome.is_well,
        )
    show.result(str(result), "green" if result.is_well else "bold red", well=result.is_well, verdict=str(result))
    raise typer.Exit(0 if result.is_well else FAILED)


@contextmanager
def _rehearsed(home: Home) -> Iterator[Any]:
    from flows.drill import injuries
    from flows.drill.watching import Watching
    from flows.proofs import rehearsed

    address, project = ports_of(home).address("google"), read_outputs(home).project
    with at_work(home, "monitors drill"), rehearsed.opened(home.path) as found, httpx.Client(trust_env=False) as client:
        yield injuries.prepared(found), Watching(client, address, project, found.world)


def _fought(planned: Any) -> Any:
    from flows.drill.drill import OpenAlready

    try:
        return planned.play()
    except OpenAlready as error:
        raise LaunchError(
            f"The drill cannot begin: {error}.", cure="Fix the cause, wait until it has closed, and drill again."
        ) from error


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
        try:
            ran = subprocess.run(
                [program, "test", "rules", *tests],
                cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LaunchError(
                f"promtool did not end within {PATIENCE} seconds for {alert.id}.",
                cure=f"Run it when the machine is less busy: ./launch monitors test --only {alert.id}",
            ) from error
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

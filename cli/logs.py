"""`./launch logs`: what the services, the local cloud's servers and the engine say."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from blueprint.suggestion import closest, did_you_mean
from cli import log_names
from cli.options import Json, Stack, home_of
from cli.results import read_outputs
from cli.terminal import Terminal, object_line
from engine.errors import USAGE, LaunchError
from engine.google_api import Google
from engine.home import LOCAL, Home
from localcloud.base.ports import SERVERS
from localcloud.base.world import Entry, World

PAUSE = 0.5  # seconds between two looks with --follow
PAGES = 30  # of services or functions
SHOWN = "timestamp,resource.labels.service_name,resource.labels.function_name,severity,textPayload,jsonPayload"
RECENT = 200  # lines shown at first
FILES = (*SERVERS, "engine")  # whose logs are files
SERVICE = "gcp:cloudrunv2/service:Service"

EPILOG = """Example: ./launch logs -f intake

Example: ./launch logs --only syncCrm,syncPayments,supportTicket --stack prod"""
Source = Callable[[], list[str]]  # each call returns what is new


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=EPILOG)(logs)


def logs(
    service: Annotated[
        str, typer.Argument(help="A Cloud Run service, `engine`, or a server; all services if omitted.")
    ] = "",
    only: Annotated[
        str, typer.Option("--only", metavar="NAMES", help="Services and functions, with commas between.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines until Ctrl-C.")] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Show what the services, the local cloud's servers and the engine say."""
    if service and only:
        raise LaunchError(f"{service} and --only exclude each other.", cure="Name all after --only.", code=USAGE)
    show, home = Terminal(json), home_of(stack)
    names = log_names.parsed(only) if only else [service] if service else []
    if not home.is_local:
        _in_cloud_logging(home, names, follow, show, is_anything=bool(only))
        return
    source = _source(home, service, names, json)
    said = source()[-RECENT:]
    _pass_on(said, show)
    if not said:
        show.note(f"{', '.join(names)} said nothing yet." if names else "No service has said anything yet.")
    while follow:
        time.sleep(PAUSE)
        _pass_on(source(), show)


def _in_cloud_logging(home: Home, names: Sequence[str], follow: bool, show: Terminal, *, is_anything: bool) -> None:
    """Print the command that shows the same of a stack in the real clouds, ready to paste; raises LaunchError.

    `is_anything` says that the names may be those of whatever the project runs, and not of the stack's services only.
    """
    outputs = read_outputs(home)
    known = [each.name for each in outputs.services]
    if not is_anything and names:
        log_names.require(names, known, "")
    elif any(not log_names.found_in(name, known) for name in names):
        _require_deployed(names, known, outputs.project, show)
    asked = shlex.quote(log_names.logging_filter(names))
    read = "gcloud beta logging tail" if follow else f"gcloud logging read --freshness=1h --limit={RECENT}"
    command = f"{read} {asked} --project={outputs.project} --format={shlex.quote(f'value({SHOWN})')}"
    show.note(f"The logs of stack {home.stack} are in Cloud Logging. Paste this:")
    show.result(command, command=command)


def _require_deployed(names: Sequence[str], known: Sequence[str], project: str, show: Terminal) -> None:
    """Refuse what the project does not run; where nobody can ask it, say so. Raises LaunchError."""
    try:
        deployed = _deployed(project)
    except LaunchError as error:
        near = {name: closest(name, known) for name in names if not log_names.found_in(name, known)}
        guesses = did_you_mean(*dict.fromkeys(each for found in near.values() for each in found))
        lost = ", ".join(near)
        show.note(f"This stack has no service {lost}{guesses or '.'} Functions of the project were not asked for.")
        show.note(f"{error.what} {error.cure}")
        return
    log_names.require(names, {*known, *deployed}, f" in project {project}")


def _deployed(project: str) -> set[str]:
    """Return the names of a project's Cloud Run services and functions, of both generations; raises LaunchError.

    Functions are listed for all regions at once (`-`), services for each that the project may use:
    docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/list.
    """
    google = Google(project, os.environ, "./launch logs")
    regions = _listed(google, "run", f"v1/projects/{project}", "locations")
    found = _listed(google, "cloudfunctions", f"v2/projects/{project}/locations/-", "functions")
    for region in regions:
        found += _listed(google, "run", f"v2/{region['name']}", "services")
    return {str(row["name"]).rsplit("/", 1)[-1] for row in found}


def _listed(google: Google, api: str, parent: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = ""
    for _ in range(PAGES):
        answer = google.get(api, f"{parent}/{kind}{page}") or {}
        found += answer.get(kind, [])
        token = str(answer.get("nextPageToken") or "")
        if not token:
            break
        page = f"?pageToken={quote(token, safe='')}"
    return found


def _source(home: Home, service: str, names: Sequence[str], json: bool) -> Source:
    if not home.path.exists():
        raise LaunchError("Nothing has run yet.", cure="Run ./launch up first.")
    if service in FILES:
        lines = _file(home.logs / f"{service}.log")
        return (lambda: [_json_line(service, {"message": line}) for line in lines()]) if json else lines
    wanted = log_names.require(names, _known_services(home), f"; one at a time, of {', '.join(FILES)}") if names else []
    return _services(home, frozenset(wanted), json)


def _known_services(home: Home) -> list[str]:
    world = World(home.path / "world.db")
    made = {str(service.inputs["name"]) for service in world.resources(SERVICE)}
    said = {entry.subject for entry in world.journal("log")}
    world.close()
    return sorted(made | said)


def _pass_on(lines: Iterable[str], show: Terminal) -> None:
    for line in lines:
        show.raw(line)


def _file(path: Path) -> Source:
    position = 0

    def news() -> list[str]:
        nonlocal position
        if not path.exists():
            return []
        with path.open(encoding="utf-8", errors="replace") as file:
            file.seek(position if position <= path.stat().st_size else 0)
            lines = file.read().splitlines()
            position = file.tell()
        return lines

    return news


def _services(home: Home, wanted: frozenset[str], json: bool) -> Source:
    seen = 0

    def news() -> list[str]:
        nonlocal seen
        if not (home.path / "world.db").exists():
            return []
        world = World(home.path / "world.db")
        entries = world.journal("log", next(iter(wanted)) if len(wanted) == 1 else None, since=seen)
        world.close()
        seen = entries[-1].seq if entries else seen
        entries = [entry for entry in entries if not wanted or entry.subject in wanted]
        return [
            _json_line(entry.subject, {"at": entry.at, **entry.data}) if json else _line(entry) for entry in entries
        ]

    return news


def _line(entry: Entry) -> str:
    fields: dict[str, Any] = dict(entry.data)
    at = time.strftime("%H:%M:%S", time.localtime(entry.at))
    severity, message = fields.pop("severity", "INFO"), fields.pop("message", "")
    fields.pop("service", None)
    rest = " ".join(f"{name}={value}" for name, value in fields.items() if value not in ("", None))
    return f"{at} {entry.subject:15} {severity:7} {message}  {rest}".rstrip()


def _json_line(service: str, said: Mapping[str, Any]) -> str:
    return object_line({"service": service, **said})

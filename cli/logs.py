"""`./launch logs`: what the services, the local cloud's servers and the engine say."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, Stack, home_of
from cli.results import read_outputs
from cli.terminal import Terminal, object_line
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL, Home
from localcloud.base.ports import SERVERS
from localcloud.base.world import Entry, World

PAUSE = 0.5  # seconds between two looks with --follow
RECENT = 200  # lines shown at first
FILES = (*SERVERS, "engine")  # whose logs are files
SERVICE = "gcp:cloudrunv2/service:Service"

Source = Callable[[], list[str]]  # each call returns what is new


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch logs -f intake")(logs)


def logs(
    service: Annotated[
        str, typer.Argument(help="A Cloud Run service, `engine`, or a server; all services if omitted.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines until Ctrl-C.")] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Show what the services, the local cloud's servers and the engine say."""
    show, home = Terminal(json), home_of(stack)
    if not home.is_local:
        _in_cloud_logging(home, service, follow, show)
        return
    source = _source(home, service, json)
    said = source()[-RECENT:]
    _pass_on(said, show)
    if not said:
        show.note(f"{service} has said nothing yet." if service else "No service has said anything yet.")
    while follow:
        time.sleep(PAUSE)
        _pass_on(source(), show)


def _in_cloud_logging(home: Home, service: str, follow: bool, show: Terminal) -> None:
    """Print the command that shows the same of a stack in the real clouds, ready to paste; raises LaunchError."""
    outputs = read_outputs(home)
    known = [each.name for each in outputs.services]
    if service and service not in known:
        cure = f"There are those of the services {', '.join(known)}."
        raise LaunchError(f"There is no log of {service}.", cure=cure, code=USAGE)
    wanted = ['resource.type="cloud_run_revision"', *([f'resource.labels.service_name="{service}"'] if service else [])]
    asked = shlex.quote(" AND ".join(wanted))
    shape = "value(timestamp,resource.labels.service_name,severity,jsonPayload)"
    read = "gcloud beta logging tail" if follow else f"gcloud logging read --freshness=1h --limit={RECENT}"
    command = f"{read} {asked} --project={outputs.project} --format={shlex.quote(shape)}"
    show.note(f"The logs of stack {home.stack} are in Cloud Logging. Paste this:")
    show.result(command, command=command)


def _source(home: Home, service: str, json: bool) -> Source:
    if not home.path.exists():
        raise LaunchError("Nothing has run yet.", cure="Run ./launch up first.")
    if service in FILES:
        lines = _file(home.logs / f"{service}.log")
        return (lambda: [_json_line(service, {"message": line}) for line in lines()]) if json else lines
    if service and service not in (known := _known_services(home)):
        cure = f"There are logs of the services {', '.join(known) or '(none yet)'}, and of {', '.join(FILES)}."
        raise LaunchError(f"There is no log of {service}.", cure=cure, code=USAGE)
    return _services(home, service, json)


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


def _services(home: Home, service: str, json: bool) -> Source:
    seen = 0

    def news() -> list[str]:
        nonlocal seen
        if not (home.path / "world.db").exists():
            return []
        world = World(home.path / "world.db")
        entries = world.journal("log", service or None, since=seen)
        world.close()
        seen = entries[-1].seq if entries else seen
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

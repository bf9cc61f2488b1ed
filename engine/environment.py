"""What the engine, the client libraries and a user's shell must know to reach a stack, as environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine import state_file
from engine.home import LOCAL, Home
from engine.locate import Engine
from localcloud.base import weather
from localcloud.base.ports import Ports
from localcloud.base.supervisor import attach
from localcloud.base.world import World

FAST_LOADING = "LAUNCH_FAST_LOADING"

LISTENERS = {  # variable → name of the port
    "LAUNCH_DNS": "dns",
    "LAUNCH_HTTP": "http",
    "LAUNCH_HTTPS": "https",
    "LAUNCH_SMTP": "smtp",
    "LAUNCH_CRM": "crm",
    "LAUNCH_HELPDESK": "helpdesk",
    "LAUNCH_STRIPE": "stripe",
    "LAUNCH_MAILER": "mailer",
}


def of_engine(home: Home, engine: Engine, ports: Ports, path: str) -> dict[str, str]:
    """Return what plain `pulumi` needs for a local stack. `path` is the PATH to put the engine in front of."""
    folders = path.split(":")
    folder = str(engine.folder)
    return {
        "PATH": path if folders[:1] == [folder] else ":".join([folder, *folders]),
        **attach.of_pulumi(ports, home.backend),
    }


def of_loading(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """Return that the rehearsal loads its program fast, unless the user's shell says LAUNCH_FAST_LOADING=0.

    Every other stack loads it as production does, rehearsed or not; see infra/loading/switch.py.
    """
    return {FAST_LOADING: environ.get(FAST_LOADING, "1")} if home.stack == LOCAL else {}


def of_saving(home: Home) -> dict[str, str]:
    """Return that the engine saves the state at its end only, as long as there is nothing in it.

    Otherwise it writes all of it before and after each of hundreds of resources, which takes three quarters of a first
    run. What a first run that is killed has made is removed by recovery, and the next one makes it again in seconds.
    """
    kept = state_file.deployment(home)
    is_empty = not kept["resources"] if kept else not state_file.exists(home)
    return {attach.SAVED_AT_THE_END: "true"} if is_empty else {}


def of_weather(home: Home) -> dict[str, str]:
    """Return how many seconds the program has to wait for what this stack's clouds learn late; see infra/pause.py."""
    world = World(home.path / "world.db")
    try:
        return {"LAUNCH_SETTLING": f"{weather.settling(weather.of(world)):g}"}
    finally:
        world.close()


def of_clients(ports: Ports, project: str) -> dict[str, str]:
    """Return what the client libraries need to reach the local cloud. `project` is the Google Cloud project id."""
    return attach.of_clients(ports) | {"GOOGLE_CLOUD_PROJECT": project}


def of_listeners(ports: Ports, domain: str, home: Path) -> dict[str, str]:
    """Return where the local cloud listens, and the files that make its certificates and signatures trusted."""
    return {
        "LAUNCH_DOMAIN": domain,
        **{name: ports.address(port) for name, port in LISTENERS.items()},
        "LAUNCH_CA": str(home / "ca" / "ca.pem"),
        "LAUNCH_TRUST_ANCHOR": str(home / "trust-anchor.key"),
    }

"""What the engine, the client libraries and a user's shell must know to reach a stack, as environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.home import Home
from engine.locate import Engine
from localcloud.base import weather
from localcloud.base.ports import Ports
from localcloud.base.world import World

# The rehearsal's state holds no real secret; the word only keeps the engine from asking for one.
REHEARSAL_PASSPHRASE = "rehearsal"  # noqa: S105 - not a secret, see above
LOOPBACK_NAMES = "127.0.0.1,localhost,metadata.google.internal"

# A rehearsal must not be able to reach a real account, whatever the user's shell is logged in to.
REAL_ACCOUNTS = (
    "CLOUDFLARE_",
    "CLOUDSDK_",
    "GOOGLE_",
    "HUBSPOT_",
    "PULUMI_",
    "RESEND_",
    "STRIPE_",
    "ZENDESK_",
)

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
CLIENTS = {
    "FIRESTORE_EMULATOR_HOST": "firestore",
    "SECRET_MANAGER_EMULATOR_HOST": "secretmanager",
    "CLOUD_TASKS_EMULATOR_HOST": "tasks",
    "CLOUD_BUILD_EMULATOR_HOST": "build",
    "FIREBASE_AUTH_EMULATOR_HOST": "google",
    "CLOUD_ASSET_EMULATOR_HOST": "google",
}


def without_real_accounts(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without credentials and without proxies for loopback addresses."""
    kept = {
        name: value for name, value in environ.items() if name == "PULUMI_HOME" or not name.startswith(REAL_ACCOUNTS)
    }
    return {**kept, "no_proxy": LOOPBACK_NAMES, "NO_PROXY": LOOPBACK_NAMES}


def of_engine(home: Home, engine: Engine, ports: Ports, path: str) -> dict[str, str]:
    """Return what plain `pulumi` needs for a local stack. `path` is the PATH to put the engine in front of."""
    folders = path.split(":")
    folder = str(engine.folder)
    return {
        "PATH": path if folders[:1] == [folder] else ":".join([folder, *folders]),
        "PULUMI_BACKEND_URL": home.backend,
        "PULUMI_CONFIG_PASSPHRASE": REHEARSAL_PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": f"gcp:{ports['gcp']},cloudflare:{ports['cloudflare']}",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",  # a copy of the state for each run: nobody reads them
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def of_weather(home: Home) -> dict[str, str]:
    """Return how many seconds the program has to wait for what this stack's clouds learn late; see infra/pause.py."""
    world = World(home.path / "world.db")
    try:
        return {"LAUNCH_SETTLING": f"{weather.settling(weather.of(world)):g}"}
    finally:
        world.close()


def of_clients(ports: Ports, project: str) -> dict[str, str]:
    """Return what the client libraries need to reach the local cloud. `project` is the Google Cloud project id."""
    return {name: ports.address(port) for name, port in CLIENTS.items()} | {"GOOGLE_CLOUD_PROJECT": project}


def past_proxies(environ: Mapping[str, str], domain: str) -> dict[str, str]:
    """Return the hosts that no proxy may be asked for: the user's own, loopback, and the rehearsal's `domain`."""
    known = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    names = dict.fromkeys([*filter(None, known.split(",")), *LOOPBACK_NAMES.split(","), domain])
    hosts = "*" if "*" in names else ",".join(names)
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def of_listeners(ports: Ports, domain: str, home: Path) -> dict[str, str]:
    """Return where the local cloud listens, and the files that make its certificates and signatures trusted."""
    return {
        "LAUNCH_DOMAIN": domain,
        **{name: ports.address(port) for name, port in LISTENERS.items()},
        "LAUNCH_CA": str(home / "ca" / "ca.pem"),
        "LAUNCH_TRUST_ANCHOR": str(home / "trust-anchor.key"),
    }

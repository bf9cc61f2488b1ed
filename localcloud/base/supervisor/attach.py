"""How Pulumi and the client libraries reach a local cloud, and no real account, as environment variables."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.base.ports import Ports

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
SAVED_AT_THE_END = "PULUMI_SKIP_CHECKPOINTS"  # set: the engine writes its state once
KEPT = frozenset({"PULUMI_HOME", SAVED_AT_THE_END})  # where plugins lie, how often the state is saved

CLIENTS = {  # variable → name of the port
    "FIRESTORE_EMULATOR_HOST": "firestore",
    "SECRET_MANAGER_EMULATOR_HOST": "secretmanager",
    "CLOUD_TASKS_EMULATOR_HOST": "tasks",
    "CLOUD_BUILD_EMULATOR_HOST": "build",
    "FIREBASE_AUTH_EMULATOR_HOST": "google",
    "CLOUD_ASSET_EMULATOR_HOST": "google",
    "CLOUD_LOGGING_EMULATOR_HOST": "google",
}


def without_real_accounts(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without credentials and without proxies for loopback addresses."""
    credentials = of_real_accounts(environ)
    kept = {name: value for name, value in environ.items() if name not in credentials}
    return {**kept, "no_proxy": LOOPBACK_NAMES, "NO_PROXY": LOOPBACK_NAMES}


def of_real_accounts(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names of those variables that could lead to a real account."""
    return frozenset(name for name in environ if name.startswith(REAL_ACCOUNTS) and name not in KEPT)


def of_pulumi(ports: Ports, backend: str) -> dict[str, str]:
    """Return what plain `pulumi` needs to work on the local cloud, with its state in the file `backend` (a URL)."""
    return {
        "PULUMI_BACKEND_URL": backend,
        "PULUMI_CONFIG_PASSPHRASE": REHEARSAL_PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": f"gcp:{ports['gcp']},cloudflare:{ports['cloudflare']}",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",  # a copy of the state for each run: nobody reads them
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def of_clients(ports: Ports) -> dict[str, str]:
    """Return where the client libraries find the local cloud."""
    return {name: ports.address(port) for name, port in CLIENTS.items()}


def of_shell(environ: Mapping[str, str], ports: Ports, backend: str) -> dict[str, str | None]:
    """Return what a shell with this environment has to set for `pulumi` and client libraries; None is to be unset."""
    wanted = {**of_pulumi(ports, backend), **of_clients(ports), **past_proxies(environ)}
    return {**dict.fromkeys(sorted(of_real_accounts(environ) - set(wanted))), **wanted}


def past_proxies(environ: Mapping[str, str], *domains: str) -> dict[str, str]:
    """Return the hosts that no proxy may be asked for: the user's own, loopback, and the rehearsal's `domains`."""
    known = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    names = dict.fromkeys([*filter(None, known.split(",")), *LOOPBACK_NAMES.split(","), *domains])
    hosts = "*" if "*" in names else ",".join(names)
    return {"no_proxy": hosts, "NO_PROXY": hosts}

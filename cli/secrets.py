"""`./launch secrets`: values of secrets go to Secret Manager here."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from blueprint import spec
from blueprint.finding import Status
from blueprint.outputs import Outputs
from cli import endpoint_secrets, secret_forms, stripe_client, workflow
from cli.options import Json, Stack, home_of
from cli.reachability import ports_of, require_running
from cli.results import read_outputs
from cli.secret_manager import SecretManager, VersionsOf
from cli.terminal import Terminal
from cli.webhook_rotation import Rotation
from engine import environment
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers.billing.stripe_api import URL, Stripe
from handlers.outside import google_clients
from handlers.outside.secret_cache import KEEP, SecretCache
from handlers.service_manifest import EDGE_KEY, STRIPE_API_KEY, STRIPE_SIGNING_SECRET

app = typer.Typer(
    help="Push values of secrets to Secret Manager, rotate them, or list their state.", no_args_is_help=True
)


@app.command(epilog="Example: ./launch secrets push stripe-api-key --stack prod < key.txt")
def push(
    name: Annotated[str, typer.Argument(help="The secret's id, as `./launch secrets list` shows it.")],
    stack: Stack = LOCAL,
) -> None:
    """Add a version with a value typed without echo, or read from stdin."""
    show, home = Terminal(), home_of(stack)
    outputs, vault = _known(home, name), secret_manager_of(home)
    _store(home, vault, outputs, name, show)
    show.note(f"✓ {name} has a new version. The services read it within minutes.")


@app.command("list", epilog="Example: ./launch secrets list --stack prod")
def list_(stack: Stack = LOCAL, json: Json = False) -> None:
    """Show how the secrets stand, without values. Exits 1 when one has no value, or one that counts as absent."""
    show, home = Terminal(json), home_of(stack)
    vault, empty = secret_manager_of(home), False
    for name in read_outputs(home).secrets:
        secret = vault.secret(name)
        since = secret.newest.isoformat(timespec="seconds") if secret.newest else None
        wrong = vault.wrong(name) if since else None
        line = f"{name:24} {secret.enabled} enabled, newest {since}" if since else f"{name:24} has no value"
        line += f"; counts as absent: {wrong}" if wrong else ""
        is_well = since and not wrong
        show.result(
            line, "" if is_well else "red", secret=name, enabled=secret.enabled, newest=since, wrong=wrong or None
        )
        empty |= not is_well
    if empty:
        show.note("Give the others a value: ./launch secrets push NAME")
    empty |= _unfit(home, vault, show)
    raise typer.Exit(FAILED if empty else 0)


@app.command(epilog="Example: ./launch secrets rotate stripe-signing-secret")
def rotate(
    name: Annotated[str, typer.Argument(help="The secret's id, as `./launch secrets list` shows it.")],
    stack: Stack = LOCAL,
) -> None:
    """Exchange a secret while it is in use, without losing anything.

    Stripe's signing secret is rolled at Stripe. Of the others you make a new one at the vendor first, and give it here;
    the services go on with the one before until they know it, and where a vendor denies the new one.
    """
    show, home = Terminal(), home_of(stack)
    known, vault = _known(home, name), secret_manager_of(home)
    if name == STRIPE_SIGNING_SECRET:
        with show.step("Roll Stripe's signing secret"):
            _stripe_rotation(home, vault, known, show.tell).run()
        show.note("✓ Stripe signs with the new secret. The one before stays valid until the next rotation.")
        return
    _store(home, vault, known, name, show)
    show.note(f"✓ {name} has a new version, and the services know it within {KEEP / 60:.0f} minutes.")
    show.note("Revoke the one before at the vendor after that, and not sooner.")


def _unfit(home: Home, vault: SecretManager, show: Terminal) -> bool:
    """Tell of each of Stripe's endpoints that delivers whether services accept its secret; return whether one fails."""
    found = endpoint_secrets.compared(read_outputs(home), vault, _stripe_url(home))
    if found is None:
        return False
    for finding in found:
        is_bad = finding.status is not Status.PASS
        line = f"{'Stripe: ' + finding.subject:24} {finding.observed}"
        show.result(line, "red" if is_bad else "", endpoint=finding.subject, wrong=finding.observed if is_bad else None)
        if is_bad:
            show.note(finding.fix)
    return any(finding.status is Status.FAIL for finding in found)


def _stripe_url(home: Home) -> str:
    return f"http://{ports_of(home).address('stripe')}" if home.is_local else URL


def _mode(home: Home) -> str:
    return spec.load(home.project / f"Pulumi.{home.stack}.yaml").payments.mode


def _known(home: Home, name: str) -> Outputs:
    """Return the stack's outputs; raises LaunchError unless `name` is a secret whose value a person may set."""
    outputs = read_outputs(home)
    if name not in outputs.secrets:
        raise LaunchError(
            f"{name} is not one of this stack's secrets.", cure=f"They are {', '.join(outputs.secrets)}.", code=USAGE
        )
    if name == EDGE_KEY:
        raise LaunchError(
            f"{name} is made by the program, which makes the edge send it; any other value would close the API.",
            cure="To rotate it, raise cloudflare.edge_key in the stack's file by one and run ./launch up.",
            code=USAGE,
        )
    return outputs


def _stripe_rotation(home: Home, vault: SecretManager, outputs: Outputs, tell: Callable[[str], None]) -> Rotation:
    key, flow = vault.text(STRIPE_API_KEY), workflow.of(home)
    url = _stripe_url(home)
    mode = _mode(home)
    secrets = SecretCache(google_clients.secret_manager(flow.environ), outputs.project, time.monotonic)
    return Rotation(
        stripe_client.client(key, url),
        outputs.api_host,
        VersionsOf(vault, STRIPE_SIGNING_SECRET),
        flow.acceptor,
        Stripe(secrets, mode, url),
        tell,
        mode,
    )


def secret_manager_of(home: Home) -> SecretManager:
    """Return the stack's vault; raises LaunchError before the first `up`, and while the local cloud is down."""
    outputs = read_outputs(home)
    require_running(home)
    local = environment.of_clients(ports_of(home), outputs.project) if home.is_local else {}
    return SecretManager(outputs.project, {**os.environ, **local})


def _store(home: Home, vault: SecretManager, outputs: Outputs, name: str, show: Terminal) -> None:
    """Ask for a value and store it; raises LaunchError when it cannot be right."""
    data = _typed(name)
    known = {each: vault.read(each) for each in outputs.secrets if vault.secret(each).enabled}
    present = {each: value.decode("utf-8", "replace").strip() for each, value in known.items()}
    value = secret_forms.checked(name, data, present)
    vault.push(name, value.encode())
    mode = _mode(home) if name == STRIPE_API_KEY else ""
    warning = secret_forms.warning(name, value, mode=mode, is_rehearsal=home.is_local)
    if warning:
        show.note(f"! {warning}")


def _typed(name: str) -> bytes:
    typed = (
        str(typer.prompt(f"Value of {name}", hide_input=True)).encode()
        if sys.stdin.isatty()
        else sys.stdin.buffer.read()
    )
    if not typed.strip():
        raise LaunchError("The value is empty.", cure="Type it, or pipe it in: … < file", code=USAGE)
    return typed

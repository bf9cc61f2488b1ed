"""`./launch secrets` against a Secret Manager that runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.secret_manager import SecretManager
from engine.errors import LaunchError
from handlers.outside import google_clients
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve

P = "acme-rehearsal"
NAMES = ("stripe-api-key", "stripe-signing-secret", "hubspot-token", "resend-key", "smtp-password")
GOOD = "rk_live_0123456789abcdef"


@dataclass(frozen=True)
class Secrets:
    """A stack `prod` whose Secret Manager is the rehearsal's."""

    run: Callable[..., Any]
    manager: SecretManager
    address: str

    def push(self, name: str, value: str) -> Any:
        return self("push", name, given=value)

    def __call__(self, *arguments: str, given: str = "") -> Any:
        return self.command("secrets", *arguments, given=given)

    def command(self, *arguments: str, given: str = "") -> Any:
        emulator = {google_clients.SECRET_MANAGER: self.address}
        return self.run(*arguments, "--stack", "prod", given=given, **emulator)

    def enabled(self, name: str) -> int:
        return self.manager.secret(name).enabled


@pytest.fixture
def secrets(run: Callable[..., Any], tmp_path: Path, outputs: dict[str, Any]) -> Iterator[Secrets]:
    served, stack = tmp_path / "served", tmp_path / "launch" / "prod"
    served.mkdir()
    stack.mkdir(parents=True)
    (stack / "outputs.json").write_text(json.dumps({**outputs, "secrets": list(NAMES)}))
    address = ports.allocate(served).address("secretmanager")
    world = World(served / "world.db")
    for name in NAMES:
        fields = {"project": P, "secretId": name, "replication": {"auto": {}}}
        world.put(Resource("gcp:secretmanager/secret:Secret", f"projects/{P}/secrets/{name}", name, fields))
    with on_thread(serve(served)):
        yield Secrets(run, SecretManager(P, {google_clients.SECRET_MANAGER: address}), address)
    world.close()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("stripe-signing-secret", "whsec_\n", "cut off"),
        ("resend-key", "re_0123456789abcdef\u200b", "invisible"),
        ("stripe-api-key", "pk_live_0123456789abcdef", "publishable key"),
        ("stripe-api-key", "0123456789abcdef0123", "not a value of stripe-api-key"),
        ("hubspot-token", GOOD, "a value of stripe-api-key, not of hubspot-token"),
        ("hubspot-token", "export TOKEN=pat-eu1-0123456789abcdef", "more than the value"),
    ],
)
def test_a_value_that_cannot_work_is_refused_and_not_stored(secrets: Secrets, name: str, value: str, why: str) -> None:
    done = secrets.push(name, value)
    assert (done.returncode, secrets.enabled(name)) == (2, 0)
    assert why in done.stderr
    assert value.strip() not in done.stdout + done.stderr


def test_a_value_is_stored_once_and_for_one_secret(secrets: Secrets) -> None:
    assert secrets.push("stripe-api-key", f"{GOOD}\n").returncode == 0
    again, other = secrets.push("stripe-api-key", GOOD), secrets.push("smtp-password", GOOD)
    assert (again.returncode, other.returncode) == (2, 2)
    assert "has this very value already" in again.stderr
    assert "This is the value of stripe-api-key" in other.stderr
    assert (secrets.enabled("stripe-api-key"), secrets.enabled("smtp-password")) == (1, 0)


def test_a_test_key_in_production_is_stored_with_a_warning(secrets: Secrets) -> None:
    done = secrets.push("stripe-api-key", "rk_test_0123456789abcdef")
    assert (done.returncode, secrets.enabled("stripe-api-key")) == (0, 1)
    assert "test mode" in done.stderr


def test_the_list_names_a_value_that_counts_as_absent(secrets: Secrets) -> None:
    secrets.manager.push("resend-key", b"\n")
    done = secrets("list", "--json")
    found = {line["secret"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert found["resend-key"]["wrong"] == "it is empty"
    assert found["stripe-api-key"]["wrong"] is None


@pytest.mark.parametrize("end", ["disable_secret_version", "destroy_secret_version"])
def test_a_newest_version_that_was_taken_away_leaves_the_one_before(secrets: Secrets, end: str) -> None:
    """`latest` is the version that was made last, whatever its state (cloud.google.com/secret-manager)."""
    assert secrets.push("stripe-api-key", GOOD).returncode == 0
    secrets.manager.push("stripe-api-key", b"\n")
    with google_clients.secret_manager({google_clients.SECRET_MANAGER: secrets.address}) as client:
        getattr(client, end)(request={"name": f"projects/{P}/secrets/stripe-api-key/versions/2"})
    assert secrets.manager.read("stripe-api-key") == GOOD.encode()
    done = secrets("list", "--json")
    found = {line["secret"]: line for line in map(json.loads, done.stdout.splitlines()) if "secret" in line}
    assert found["stripe-api-key"]["wrong"] is None
    again = secrets.push("stripe-api-key", GOOD)
    assert "has this very value already" in again.stderr


def test_a_secret_without_an_enabled_version_has_no_value_to_read(secrets: Secrets) -> None:
    with pytest.raises(LaunchError, match="has no enabled version"):
        secrets.manager.read("stripe-api-key")


@pytest.mark.parametrize("command", [("stripe", "connect"), ("secrets", "rotate", "stripe-signing-secret")])
@pytest.mark.parametrize(
    ("value", "why"), [(b"rk_live_0123456789abcde\xe9", "it is not UTF-8"), (b"rk_live_0", "it is cut off")]
)
def test_a_key_that_cannot_be_used_is_told_before_stripe_is_asked(
    secrets: Secrets, command: tuple[str, ...], value: bytes, why: str
) -> None:
    secrets.manager.push("stripe-api-key", value)
    done = secrets.command(*command)
    assert done.returncode == 3
    assert f"The value of stripe-api-key cannot be used: {why}" in done.stderr
    assert "./launch secrets push stripe-api-key" in done.stderr


def test_a_key_on_stdin_that_is_no_text_is_told(secrets: Secrets) -> None:
    done = secrets.command("stripe", "connect", "--remove-other", given="rk_test_\udce9")
    assert done.returncode == 2
    assert "API key of Stripe's test mode: what was piped in is not UTF-8 (unexpected end of data" in done.stderr

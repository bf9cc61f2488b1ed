"""A rehearsal's secrets get values that the vendors' stand-ins issued, so that each opens its own vendor alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from cli import rehearsal_secrets
from cli.secret_manager import SecretManager
from handlers import service_manifest as names
from handlers.outside import google_clients
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.saas.server import serve as serve_saas

PROJECT = "acme-rehearsal"
SECRETS = (
    *(names.STRIPE_API_KEY, names.STRIPE_SIGNING_SECRET, names.HUBSPOT_TOKEN, names.RESEND_KEY),
    *(names.ZENDESK_CLIENT_ID, names.ZENDESK_CLIENT_SECRET, names.ZENDESK_SIGNING_SECRET),
)
OUTPUTS: Any = SimpleNamespace(secrets=SECRETS, api_host="api.acme.test")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ports.Ports]:
    home: Path = tmp_path_factory.mktemp("home")
    found = ports.allocate(home)
    world = World(home / "world.db")
    project = {"projectId": PROJECT, "name": PROJECT}
    world.put(Resource("gcp:organizations/project:Project", PROJECT, "u", project, {**project, "number": "1"}))
    for name in SECRETS:
        fields = {"project": PROJECT, "secretId": name, "replication": {"auto": {}}}
        world.put(Resource("gcp:secretmanager/secret:Secret", f"projects/{PROJECT}/secrets/{name}", "u", fields))
    world.close()
    with ExitStack() as exits:
        for server in (serve_saas(home), serve_control(home)):
            exits.enter_context(on_thread(server))
        yield found


@pytest.fixture(scope="module")
def values(chosen: ports.Ports) -> dict[str, str]:
    """What every secret holds after it was filled."""
    vault = SecretManager(PROJECT, {google_clients.SECRET_MANAGER: chosen.address("secretmanager")})
    told: list[str] = []
    rehearsal_secrets.fill(OUTPUTS, vault, chosen, told.append)
    assert sorted(told) == sorted(f"{name} gets its first value" for name in SECRETS)
    rehearsal_secrets.fill(OUTPUTS, vault, chosen, told.append)  # nothing is empty any more
    assert len(told) == len(SECRETS)
    return {name: vault.read(name).decode() for name in SECRETS}


def asked(chosen: ports.Ports, vendor: str, key: str) -> int:
    paths = {"stripe": "/v1/customers", "crm": "/crm/objects/2026-09/contacts", "mailer": "/emails/none"}
    url = f"http://{chosen.address(vendor)}{paths[vendor]}"
    return requests.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=5).status_code


VENDORS = {names.STRIPE_API_KEY: "stripe", names.HUBSPOT_TOKEN: "crm", names.RESEND_KEY: "mailer"}


def test_each_key_opens_its_own_vendor_alone(chosen: ports.Ports, values: dict[str, str]) -> None:
    for name, vendor in VENDORS.items():
        assert asked(chosen, vendor, values[name]) in (200, 404)
        others = [values[other] for other in VENDORS if other != name]
        assert {asked(chosen, vendor, key) for key in (*others, f"{values[name]}x")} <= {401, 403}


def test_the_helpdesk_knows_the_client_and_signs_with_the_secret(chosen: ports.Ports, values: dict[str, str]) -> None:
    client = {"client_id": values[names.ZENDESK_CLIENT_ID], "client_secret": values[names.ZENDESK_CLIENT_SECRET]}
    url, wanted = f"http://{chosen.address('helpdesk')}/oauth/tokens", {"grant_type": "client_credentials"}
    scope = {"scope": "tickets:read"}
    assert requests.post(url, json={**wanted, **scope, **client}, timeout=5).status_code == 200
    swapped = {"client_id": client["client_secret"], "client_secret": client["client_id"]}
    assert requests.post(url, json={**wanted, **scope, **swapped}, timeout=5).status_code == 401
    assert values[names.ZENDESK_SIGNING_SECRET]
    assert values[names.STRIPE_SIGNING_SECRET].startswith("whsec_")


def test_a_client_that_lost_its_secret_gets_a_new_one(chosen: ports.Ports, values: dict[str, str]) -> None:
    pushed: dict[str, bytes] = {}
    vault: Any = SimpleNamespace(
        usable=lambda name: name != names.ZENDESK_CLIENT_SECRET,
        read=lambda name: values[name].encode(),
        push=pushed.__setitem__,
    )
    rehearsal_secrets.fill(OUTPUTS, vault, chosen, lambda _: None)
    assert set(pushed) == {names.ZENDESK_CLIENT_SECRET}

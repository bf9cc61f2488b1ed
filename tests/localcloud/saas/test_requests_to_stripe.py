"""Every request that services and commands make to Stripe, before a judge of Stripe's own.

The program talks to our stand-in through a relay, which shows each request to stripe-mock too: Stripe's mock holds
every path, parameter and value to Stripe's OpenAPI description. It is a Go module, so this runs at full length only.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import stripe as official

from cli import endpoint_secrets, stripe_client, stripe_webhooks, user_vendors
from cli.webhook_rotation import Rotation
from handlers.billing.stripe_api import Stripe
from handlers.logs import Log
from handlers.work.acceptor import Acceptor
from localcloud.saas.stripe.shapes import SHOWN
from triage.online.questions import QUESTIONS

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[3]
URL, HOST, KEY = "https://api.acme.test/webhooks/stripe", "api.acme.test", "rk_test_0123456789abcdef"
WRITTEN = re.compile(r"""["'](/v1/[^"']*)["']""")
ASKED = re.compile(r"(?:endpoints|webhook_endpoints|_hooks\(\))\.(list|create|update|delete)\(")
TRIAGED = [one for one in QUESTIONS if one.service == "stripe"]
ENDPOINTS = {"list": "GET", "create": "POST", "update": "POST", "delete": "DELETE"}


@dataclass
class Relay:
    """Hands requests to the stand-in, and shows each to the judge. `refused` are those that the judge did not allow."""

    stand_in: str
    judge: str
    asked: set[tuple[str, str]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    url: str = ""

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> requests.Response:
        self.asked.add((method, path.partition("?")[0]))
        sent = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}
        judged = requests.request(method, self.judge + path, headers=sent, data=body, timeout=30)
        if judged.status_code != 200:
            self.refused.append(f"{method} {path} {body.decode()}: {judged.status_code} {judged.text[:400]}")
        return requests.request(method, self.stand_in + path, headers=sent, data=body, timeout=30)


@pytest.fixture(scope="module")
def stripe_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Stripe's own mock of its API, which holds every request to Stripe's OpenAPI description."""
    go = shutil.which("go")
    if go is None:
        pytest.fail("Stripe's mock is a Go module; put go on the PATH (https://go.dev/dl)")
    home = tmp_path_factory.mktemp("go")
    env = {"PATH": f"{go.removesuffix('/go')}:/usr/bin:/bin", "HOME": str(home), "GOBIN": str(home)}
    module = ["install", "github.com/stripe/stripe-mock@latest"]
    subprocess.run([go, *module], env=env, check=True, timeout=600, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mock = subprocess.Popen([home / "stripe-mock", "-http-addr", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        mock.terminate()
        mock.wait(10)
        subprocess.run([go, "clean", "-modcache"], env=env, check=False, timeout=60)


@pytest.fixture
def relay(stripe_mock: str, chosen: Any) -> Iterator[Relay]:
    made = Relay(f"http://{chosen.address('stripe')}", stripe_mock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = made.handle(self.command, self.path, dict(self.headers), body)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


class Secrets:
    """The API key as services have it, and the versions of the signing secret as commands have them."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def values(self, _: str) -> tuple[str, ...]:
        return (KEY,)

    def usable(self, _: str) -> bool:
        return True

    def secret(self, _: str) -> Any:
        return SimpleNamespace(enabled=tuple(self.kept))

    def read(self, _: str, *__: Any) -> bytes:
        return KEY.encode()

    def enabled(self) -> list[str]:
        return list(self.kept)

    def push(self, value: str) -> None:
        self.kept.insert(0, value)

    def disable(self, value: str) -> None:
        self.kept.remove(value)


class Nothing:
    """A store and a queue without anything in them."""

    def get(self, _: str) -> None:
        return None

    def transact(self, work: Any) -> Any:
        return work(self.get)[0]

    def enqueue(self, *_: Any, **__: Any) -> None:
        pass


@pytest.fixture
def customer(api: Any, raw: Any) -> str:
    """One who subscribed to more than a page shows, was refunded in part, disputed and lost, and bought once."""
    made = api.customers.create({"email": "judged@acme.test"})
    price = {"currency": "eur", "unit_amount": 900, "product_data": {"name": "pro"}}
    monthly = [api.prices.create({**price, "recurring": {"interval": "month"}}).id for _ in range(SHOWN + 1)]
    api.subscriptions.create({"customer": made.id, "items": [{"price": each} for each in monthly]})
    charge = api.charges.list({"customer": made.id}).data[0]
    api.refunds.create({"charge": charge.id, "amount": 100})
    dispute = raw("POST", f"/v1/test_helpers/charges/{charge.id}/dispute").json()
    raw("POST", f"/v1/test_helpers/disputes/{dispute['id']}/close")
    once = {"price": api.prices.create(price).id, "quantity": 1}
    session = {"customer": made.id, "mode": "payment", "line_items": [once], "success_url": "https://acme.test/thanks"}
    raw("POST", f"/v1/test_helpers/checkout/sessions/{api.checkout.sessions.create(session).id}/complete")
    return str(made.id)


def paths_in(*files: str) -> set[str]:
    """Return the paths of Stripe's API that are written in files of the program, `*` for what is filled in."""
    found = (each for file in files for each in WRITTEN.findall((ROOT / file).read_text()))
    return {re.sub(r"\{[^}]*\}", "*", path) for path in found}


def play_services(stripe: Stripe, customer: str, dispute: str, charge: str) -> None:
    """Ask for all that the services, `reconcile`, `users export` and `users erase` ask for."""
    assert stripe.subscriptions(customer)
    assert stripe.customer(customer)
    assert list(stripe.all_subscriptions())
    assert list(stripe.customers_of("alice")) == []
    assert stripe.subscription_page()[0]
    assert stripe.purchases(customer)
    assert stripe.event_page(1_700_000_000)[0]
    assert stripe.charge(charge)
    assert stripe.dispute(dispute)
    assert stripe.refunded(charge) == 100
    stripe.move_address(customer, "new@acme.test")
    stripe.move_address(customer, "")
    vendor = user_vendors.of_stripe(stripe, lambda _: "")
    assert len(list(vendor.read(customer))) > 2
    vendor.erase(customer)


def play_commands(relay: Relay, secrets: Secrets) -> None:
    """Have `stripe connect`, `secrets list`, `secrets rotate` and `stripe connect --remove-other` do their work."""
    made = stripe_webhooks.registered(URL, KEY, relay.url, keep=False)
    secrets.push(made.secret)
    assert stripe_webhooks.registered(URL, KEY, relay.url, keep=True).id == made.id
    outputs: Any = SimpleNamespace(api_host=HOST, secrets=("stripe-api-key", "stripe-signing-secret"))
    client = stripe_client.client(KEY, relay.url)
    acceptor = Acceptor(Nothing(), Nothing(), lambda: datetime.now(UTC), Log())  # type: ignore[arg-type]
    provider = Stripe(secrets, "test", relay.url)  # type: ignore[arg-type]
    Rotation(client, HOST, secrets, acceptor, provider, lambda _: None, "test", pause=0).run()
    assert endpoint_secrets.of_host(client, outputs.api_host)
    assert stripe_webhooks.remove_other(URL, KEY, relay.url)


def play_triage(relay: Relay) -> None:
    """Ask what `triage --online` asks of an account."""
    for one in TRIAGED:
        said = {"Authorization": f"Bearer {KEY}"}
        answer = requests.get(relay.url + one.path, params=dict(one.parameters), headers=said, timeout=30)
        assert answer.status_code == 200, answer.text


def test_every_request_of_services_and_commands_is_one_that_stripes_own_description_allows(
    relay: Relay, customer: str, api: Any
) -> None:
    secrets = Secrets()
    charge = api.charges.list({"customer": customer}).data[-1].id
    dispute = api.disputes.list({"charge": charge}).data[0].id
    play_commands(relay, secrets)
    play_services(Stripe(secrets, "test", relay.url), customer, dispute, charge)  # type: ignore[arg-type]
    play_triage(relay)
    assert relay.refused == []
    written = paths_in("handlers/billing/stripe_api.py") | {one.path for one in TRIAGED}
    asked = {path for _, path in relay.asked}
    patterns = {one: re.escape(one).replace(r"\*", "[^/]+") for one in sorted(written)}
    unasked = [one for one, pattern in patterns.items() if not any(re.fullmatch(pattern, path) for path in asked)]
    assert unasked == [], "a request that the program can make was not shown to the judge"
    made = {ENDPOINTS[name] for file in sorted((ROOT / "cli").glob("*.py")) for name in ASKED.findall(file.read_text())}
    assert made == {method for method, path in relay.asked if path.startswith("/v1/webhook_endpoints")}


def test_a_request_that_stripe_does_not_know_would_be_noticed(relay: Relay) -> None:
    client = official.StripeClient(KEY, base_addresses={"api": relay.url})
    with pytest.raises(official.StripeError):
        client.raw_request("post", "/v1/webhook_endpoints", colour="red")
    assert "colour" in relay.refused[0]

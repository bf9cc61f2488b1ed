"""The outside services, running."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest
import requests
import stripe as official
import uvloop
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from localcloud.base import ports
from localcloud.base.network import RECORD
from localcloud.base.process import on_thread
from localcloud.base.web import serving
from localcloud.base.world import Resource, World
from localcloud.saas.server import serve

OAUTH_CLIENT = {
    "grant_type": "client_credentials",
    "client_id": "tests",
    "client_secret": "secret-of-the-client",
}


class Client:
    """Speaks JSON with one stand-in."""

    def __init__(self, address: str, **headers: str) -> None:
        self.url = f"http://{address}"
        self._headers = headers

    def __call__(self, method: str, path: str, json=None, **headers: str) -> requests.Response:
        return requests.request(method, self.url + path, json=json, headers={**self._headers, **headers}, timeout=5)

    def history(self, since: int = 0):
        return self("GET", f"/_rehearsal/requests?since={since}").json()["requests"]


class Receiver:
    """A webhook endpoint that answers what it is told and keeps what it got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers = [200]
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return Response(status_code=self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    ports.allocate(home)
    return home


@pytest.fixture(scope="module")
def chosen(home):
    """The ports of the running services."""
    dkim = {"name": "resend._domainkey.acme.test", "type": "TXT", "content": "v=DKIM1; p=x"}
    world = World(home / "world.db")
    world.put(Resource(RECORD, "r1", "urn:r1", dkim))
    world.close()
    with on_thread(serve(home, search_lag=0.5), uvloop.new_event_loop):
        yield ports.load(home)


@pytest.fixture(scope="module")
def world(home):
    world = World(home / "world.db")
    yield world
    world.close()


@pytest.fixture
def crm(chosen):
    return Client(chosen.address("crm"), Authorization="Bearer pat-1")


@pytest.fixture
def helpdesk(chosen):
    address = chosen.address("helpdesk")
    made = Client(address)("POST", "/oauth/tokens", {**OAUTH_CLIENT, "scope": "read write"}).json()
    return Client(address, Authorization=f"Bearer {made['access_token']}")


@pytest.fixture
def mailer(chosen):
    return Client(chosen.address("mailer"), Authorization="Bearer re_1")


@pytest.fixture
def site(chosen):
    return Client(chosen.address("site"))


@pytest.fixture
def raw(chosen):
    """The payment provider without the official client."""
    return Client(chosen.address("stripe"), Authorization="Bearer sk_test_1")


@pytest.fixture
def api(chosen):
    """The official client of the payment provider."""
    base = {"api": f"http://{chosen.address('stripe')}"}
    client = official.StripeClient("sk_test_1", base_addresses=base, max_network_retries=0)
    return client.v1


@pytest.fixture
def receiver():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    receiver = Receiver(f"http://127.0.0.1:{port}/hook")

    async def hook(request):
        return await receiver(request)

    with ExitStack() as stack:
        stack.enter_context(on_thread(serving(Starlette(routes=[Route("/hook", hook, methods=["POST"])]), port)))
        yield receiver
